"""Laws of reserved tokens: none comes from content, and what was escaped comes back exactly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.hierarchy.reserved import Reserved, list_tokens, load_families, reserve
from tests.sizes import pick

FAMILIES = sorted(load_families())


def contents(family: str) -> st.SearchStrategy[str]:
    """Tokens whole, torn, nested, and with any number of escapes in any place."""
    tokens = st.sampled_from(list_tokens([family]))
    torn = st.tuples(tokens, st.integers(0, 12)).map(lambda pair: pair[0][: pair[1]])
    tails = st.tuples(tokens, st.integers(1, 12)).map(lambda pair: pair[0][pair[1] :])
    escaped = st.tuples(tokens, st.integers(0, 4)).map(lambda p: p[0][0] + "\\" * p[1] + p[0][1:])
    inside = st.tuples(tokens, st.integers(1, 9), tokens).map(lambda p: p[0][: p[1]] + p[2] + p[0][p[1] :])
    pieces = tokens | torn | tails | escaped | inside | st.sampled_from("<[\\| >]a") | st.text(max_size=3)
    return st.lists(pieces, max_size=8).map("".join)


def known(family: str) -> Reserved:
    reserved = reserve((family,))
    assert reserved is not None
    return reserved


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=pick(30, 600))
@given(data=st.data())
def test_no_token_comes_from_content_and_all_comes_back(family: str, data: st.DataObject) -> None:
    text = data.draw(contents(family))
    reserved = known(family)
    escaped = reserved.neutralise(text)
    assert not any(token in escaped for token in list_tokens([family]))
    assert not reserved.has(escaped)
    assert reserved.restore(escaped) == text


@settings(max_examples=pick(100, 3000))
@given(st.data(), st.lists(st.integers(0, 60), max_size=6))
def test_a_stream_is_restored_as_the_whole_is(data: st.DataObject, cuts: list[int]) -> None:
    reserved = known("qwen")
    text = reserved.neutralise(data.draw(contents("qwen")))
    told, held = "", ""
    ends = [*sorted(cuts), len(text)]
    for start, end in zip([0, *ends], ends, strict=False):
        ready, held = reserved.split(held + text[start:end])
        told += reserved.restore(ready)
    assert told + reserved.restore(held) == reserved.restore(text)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_token_begins_inside_another(family: str) -> None:
    for token in list_tokens([family]):
        found = [match.start() for match in known(family).pattern.finditer(token)]
        assert found == [0]
