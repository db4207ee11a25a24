"""Laws of reading pages: anything gives a reading or a clear refusal, and what is hidden stays out."""

import random

from hypothesis import given
from hypothesis import strategies as st

from fen.hierarchy.markup import read_html
from fen.hierarchy.reading import Reading
from fen.wire.errors import InvalidRequest
from tests.fakes.hiding import CARRIERS, PAYLOADS
from tests.fakes.pages import HTML_TRICKS

SOUP = st.lists(
    st.sampled_from(
        [
            "<p>", "</p>", "<div style='", "color:#fff", ";", "'>", "<style>", "</style>", "p{", "}",
            "@media(", ")", "<!--", "-->", "<svg>", "<template>", "</template>", "<iframe srcdoc='",
            "<input value=", "<?x ", "<![CDATA[", "text ", "&amp;", "&#0;", "&#xD800;", "\0", "\ud800",
            "中文", "\\", "\"", "font:", "calc(1px + ", "1e999px", "var(--a)", "--a:var(--a);",
            "transform:", "scale(", "rgb(", "<table>", "<td>", "</html>", "<head>", "*", ":not(",
            "left:", "-9e99em", "background:url(", "hsl(nan,", "opacity:1e400;",
            "<font size=-99999999999>", "content:'",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip
WRAPPERS = (
    "<div hidden>{}</div>",
    '<div style="opacity:0">{}</div>',
    "<template>{}</template>",
    "<noscript>{}</noscript>",
    '<span style="position:absolute;left:-9999px">{}</span>',
    '<b style="font-size:0">{}</b>',
)
PLAIN = ("<div>{}</div>", "<p>one {}", "<ul><li>{}</li></ul>", "<i style='color:#000'>{}</i>", "{}<br>")


def read_or_refuse(data: str | bytes) -> Reading | str:
    try:
        return read_html(data)
    except InvalidRequest as error:
        return error.message


@given(st.one_of(SOUP, SOUP.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(), st.text()))
def test_anything_is_read_or_refused(data: str | bytes) -> None:
    reading = read_or_refuse(data)
    if isinstance(reading, Reading):
        assert all(one.kind and one.where for one in reading.concealed)
    else:
        assert reading.startswith("html: found")


@given(st.integers(0, 2**32), st.sampled_from(HTML_TRICKS), st.floats(0.2, 1))
def test_a_page_that_is_cut_off_is_read_or_refused(seed: int, trick, share: float) -> None:
    draw = random.Random(seed)
    page = trick.make(draw, draw.choice(PAYLOADS), draw.choice(CARRIERS)).data
    cut = bytearray(page[: int(len(page) * share)].encode())
    for _ in range(draw.randint(0, 3)):
        cut[draw.randrange(len(cut))] = draw.randrange(256)
    reading = read_or_refuse(bytes(cut))
    assert isinstance(reading, Reading) or reading.startswith("html: found")


@given(
    st.sampled_from(PAYLOADS),
    st.sampled_from(WRAPPERS),
    st.lists(st.sampled_from(PLAIN), max_size=4),
    st.integers(0, 4),
)
def test_what_is_hidden_stays_hidden_however_it_is_wrapped(
    payload: str, hiding: str, plain: list[str], at: int
) -> None:
    page = payload
    for wrapper in [*plain[:at], hiding, *plain[at:]]:
        page = wrapper.replace("{}", page)
    reading = read_html(page)
    assert payload in " ".join(one.text for one in reading.concealed)
    assert payload not in reading.text


FILLERS = "\u115f\u1160\u17b4\u17b5"


@given(
    st.text(
        st.characters(categories=["L", "Nd"], max_codepoint=0x2FFF, exclude_characters=FILLERS), max_size=40
    )
)
def test_plain_text_is_seen_as_it_is(text: str) -> None:
    assert read_html(f"<p>{text}</p>").text == text
