"""However an answer is cut into segments, it is stitched to what it would have been in one piece."""

import asyncio
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.gateway.continuation import ContinuationPlan
from fen.gateway.segment import STYLES, TURN
from tests.fakes.continuing import Teller, Told, chat, tell_all
from tests.sizes import pick

_PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"), max_size=150)
_REPETITIVE = st.builds(
    lambda unit, count, end: (unit * count)[:240] + end,
    st.sampled_from(["ha ", "ha ha, ", "\n", "  ", "aba", "哈哈", "```\n", "- a\n", "🙂‍↔️", '{"a": ']),
    st.integers(1, 120),
    st.text(max_size=10).map(lambda text: text.replace("\ufffd", "")),
)
_TEXTS = st.one_of(_PLAIN, _REPETITIVE)
_CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=4)
# No word comes twice, so that an overlap is never chance.
_WORDS = ("stone", "gläsern", "河流", "quiet", "Москва", "🌊🐚", "ember", "long-tailed", "fünf", "茶")


def _telling(text: str, style: str, limit: int, **teller: object) -> tuple[Told, Teller]:
    fake = Teller(text, **teller)  # type: ignore[arg-type]
    plan = ContinuationPlan(chat(), limit, style=STYLES[style], max_segments=10_000)
    return asyncio.run(tell_all(fake, plan)), fake


@given(
    text=_TEXTS,
    style=st.sampled_from([name for name in STYLES if name != "turn"]),
    limit=st.integers(2, 60),
    token=st.integers(2, 5),
    cuts=_CUTS,
)
def test_a_prefilled_answer_equals_the_unlimited_one(
    text: str, style: str, limit: int, token: int, cuts: list[int]
) -> None:
    if STYLES[style].trims:  # white space that is written again at each seam has to leave room for more
        limit += max(len(run.encode()) for run in re.findall(r"\s*", text))
    told, fake = _telling(text, style, limit, token=token, cuts=cuts, echoes=STYLES[style].echoes)
    assert told.text == text
    assert told.finishes == ["stop"]
    assert [report.usage.output for report in told.reports if report.usage] == [
        sum(usage.output for usage in fake.usages)
    ]


@given(text=_TEXTS, limit=st.integers(80, 200), token=st.integers(6, 9), cuts=_CUTS)
def test_an_answer_whose_turns_repeat_the_anchor_equals_the_unlimited_one(
    text: str, limit: int, token: int, cuts: list[int]
) -> None:
    told, _ = _telling(text, "turn", limit, token=token, cuts=cuts)
    assert told.text == text
    assert told.finishes == ["stop"]


@given(
    seed=st.randoms(use_true_random=False),
    behaviour=st.sampled_from(["nothing", "longer", "shorter", "preamble"]),
    count=st.integers(1, 150),
    limit=st.integers(200, 400),
    cuts=_CUTS,
)
def test_whatever_a_turn_repeats_is_cut(
    seed: Random, behaviour: str, count: int, limit: int, cuts: list[int]
) -> None:
    text = " ".join(f"{seed.choice(_WORDS)}{number}" for number in range(count))
    told, _ = _telling(text, "turn", limit, cuts=cuts, behaviour=behaviour)
    assert told.text == text


@given(
    behaviour=st.sampled_from(["fence", "bare fence"]),
    count=st.integers(1, 80),
    limit=st.integers(200, 400),
    cuts=_CUTS,
)
def test_a_fence_that_a_turn_opens_again_is_cut(
    behaviour: str, count: int, limit: int, cuts: list[int]
) -> None:
    code = "\n".join(f"    total_{number} = step_{number}({number * 7})" for number in range(count))
    told, _ = _telling(f"```python\n{code}\n```\n", "turn", limit, cuts=cuts, behaviour=behaviour)
    assert told.text == f"```python\n{code}\n```\n"


@given(text=_TEXTS, stop=st.text(min_size=1, max_size=5), limit=st.integers(2, 30), cuts=_CUTS)
def test_a_stop_sequence_stops_wherever_the_seams_are(
    text: str, stop: str, limit: int, cuts: list[int]
) -> None:
    """The fake stops at none, so those that a segment holds whole are left to an upstream."""
    fake = Teller(text, token=4, cuts=cuts)
    plan = ContinuationPlan(chat(stop=[stop]), limit, style=STYLES["trailing"], max_segments=10_000)
    told = asyncio.run(tell_all(fake, plan))
    assert text.startswith(told.text)
    if told.text != text:
        assert text[len(told.text) :].startswith(stop)


@pytest.mark.parametrize(
    ("tokens", "limit", "style"),
    [(16_384, 256, "trailing"), (16_384, 1024, "turn"), (131_072, 4096, "trailing"), (131_072, 8192, "turn")],
)
def test_long_answers_arrive_whole(tokens: int, limit: int, style: str) -> None:
    text = "".join(f"{number:07d}\n" for number in range(tokens // 2))
    told, fake = _telling(text, style, limit, token=4, cuts=(pick(256, 8),))
    assert told.text == text
    overlap = 24 if STYLES[style] is TURN else 0
    assert len(fake.asked) == -(-(tokens - overlap) // (limit - overlap))
