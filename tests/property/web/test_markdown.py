"""Whatever a model writes, its HTML does nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.injected import read_attempts
from tests.unit.web.test_page_markdown import check_harmless

PIECES = st.sampled_from(
    [
        *read_attempts(),
        "\n",
        "\n\n",
        "> ",
        "- ",
        "```",
        "`",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        '"',
        "'",
        "&#x3a;",
        "\\",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=8).map("".join))
def test_any_mixture_of_attempts_is_harmless(text: str) -> None:
    check_harmless(text)
