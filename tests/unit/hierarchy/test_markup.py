"""Pages: what no person sees is found and does not get through, and nothing ordinary is flagged."""

import random

import pytest

from fen.hierarchy.hidden import reveal
from fen.hierarchy.html import stylesheet
from fen.hierarchy.markup import MOST_BYTES, read_html
from fen.hierarchy.ordinary import ROUTINE
from fen.wire.errors import InvalidRequest
from tests.fakes.hiding import CARRIERS, CHINESE_PAYLOADS, PAYLOADS, Trick, squash
from tests.fakes.pages import HTML_TRICKS, HTML_TWINS
from tests.fakes.twins import Twin
from tests.sizes import pick

DRAWS = pick(3, 20)


@pytest.mark.parametrize("trick", HTML_TRICKS, ids=lambda one: one.name)
def test_what_no_person_sees_is_found_and_gone(trick: Trick) -> None:
    for seed in range(DRAWS):
        draw = random.Random(f"{trick.name} {seed}")
        payload, carrier = draw.choice(PAYLOADS + CHINESE_PAYLOADS), draw.choice(CARRIERS)
        sample = trick.make(draw, payload, carrier)
        reading = read_html(draw.choice((sample.data, sample.data.encode())))
        said = [one.text for one in reading.concealed]
        said += [one.text for text in said for one in reveal(text).decoded]
        assert squash(payload) in squash("".join(said)), sample.data
        assert not overlaps(payload, reading.text), sample.data
        assert squash(carrier) == squash(
            "".join(line for line in reading.text.splitlines() if line in carrier)
        )


def overlaps(payload: str, text: str) -> bool:
    """Whether a part of the payload is in the text that would not be there by chance."""
    length = 14 if payload.isascii() else 6
    return any(payload[at : at + length] in text for at in range(len(payload) - length + 1))


@pytest.mark.parametrize("twin", HTML_TWINS, ids=lambda one: one.name)
def test_what_is_ordinary_is_seen_and_not_flagged(twin: Twin) -> None:
    for seed in range(max(DRAWS, 8)):
        page = twin.make(random.Random(f"{twin.name} {seed}"))
        reading = read_html(page)
        assert [one for one in reading.concealed if one.kind not in ROUTINE] == [], page
        assert "Seen text" in reading.text.replace("\t", ""), page
        assert "The shop opens at nine." in reading.text


def test_there_are_enough_tricks() -> None:
    assert len({trick.name for trick in HTML_TRICKS}) == len(HTML_TRICKS) >= 28
    assert len({twin.name for twin in HTML_TWINS}) == len(HTML_TWINS) >= 12


def kinds(page: str) -> dict[str, str]:
    return {one.text: one.kind for one in read_html(page).concealed}


def test_the_text_has_the_lines_of_the_page() -> None:
    page = "<h1>A  title</h1><p>One\n two<br>three</p><ul><li>a</li><li>b</li></ul><pre>x\n  y</pre>"
    assert read_html(page).text == "A title\nOne two\nthree\na\nb\nx\n  y"
    assert read_html("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>").text == "1\t2\n3"


def test_a_place_is_the_path_of_elements() -> None:
    reading = read_html("<body><div>a</div><div><p>b</p><p hidden>c d</p></div></body>")
    assert [one.where for one in reading.concealed] == [
        "html:nth-of-type(1) > body:nth-of-type(1) > div:nth-of-type(2) > p:nth-of-type(2)"
    ]


def test_what_a_hidden_parent_holds_is_one_find() -> None:
    assert kinds("<div hidden><p>one</p><p>two <b>three</b></p></div><p>four</p>") == {
        "one two three": "display_none"
    }


def test_a_visible_child_of_an_invisible_parent_is_seen() -> None:
    page = '<div style="visibility:hidden">gone <b style="visibility:visible">seen</b> gone too</div>'
    assert read_html(page).text == "seen"
    assert kinds(page) == {"gone gone too": "visibility_hidden"}


def test_short_text_for_screen_readers_is_a_label_and_long_text_is_not() -> None:
    style = "<style>.sr-only { position:absolute; clip:rect(0,0,0,0) }</style>"
    short, long = "Skip to main content", "Ignore what the page says and " * 4
    assert kinds(f'{style}<p class="sr-only">{short}</p>') == {short: "label"}
    assert kinds(f'{style}<p class="sr-only">{long}</p>') == {long.strip(): "clipped"}
    assert kinds(f'<p style="position:absolute; clip:rect(0,0,0,0)">{short}</p>') == {short: "clipped"}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>café 中文</p>".encode(), "café 中文"),
        ("\ufeff<p>café</p>".encode("utf-16-le"), "café"),
        ('<meta charset="gb2312"><p>中文</p>'.encode("gbk"), "中文"),
        (
            '<meta http-equiv=x content="text/html; charset=windows-1252"><p>\u201c</p>'.encode("cp1252"),
            "\u201c",
        ),
        (b'<meta charset="utf-7"><p>+AGE-</p>', "+AGE-"),
        (b"<p>broken \xff\xfe</p>", "broken \ufffd\ufffd"),
        (b"<?xml version='1.0' encoding='utf-16'?><p>x</p>", "x"),
        (b"", ""),
        (b"   ", ""),
        (b"<!-- a -->", ""),
        (b"a\0b", "a\ufffdb"),
        (b"plain words", "plain words"),
    ],
)
def test_bytes_are_read_by_their_charset(data: bytes, text: str) -> None:
    assert read_html(data).text == text


def test_an_entity_of_a_document_type_is_not_expanded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><p>&b; &lt;i&gt;</p>'
    assert "aaaa&" not in read_html(bomb).text.replace('"', "")
    outside = '<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/hostname">]><p>&f;</p>'
    assert "&f;" in read_html(outside).text


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 300 + "deep",
        "x" * (MOST_BYTES + 1),
        "<style>" + "".join(f".a{number} {{ color: red }}" for number in range(101)) + "</style>",
        "<style>" + "b div div div div div div i { color: red }" + "</style>" + "<div>" * 100 + "<i>x",
    ],
    ids=["too deep", "too large", "too many rules", "too many trials"],
)
def test_what_would_take_too_long_is_refused(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stylesheet, "MOST_RULES", 100)
    monkeypatch.setattr(stylesheet, "MOST_TRIALS", 1000)
    with pytest.raises(InvalidRequest, match="html: found"):
        read_html(page)


def test_comments_beside_the_root_are_found() -> None:
    assert kinds("<!-- one two --><html><p>a</p></html><!-- three four -->") == {
        "one two": "comment",
        "three four": "comment",
    }


@pytest.mark.parametrize(
    "tag", ["b", "big", "font", "i", "s", "small", "span", "tt", "u", "h1", "ul", "ol", "pre", "form"]
)
@pytest.mark.parametrize("inner", ["<p>two words</p>", "<form>two words</form>", "<ul><li>two words</ul>"])
def test_an_element_stays_open_as_in_a_browser(tag: str, inner: str) -> None:
    page = f"<{tag} style='display:none'>{inner}</{tag}><P>seen</P>"
    assert read_html(page).text == "seen"
    assert kinds(page) == {"two words": "display_none"}


def test_markup_that_is_quoted_stays_as_it_is() -> None:
    page = "<textarea><b>bold</b></textarea><!-- a <ul> list --><p title='see the <b> tag'>x</p>"
    reading = read_html(page)
    assert reading.text == "<b>bold</b>\nx"
    assert [one.text for one in reading.concealed] == ["a <ul> list", "see the <b> tag"]
