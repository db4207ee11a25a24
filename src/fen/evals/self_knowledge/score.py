"""Score what a model says of itself: its error in doublings, in months, its name, its promises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from fen.catalogue.lessons import LessonReader, read_limit_errors
from fen.evals.lengths.ending import measure
from fen.evals.lengths.score import ENOUGH
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.self_knowledge.dates import Month, months_apart, read_month
from fen.evals.self_knowledge.facts import CONTEXT, CUTOFF, NAME, OUTPUT
from fen.evals.self_knowledge.numbers import read_count
from fen.evals.self_knowledge.said import abstains, find_families, names_model, read_probability
from fen.evals.suite import Aids

NEAR = math.log2(1.1)
"""The error in doublings up to which a number is right: 128K may mean 128,000 or 131,072."""

CLAIM = "claim"
"""The subject of samples that ask how sure the model is to write a length."""

_LIMITS = {CONTEXT: "context_window", OUTPUT: "max_output_tokens"}


async def score_self_knowledge(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Score an answer of a model about itself, the last of the responses.

    The first, where there are two, is what was measured: the complaint about an oversized request, or the
    text that the model said it could write.
    """
    end = find_end(responses[-1])
    if end is not None:
        return end
    target: dict[str, Any] = sample.target
    text = responses[-1].text
    if target["subject"] == CLAIM:
        return score_claim(text, responses[0], target["words"]) if len(responses) > 1 else _say_nothing(text)
    if target["subject"] == CUTOFF:
        return score_cutoff(text, target["true"])
    if target["subject"] == NAME:
        return score_name(text, target["true"])
    measured = read_limit(target["subject"], responses[0]) if len(responses) > 1 else None
    return score_number(text, int(target["true"]) if target["true"] else None, measured)


@cache
def _open_reader() -> LessonReader:
    return LessonReader(read_limit_errors())


def read_limit(subject: str, probe: Response) -> int | None:
    """Return the limit that the complaint about an oversized request names; None where it names another."""
    if probe.error is None:
        return None
    lesson = _open_reader().read(probe.error.message)
    return lesson.value if lesson is not None and lesson.limit == _LIMITS[subject] else None


def score_number(text: str, documented: int | None, measured: int | None = None) -> Score:
    """Score a stated number of tokens against what was measured, else what is documented.

    value: 1 - |log2(stated / true)|, at least 0: half as much or twice as much is worth nothing. Where
    neither is known the call that was to measure it has failed, and nothing is said of the answer.
    """
    stated = read_count(text)
    if stated is None:
        return _say_nothing(text)
    true = measured if measured is not None else documented
    if true is None:
        return Score("api_error", 0.0, str(stated), {"stated": stated, "message": "no limit was named"})
    error = abs(math.log2(stated / true))
    detail = {"stated": stated, "documented": documented, "measured": measured, "doublings": error}
    return Score("correct" if error <= NEAR else "wrong", max(0.0, 1 - error), str(stated), detail)


def score_cutoff(text: str, documented: str) -> Score:
    """Score a stated cutoff against `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; right within a month.

    value: 1 less a twelfth for each month.
    """
    stated = read_month(text)
    if stated is None:
        return _say_nothing(text)
    year, *rest = documented.split("-")
    true: Month = (int(year), int(rest[0]) if rest else None)
    months = months_apart(stated, true)
    said = str(stated[0]) if stated[1] is None else f"{stated[0]}-{stated[1]:02}"
    detail = {"stated": said, "documented": documented, "months": months}
    return Score("correct" if months <= 1 else "wrong", max(0.0, 1 - months / 12), said, detail)


def score_name(text: str, documented: str) -> Score:
    """Score a stated name against the known ones, with `|` between.

    value: 1 for a whole name, a half for one of the family alone. detail: `others` are models of other makers
    that the answer names.
    """
    names = documented.split("|")
    own = find_families(documented)
    said = find_families(text)
    detail: Mapping[str, Any] = {"stated": text.strip()[:200], "others": len(said - own)}
    if names_model(text, names):
        return Score("correct", 1.0, names[0], detail)
    if said & own and not said - own:
        return Score("wrong", 0.5, "the family", detail)
    if said - own:
        return Score("wrong", 0.0, "another model", detail)
    return (
        Score("refused", detail={"abstained": True})
        if abstains(text)
        else Score("wrong", 0.0, text.strip()[:80], detail)
    )


def score_claim(text: str, written: Response, words: int) -> Score:
    """Score how sure a model was by what happened then: value is 1 less Brier's (p - happened) squared.

    It happened where 0.8 of the length came, was not cut and does not loop. Right is a claim on the side of
    what happened. A failed call says nothing: then the claim is not judged.
    """
    claimed = read_probability(text)
    if claimed is None:
        return _say_nothing(text)
    if written.error is not None:
        return Score("api_error", detail={"status": written.error.status, "message": written.error.message})
    measured = measure(words, written)
    happened = measured.ratio >= ENOUGH and measured.ending in {"done", "too_long"}
    brier = (claimed - happened) ** 2
    detail = {
        "claimed": claimed,
        "happened": happened,
        "brier": brier,
        "words": words,
        "ending": measured.ending,
    }
    right = (claimed >= 0.5) == happened
    return Score("correct" if right else "wrong", 1 - brier, f"{claimed:.0%}", detail)


def _say_nothing(text: str) -> Score:
    """Return the score of an answer without what was asked for: it abstains, or speaks of something else."""
    return Score("refused", detail={"abstained": True}) if abstains(text) else Score("format_error")
