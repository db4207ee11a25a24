"""Model output as HTML: what it may be made of, and where its links say that they lead."""

from __future__ import annotations

import pytest
from lxml.html import fragment_fromstring  # pyright: ignore[reportMissingTypeStubs]

from fen.web.pages.markdown import render, style_code
from tests.fakes.injected import read_attempts

HARMLESS = {
    *(
        "p",
        "a",
        "span",
        "pre",
        "code",
        "em",
        "strong",
        "s",
        "ul",
        "ol",
        "li",
        "blockquote",
        "hr",
        "br",
        "div",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "title", "target", "rel", "class", "data-language", "tabindex", "style", "start"}


def check_harmless(text: str) -> None:
    """Assert that what a text becomes has known elements, known attributes and addresses of the web alone."""
    for element in fragment_fromstring(f"<div>{render(text)}</div>").iter():
        assert element.tag in HARMLESS, (text, element.tag)
        assert set(element.attrib) <= ATTRIBUTES, (text, dict(element.attrib))
        assert element.get("style", "").startswith(("", "text-align:"))
        if element.tag == "a":
            assert element.get("href").lower().startswith(("http://", "https://", "mailto:")), text
            assert element.get("rel") == "noopener noreferrer nofollow ugc"


@pytest.mark.parametrize("text", read_attempts())
def test_an_attempt_becomes_harmless_text(text: str) -> None:
    check_harmless(text)


def test_markdown_is_rendered() -> None:
    html = render("# One\n\n- **two** ~~three~~\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n")
    for part in ("<h1>One</h1>", "<li><strong>two</strong> <s>three</s></li>", "<td>1</td>"):
        assert part in html


def test_code_is_highlighted_and_named() -> None:
    html = render("```python\ndef f(): return 1\n```")
    assert 'data-language="python"' in html
    assert '<span class="k">def</span>' in html
    assert "<pre><code>" not in html
    assert ".body--dark .fen-code .k" in style_code()


def test_an_unknown_language_and_a_long_listing_stay_plain() -> None:
    assert "&lt;b&gt;" in render("```nonsense\n<b>\n```")
    assert "<span" not in render(f"```python\n{'x = 1  # ' + 'y' * 100_001}\n```")


def test_a_link_says_where_it_leads_unless_it_already_does() -> None:
    assert "(evil.example)" in render("[Your bank](https://evil.example/?q=1)")
    assert "(evil.example)" not in render("[evil.example](https://evil.example/)")
    assert "(evil.example)" in render("[https://bank.example](https://evil.example/)")


def test_an_image_is_a_link_that_waits() -> None:
    html = render("![a chart](https://evil.example/x.png)")
    assert "<img" not in html
    assert ">a chart</a> (evil.example)" in html
    assert "<a" not in render("![x](data:image/png;base64,AA)")
