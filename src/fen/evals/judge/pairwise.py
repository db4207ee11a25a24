"""Two answers against each other, in both orders: a judge that changes its mind with the order says a tie.

Judges prefer what stands first, or second (Zheng et al. 2023, arXiv:2306.05685, position bias); asking twice
takes that out of the result, and shows how much of it there was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from fen.evals.judge.asking import Fault, ask_judge
from fen.evals.judge.prompt import ask_for_better
from fen.evals.judge.reading import read_word
from fen.evals.judge.rubric import Rubric, make_schema
from fen.evals.suite import Ask

Winner = Literal["a", "b", "tie"]

_PLACES = ("first", "second", "tie")
_SCHEMA = make_schema({"analysis": {"type": "string"}, "better": {"type": "string", "enum": list(_PLACES)}})
_EXPECTED = 'one JSON object with "better": "first", "second" or "tie"'
_MEANT: dict[bool, dict[str, Winner]] = {
    False: {"first": "a", "second": "b", "tie": "tie"},
    True: {"first": "b", "second": "a", "tie": "tie"},
}


class Comparison(msgspec.Struct, frozen=True):
    """Which of two answers a judge prefers. orders: what it said with `a` first, and with `b` first."""

    rubric: str
    winner: Winner
    orders: tuple[Winner, Winner]

    @property
    def consistent(self) -> bool:
        """Whether both orders say the same."""
        return self.orders[0] == self.orders[1]

    def describe(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"rubric": self.rubric, "winner": self.winner, "orders": list(self.orders)}


class Bias(msgspec.Struct, frozen=True):
    """How much a judge goes by the order.

    n: comparisons. consistent: those with the same winner both ways. decided: single verdicts that name one.
    first: those that name the one that stood first. share: first / decided, 0.5 without bias; low and high:
    its 95% interval (Wilson; the two orders of one pair are taken as independent). None without a decision.
    """

    n: int
    consistent: int
    decided: int
    first: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


async def compare(
    ask: Ask, rubric: Rubric, task: str, answers: tuple[str, str], points: Sequence[str] = ()
) -> Comparison | Fault:
    """Return which of two answers, `a` and `b`, a judge prefers in both orders, or the judge's fault."""
    said: list[Winner] = []
    for swapped in (False, True):
        shown = (answers[1], answers[0]) if swapped else answers
        body = ask_for_better(rubric, task, shown, points, _SCHEMA)
        word = await ask_judge(ask, body, lambda text: read_word(text, "better", _PLACES), _EXPECTED)
        if isinstance(word, Fault):
            return word
        said.append(_MEANT[swapped][word])
    first, second = said
    return Comparison(rubric.id, first if first == second else "tie", (first, second))


def find_bias(comparisons: Iterable[Comparison]) -> Bias:
    """Return how much a judge went by the order, over many comparisons."""
    all_ = list(comparisons)
    first = sum((one.orders[0] == "a") + (one.orders[1] == "b") for one in all_)
    decided = sum(order != "tie" for one in all_ for order in one.orders)
    consistent = sum(one.consistent for one in all_)
    if not decided:
        return Bias(len(all_), consistent, 0, 0)
    from scipy.stats import binomtest  # noqa: PLC0415  takes a second to load

    interval = binomtest(first, decided).proportion_ci(method="wilson")
    low, high = float(interval.low), float(interval.high)
    return Bias(len(all_), consistent, decided, first, first / decided, low, high)
