"""What Inspect's score of a sample comes to: one outcome, and a value between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from fen.evals.score import Outcome, Score

_WORDS = {"c": 1.0, "p": 0.5, "i": 0.0, "n": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
"""As Inspect's own value_to_float reads them: correct, partial, incorrect, no answer."""

_CUT = ("max_tokens", "model_length")


class Given(msgspec.Struct, frozen=True):
    """A score as it stands in the log; NaN is what could not be scored."""

    value: Any = None
    answer: str | None = None
    explanation: str | None = None


class Limit(msgspec.Struct, frozen=True):
    """The limit that ended a sample; type: context, time, working, message, token, cost, operator ..."""

    type: str
    limit: float = 0.0


class Halt(msgspec.Struct, frozen=True):
    """The error that ended a sample."""

    message: str = ""


class Choice(msgspec.Struct, frozen=True):
    """How the model's last answer ended."""

    stop_reason: str = "unknown"


class Output(msgspec.Struct, frozen=True):
    """The model's last answer."""

    choices: tuple[Choice, ...] = ()


class Scored(msgspec.Struct, frozen=True):
    """What of a sample its score is made from."""

    scores: dict[str, Given] | None = None
    output: Output = Output()
    limit: Limit | None = None
    error: Halt | None = None


def score_sample(sample: Scored, scorer: str | None) -> Score:
    """Return a sample's score. All of the log's scores are in the detail.

    An error is an `api_error`. An answer that its scorer found right is correct, however it ended; otherwise
    one that hit a limit of the sample's or the model's is truncated. NaN and N (no answer) are format errors.
    """
    scores = sample.scores or {}
    detail: dict[str, Any] = {"scores": {name: _tame(given.value) for name, given in scores.items()}}
    if sample.error is not None:
        return Score("api_error", detail={**detail, "message": sample.error.message[:1000]})
    given = scores.get(scorer or "") or next(iter(scores.values()), None)
    value = None if given is None else to_value(given.value)
    if given is not None and given.explanation:
        detail["explanation"] = given.explanation[:2000]
    if sample.limit is not None:
        detail["limit"] = {"type": sample.limit.type, "limit": sample.limit.limit}
    outcome = _find_outcome(sample, given, value)
    return Score(outcome, value or 0.0, None if given is None else given.answer, detail)


def to_value(value: Any) -> float | None:
    """Return 0 to 1 for a score's value; None for NaN and for what is no score.

    Several values count by their mean; a number beyond 0 to 1 counts as the nearest of these.
    """
    if isinstance(value, Mapping):
        value = list(cast("Mapping[str, Any]", value).values())
    if isinstance(value, list):
        parts = [to_value(part) for part in cast("list[Any]", value)]
        known = [part for part in parts if part is not None]
        return sum(known) / len(known) if known else None
    if isinstance(value, str):
        value = _WORDS.get(value.strip().lower(), _read_number(value))
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return min(max(float(value), 0.0), 1.0)


def _find_outcome(sample: Scored, given: Given | None, value: float | None) -> Outcome:
    reason = sample.output.choices[0].stop_reason if sample.output.choices else "unknown"
    if value == 1.0:
        return "correct"
    if sample.limit is not None or reason in _CUT:
        return "truncated"
    if reason == "content_filter":
        return "refused"
    if given is None or value is None or given.value == "N":
        return "format_error"
    return "wrong"


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _tame(value: Any) -> Any:
    """Return a value as JSON has it: NaN is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _tame(part) for name, part in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [_tame(part) for part in cast("list[Any]", value)]
    return value
