"""How long models' answers are, and how long they take: distributions, over suites that all of them have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from fen.evals.record import Record
from fen.evals.report.select import Entry
from fen.evals.statistics.median import Median, find_median

SHARES = (5, 25, 50, 75, 95)
"""The percentiles of a length that are told."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's answers took.

    answers: so many came. tokens: of an answer's output, reasoning included, at SHARES. mean: of the same.
    reasoning: the share of the tokens that were reasoning. cut: the share of answers that ran into a limit.
    seconds: of whole answers. rate: output tokens a second of whole answers, the wait for the first included.
    """

    model: str
    answers: int
    tokens: tuple[float, ...]
    mean: float
    reasoning: float
    cut: float
    seconds: Median
    rate: Median | None


def share_suites(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the suites of which all entries have answers, by name; other lengths cannot be compared."""
    asked: list[set[str]] = [{one.suite for one in entry.records} for entry in entries if entry.records]
    shared: set[str] = asked[0].intersection(*asked) if asked else set()
    return tuple(sorted(shared))


def measure_efforts(entries: Iterable[Entry], suites: Sequence[str]) -> tuple[Effort, ...]:
    """Return what each entry's answers to some suites took; one without answers is left out."""
    found: list[Effort] = []
    for entry in entries:
        answered = [one for one in entry.records if one.suite in suites and one.score.outcome != "api_error"]
        seconds = find_median(one.seconds for one in answered)
        if seconds is not None:
            found.append(_measure(entry.name, answered, seconds))
    return tuple(found)


def _measure(model: str, answered: Sequence[Record], seconds: Median) -> Effort:
    tokens = [one.output_tokens for one in answered]
    rates = (one.output_tokens / one.seconds for one in answered if one.seconds > 0 and one.output_tokens)
    return Effort(
        model=model,
        answers=len(answered),
        tokens=tuple(float(value) for value in np.percentile(tokens, SHARES)),
        mean=sum(tokens) / len(tokens),
        reasoning=sum(one.reasoning_tokens for one in answered) / max(1, sum(tokens)),
        cut=sum(one.score.outcome == "truncated" for one in answered) / len(answered),
        seconds=seconds,
        rate=find_median(rates),
    )
