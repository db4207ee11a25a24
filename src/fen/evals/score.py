"""A score: how a sample's answer ended, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from fen.evals.response import Response

Outcome = Literal["correct", "wrong", "truncated", "refused", "format_error", "api_error"]
"""`wrong`: a whole answer that is not right. `truncated`: cut at a limit before it was done. `refused`: the
model declined. `format_error`: whole, but with nothing in it that can be scored. `api_error`: no answer."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

UNFINISHED: frozenset[Outcome] = frozenset({"truncated", "api_error"})
"""Outcomes of answers that were not completed: right or wrong is not known of them."""


class Score(msgspec.Struct, frozen=True):
    """What a sample's answer is worth.

    value: 0 to 1; 1 for all that was asked. answer: what was read out of the text and compared. detail: what
    a reader of one sample wants to see (which instruction failed, a judge's reason), plain JSON.
    """

    outcome: Outcome
    value: float = 0.0
    answer: str | None = None
    detail: Mapping[str, Any] = {}


def grade(*, right: bool, answer: str | None = None, detail: Mapping[str, Any] | None = None) -> Score:
    """Return the score of an answer that is right or wrong; without an `answer` it is a format error."""
    if right:
        return Score("correct", 1.0, answer, detail or {})
    return Score("format_error" if answer is None else "wrong", 0.0, answer, detail or {})


def find_end(response: Response, *, judges_cut: bool = False, judges_refused: bool = False) -> Score | None:
    """Return the score of a response that ended before there was anything to judge; None where there is.

    judges_cut: an answer that was cut is judged too, since what counts comes first in it. judges_refused: so
    is a refusal, since refusing may be right.
    """
    if response.error is not None:
        return Score("api_error", detail={"status": response.error.status, "message": response.error.message})
    if response.refused or response.finish_reason == "content_filter":
        return None if judges_refused else Score("refused")
    if response.cut and not judges_cut:
        return Score("truncated")
    return None
