"""What a run's records say beside its scores: how long the model writes, and what it knows of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fen.evals.lengths.effective import find_reach
from fen.evals.record import Record
from fen.evals.self_knowledge.summary import summarise

_SUMMARIES: Mapping[str, Callable[[Iterable[Record]], Sequence[msgspec.Struct]]] = {
    "output_length": find_reach,
    "self_knowledge": summarise,
}


def summarise_beside(records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    """Return tables of plain JSON by suite, for those suites of the records that have one.

    `output_length`: `fen.evals.lengths.effective.Reach`, one for each language and way of asking.
    `self_knowledge`: `fen.evals.self_knowledge.summary.Knowledge`, one for each subject.
    """
    suites = {record.suite for record in records}
    return {
        name: [msgspec.to_builtins(row) for row in summarise_suite([r for r in records if r.suite == name])]
        for name, summarise_suite in _SUMMARIES.items()
        if name in suites
    }
