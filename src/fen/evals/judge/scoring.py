"""Turns a judge's words into a sample's score; a judge that failed is no fault of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fen.evals.judge.asking import Fault
from fen.evals.judge.single import Verdict
from fen.evals.score import Score
from fen.evals.suite import Aids, Ask
from fen.wire.errors import ConfigError

PASS = 4.0
"""The mean score from which an answer counts as correct, unless a suite's option says otherwise."""


def judged_score(verdict: Verdict | Fault, passing: float = PASS) -> Score:
    """Return the score of an answer that was judged; `correct` from a mean of `passing` on.

    Where the judge failed, nothing is known of the answer: the outcome is `api_error`, which is not counted
    among those completed, and the detail's `judge_fault` says whose fault it is.
    """
    if isinstance(verdict, Fault):
        return score_fault(verdict)
    outcome = "correct" if verdict.mean >= passing else "wrong"
    return Score(outcome, verdict.value, f"{verdict.mean:.2f}", verdict.describe())


def score_fault(fault: Fault, detail: Mapping[str, Any] | None = None) -> Score:
    """Return the score of an answer that the judge failed to judge."""
    return Score("api_error", detail={**(detail or {}), "judge_fault": fault.describe()})


def need_judge(aids: Aids, suite: str) -> Ask:
    """Return what asks the judge; raises ConfigError where the run has none."""
    if aids.judge is None:
        raise ConfigError(f"found no judge, expected a model that judges (--judge MODEL): {suite} needs one")
    return aids.judge


def read_pass(options: Mapping[str, str]) -> float:
    """Return the option `pass`; raises ConfigError where it is no mean score."""
    given = options.get("pass", str(PASS))
    try:
        passing = float(given)
    except ValueError:
        passing = 0.0
    if not 1 <= passing <= 5:
        raise ConfigError(f"pass: found {given!r}, expected a mean score from 1 to 5")
    return passing
