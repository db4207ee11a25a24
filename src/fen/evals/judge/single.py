"""One answer, scored by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fen.evals.judge.asking import Fault, ask_judge
from fen.evals.judge.prompt import ask_for_scores
from fen.evals.judge.reading import read_scores, read_text
from fen.evals.judge.rubric import Rubric, to_value
from fen.evals.sample import Body
from fen.evals.suite import Ask

__all__ = ["Fault", "Verdict", "judge_by", "judge_single"]


class Verdict(msgspec.Struct, frozen=True):
    """What a judge says of one answer: scores from 1 to 5 by criterion, and why. rubric: name/version."""

    rubric: str
    scores: dict[str, int]
    analysis: str = ""

    @property
    def mean(self) -> float:
        """Return the mean score, 1 to 5."""
        return sum(self.scores.values()) / len(self.scores)

    @property
    def value(self) -> float:
        """Return 0 to 1."""
        return to_value(self.scores)

    def describe(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"rubric": self.rubric, "scores": self.scores, "analysis": self.analysis}


async def judge_single(
    ask: Ask, rubric: Rubric, task: str, answer: str, points: Sequence[str] = ()
) -> Verdict | Fault:
    """Return a judge's verdict on an answer to a task, or the judge's own fault.

    points: what a good answer to this task has, for the judge alone.
    """
    return await judge_by(ask, ask_for_scores(rubric, task, answer, points), rubric.id, rubric.names)


async def judge_by(ask: Ask, body: Body, rubric: str, names: Sequence[str]) -> Verdict | Fault:
    """Return the verdict that a request of any wording asks for; its JSON has a score for each name."""

    def read(text: str) -> Verdict | None:
        scores = read_scores(text, names)
        return None if scores is None else Verdict(rubric, scores, read_text(text, "analysis"))

    expected = f"one JSON object with whole numbers from 1 to 5 for {', '.join(names)}"
    return await ask_judge(ask, body, read, expected)
