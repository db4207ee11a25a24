"""Answers on the chat page: copy buttons, and what of a growing text is settled."""

import pytest

from fen.web.pages.chat.answers import find_settled, render_answer
from fen.web.pages.words import find_words

SAY = find_words("en")


def test_each_block_of_code_has_a_button() -> None:
    shown = render_answer("a\n\n```python\nx = 1\n```\n\n```\ny\n```\n", SAY)
    assert shown.count('class="fen-copy"') == shown.count("<pre") == 2
    assert "<span>python</span>" in shown
    assert shown.count("<div") == shown.count("</div>")


def test_a_text_that_looks_like_a_block_is_none() -> None:
    shown = render_answer('<pre class="fen-code" data-language="x"></code></pre>', SAY)
    assert "fen-copy" not in shown
    assert "<pre" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", 0),
        ("one\n\ntwo", 5),
        ("one\n\n```\na\n\nb", 5),
        ("```\na\n\nb\n```\n\nc", 14),
        ("one\n\n~~~\na\n\n~~~\n\n", 17),
    ],
)
def test_what_is_settled_ends_outside_of_code(text: str, expected: int) -> None:
    assert find_settled(text, 0) == expected
