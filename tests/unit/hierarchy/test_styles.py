"""Style sheets: selectors, the cascade, colours and lengths."""

import pytest

from fen.hierarchy.html.colours import BLACK, WHITE, Colour, contrast, parse_colour
from fen.hierarchy.html.lengths import parse_length, parse_size
from fen.hierarchy.html.selectors import matches, parse_selectors
from fen.hierarchy.html.stylesheet import Sheet, fits, read_data, read_string
from fen.hierarchy.html.tree import Element, parse_html

PAGE = b"""<div id=top class="a b"><p>one</p><p class=c lang=en-GB>two</p><ul>
<li data-k="x y">three</li></ul></div><p id=last></p>"""


def find(identity: str) -> Element:
    root = parse_html(PAGE)
    assert root is not None
    places = {"div": 0, "one": 0, "two": 1, "li": 0, "last": 2}
    tag = {"one": "p", "two": "p", "last": "p"}.get(identity, identity)
    return list(root.iter(tag))[places[identity]]


@pytest.mark.parametrize(
    ("selector", "element", "expected"),
    [
        ("p", "one", True),
        ("*", "one", True),
        ("P.c", "two", True),
        (".a.b", "div", True),
        (".a.c", "div", False),
        ("#top > p", "one", True),
        ("#top > li", "li", False),
        ("#top li", "li", True),
        ("p + p", "two", True),
        ("p + p", "one", False),
        ("p ~ ul > li", "li", True),
        ("p:first-child", "one", True),
        ("p:first-child", "two", False),
        ("p:last-child", "last", True),
        ("p:not(.c)", "one", True),
        ("p:not(.c)", "two", False),
        (":is(h1, p).c", "two", True),
        (":root p", "one", True),
        ("[lang|=en]", "two", True),
        ("[data-k~='y']", "li", True),
        ('[data-k^="x"]', "li", True),
        ("[data-k$=x]", "li", False),
        ("[data-k*=' ']", "li", True),
        ("[data-k]", "li", True),
        ("h1, p, h2", "one", True),
        ("p:hover", "one", False),
        ("p:nth-child(2)", "two", True),
        ("p:nth-child(odd)", "two", False),
        ("p:nth-child(even)", "two", True),
        ("p:nth-child(-n + 1)", "one", True),
        ("p:nth-child(-n + 1)", "two", False),
        ("li:nth-of-type(1)", "li", True),
        ("ul:first-of-type", "li", False),
        ("p:nth-child(n)", "two", True),
        ("p:nth-child(x)", "two", False),
        ("p:nth-last-child(1)", "two", False),
        ("p >", "one", False),
        ("p::first-line", "one", False),
    ],
)
def test_selectors(selector: str, element: str, expected: bool) -> None:
    found = [matches(one, find(element), lambda: None) for one in parse_selectors(selector)]
    assert any(found) is expected


@pytest.mark.parametrize(
    ("css", "colour"),
    [
        ("p { color: red } p { color: blue }", "blue"),
        (".c { color: red } p { color: blue }", "red"),
        ("p { color: red !important } p.c { color: blue }", "red"),
        ("p { color: red; &:hover { color: green } } ", "red"),
        ("p { &.x { color: green } color: red }", "red"),
        ("@media print { p { color: red } }", None),
        ("@media screen and (max-width: 500px) { p { color: red } }", None),
        ("@media (min-width: 500px) { @supports (x: y) { p { color: red } } }", "red"),
        ("@font-face { color: green } @keyframes k { p { color: green } } p { color: red }", "red"),
        ("p { color: red", "red"),
        ("p { content: '}'; color: red }", "red"),
        ("/* p { color: green } */ p { color: /* x */ red }", "red"),
        ("p { background: url(data:a;b,c); color: red }", "red"),
        ("p { c\\6f lor: red }", "red"),
        ("p { a: 'open\n; color: red }", "red"),
        ("@charset 'x'; @import url(a.css); p { color: red }", "red"),
    ],
)
def test_the_cascade(css: str, colour: str | None) -> None:
    sheet = Sheet()
    sheet.add(css)
    declared, _ = sheet.cascade(find("two"), {})
    assert declared.get("color") == colour


def test_what_is_generated_is_told_apart() -> None:
    sheet = Sheet()
    sheet.add("p::before { content: 'one \\22 two' ; color: red }")
    declared, drawn = sheet.cascade(find("one"), {"color": "black"})
    assert declared == {"color": "black"}
    assert [read_string(content) for content in drawn] == ['one "two']


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ("", True),
        ("screen", True),
        ("print", False),
        ("not print", True),
        ("print, screen", True),
        ("(max-width:9em)", False),
    ],
)
def test_media(media: str, expected: bool) -> None:
    assert fits(media) is expected


def test_a_sheet_in_an_address() -> None:
    assert read_data("data:text/css,a%7Bb:c%7D") == "a{b:c}"
    assert read_data("data:text/css;base64,YXtiOmN9") == "a{b:c}"
    assert read_data("data:text/css;base64,!") == ""
    assert read_data("https://example.com/a.css") == ""


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#fff", WHITE),
        ("#FFFFFF80", Colour(255, 255, 255, 128 / 255)),
        ("white", WHITE),
        ("transparent", Colour(0, 0, 0, 0)),
        ("rgb(255, 255, 255)", WHITE),
        ("rgb(100% 100% 100% / 50%)", Colour(255, 255, 255, 0.5)),
        ("rgba(0,0,0,.5)", Colour(0, 0, 0, 0.5)),
        ("hsl(0, 0%, 100%)", WHITE),
        ("hsl(120deg 100% 50%)", Colour(0, 255, 0)),
        ("currentColor", Colour(1, 2, 3)),
        ("#ff", None),
        ("#ggg", None),
        ("rgb(1,2)", None),
        ("blurple", None),
        ("", None),
    ],
)
def test_colours(text: str, colour: Colour | None) -> None:
    assert parse_colour(text, Colour(1, 2, 3)) == colour


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == 1
    assert contrast(Colour(0x77, 0x77, 0x77), WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("3px", 3), ("-2em", -40), ("1rem", 16), ("50%", 640), ("100vw", 1280), ("72pt", 96), ("0", 0),
        (".5in", 48),
        ("calc(1px + 2 * 3px)", 7), ("calc(100% - (1em + 4px))", 1256), ("calc(-1 * 9px)", -9),
        ("calc(1px / 0)", None),
        ("calc(__import__('os'))", None), ("calc(2 ** 9)", None), ("auto", None), ("", None), ("3foo", None),
    ],
)  # fmt: skip
def test_lengths(text: str, pixels: float | None) -> None:
    assert parse_length(text, 20) == (pixels if pixels is None else pytest.approx(pixels))


def test_sizes() -> None:
    assert parse_size("150%", 20) == 30
    assert parse_size("smaller", 20) == pytest.approx(16.6)
    assert parse_size("small", 20) == 13
    assert parse_size("huge", 20) is None
