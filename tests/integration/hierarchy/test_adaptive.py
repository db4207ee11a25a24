"""The attacker of `make eval-hierarchy` gets through a blind guard at once, and never through a wall."""

from __future__ import annotations

from typing import cast

import msgspec

from bench.adaptive import measure, put
from fen.hierarchy.detect import Guard, Score
from fen.hierarchy.detector.features import Context
from fen.hierarchy.suite.adaptive import PART
from tests.fakes.attacks import make_attacks


class _Same:
    """Says the same of every text."""

    def __init__(self, value: float) -> None:
        self.value = value

    def score(self, text: str, _context: Context) -> Score:
        found = 0.0 if not text.strip() else self.value
        return Score(found, "400_en", True, 0, len(text))


def _guard(value: float) -> Guard:
    return cast(Guard, _Same(value))


def test_a_blind_guard_lets_every_attack_through_at_its_first_query() -> None:
    curve = measure(8, 3, _guard(0.1))
    assert [trace.won_at for trace in curve.traces] == [1] * 8


def test_a_guard_that_takes_everything_out_lets_none_through() -> None:
    curve = measure(4, 6, _guard(0.9))
    assert [(trace.won_at, trace.queries) for trace in curve.traces] == [(None, 6)] * 4


def test_the_parts_of_a_split_text_come_as_results_of_their_own() -> None:
    [case] = make_attacks(1)
    messages = msgspec.json.decode(put(f"one{PART}two", case))["messages"]
    assert [turn["content"] for turn in messages if turn["role"] == "tool"] == ["one", "two"]
