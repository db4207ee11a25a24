"""Markdown that grows: what was sent as settled stays as it is, however the text goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.web.pages.markdown import find_last_block, render


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("", ""),
        ("one block", "one block"),
        ("one\n\ntwo", "two"),
        ("# Head\n```py\nx = 1\n\ny = 2", "```py\nx = 1\n\ny = 2"),
        ("- one\n\n- two", "- one\n\n- two"),
        ("one\r\n\r\ntwo\rthree", "two\rthree"),
        ("one\n\n| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("one\n\n\n", "one\n\n\n"),
    ],
)
def test_the_last_block_is_found(text: str, last: str) -> None:
    assert text[find_last_block(text) :] == last


PIECES = (
    "word ",
    "\n",
    "\n\n",
    "# ",
    "- ",
    "1. ",
    "```\n",
    "> ",
    "| a | b |\n",
    "|---|---|\n",
    "    ",
    "---\n",
    "*",
)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(0, 200))
def test_settled_blocks_read_as_they_do_in_the_whole(text: str, upto: int) -> None:
    settled = find_last_block(text[:upto])
    assert render(text[:settled]) + render(text[settled:]) == render(text)
