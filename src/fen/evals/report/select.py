"""Which records a report is made of: runs by name, or the latest of each model, suite by suite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from fen.evals.record import Record, Run


class Entry(msgspec.Struct, frozen=True):
    """What is shown under one name: a model's records, and the runs that they are from."""

    name: str
    runs: tuple[Run, ...]
    records: tuple[Record, ...]


def order_runs(runs: Iterable[Run]) -> list[Run]:
    """Return the latest runs first, finished ones before those that are not."""
    return sorted(runs, key=lambda run: (run.ended is not None, run.started), reverse=True)


def pick_latest(runs: Iterable[Run], records: Mapping[str, Sequence[Record]]) -> tuple[Entry, ...]:
    """Return an entry for each model: of every suite, what its latest run with answers says.

    records: by the run's id.
    """
    entries: dict[str, dict[str, tuple[Run, list[Record]]]] = {}
    for run in order_runs(runs):
        suites = entries.setdefault(run.model, {})
        for suite, members in _part(records.get(run.id, ())).items():
            suites.setdefault(suite, (run, members))
    return tuple(_join(model, suites) for model, suites in entries.items() if suites)


def pick_runs(runs: Sequence[Run], records: Mapping[str, Sequence[Record]]) -> tuple[Entry, ...]:
    """Return an entry for each run; runs of one model are told apart by their ids."""
    models = [run.model for run in runs]
    return tuple(
        Entry(
            run.model if models.count(run.model) == 1 else f"{run.model} ({run.id})",
            (run,),
            tuple(records.get(run.id, ())),
        )
        for run in runs
    )


def _part(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.suite, []).append(record)
    return found


def _join(model: str, suites: Mapping[str, tuple[Run, list[Record]]]) -> Entry:
    runs = {run.id: run for run, _ in suites.values()}
    records = tuple(record for _, members in suites.values() for record in members)
    return Entry(model, tuple(runs.values()), records)
