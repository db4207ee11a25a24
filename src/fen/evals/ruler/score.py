"""Whether an answer names exactly what was hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids

_LABEL = re.compile(r"(?:answer|答案)\W{0,4}[:：]", re.IGNORECASE)

_GROUPING = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def read_answer(text: str) -> str:
    """Return what follows the last label "Answer:"; the whole text where there is none.

    Commas that group the digits of one number are left out.
    """
    labels = list(_LABEL.finditer(text))
    return _GROUPING.sub("", text[labels[-1].end() :] if labels else text)


async def score_set(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Score an answer that must name a set, exactly.

    value: what is in both over what is in either (Jaccard's index), so that naming everything gains nothing.
    """
    end = find_end(responses[-1])
    if end is not None:
        return end
    target: dict[str, Any] = sample.target
    expected = set(target["expected"])
    named = dict.fromkeys(re.findall(target["pattern"], read_answer(responses[-1].text)))
    if not named:
        return Score("format_error")
    both = expected & set(named)
    value = len(both) / len(expected | set(named))
    detail = {"missing": sorted(expected - both), "extra": [name for name in named if name not in expected]}
    return Score("correct" if value == 1 else "wrong", value, ", ".join(named), detail)
