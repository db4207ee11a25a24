"""Finds the runs that a report is of, and reads no more of their records than it needs."""

from __future__ import annotations

from collections.abc import Sequence

from fen.evals.nearest import suggest
from fen.evals.record import Record, Run
from fen.evals.report.select import Entry, order_runs, pick_latest, pick_runs
from fen.evals.store import find_run, read_records, read_runs
from fen.storage import Storage
from fen.wire.errors import NotFound

_RUN = "run_"


async def collect_entries(storage: Storage, names: Sequence[str]) -> tuple[Entry, ...]:
    """Return what the names stand for, runs (`run_...`) and models; without names, all models.

    A run's id may be cut short. A model stands for its latest answers, suite by suite. Raises NotFound.
    """
    if not names:
        return await _collect_latest(storage, await storage.read(read_runs))
    wanted = list(dict.fromkeys(names))
    runs = [
        await storage.read(lambda connection, name=name: find_run(connection, name))
        for name in wanted
        if name.startswith(_RUN)
    ]
    records = {run.id: await _read(storage, run) for run in runs}
    found = list(pick_runs(list({run.id: run for run in runs}.values()), records))
    for name in wanted:
        if not name.startswith(_RUN):
            found += await _collect_model(storage, name)
    return tuple(found)


async def _collect_model(storage: Storage, model: str) -> tuple[Entry, ...]:
    runs = await storage.read(lambda connection: read_runs(connection, model=model))
    if not runs:
        known = dict.fromkeys(run.model for run in await storage.read(read_runs))
        told = suggest(model, known) if known else "expected one that was run, and there is none yet"
        raise NotFound(f"found no run of {model[:100]!r}; {told}")
    return await _collect_latest(storage, runs)


async def _collect_latest(storage: Storage, runs: Sequence[Run]) -> tuple[Entry, ...]:
    """Read a model's runs from the latest on, until each suite that it was asked has answers."""
    open_suites: dict[str, set[str]] = {}
    for run in runs:
        open_suites.setdefault(run.model, set()).update(run.suites)
    records: dict[str, Sequence[Record]] = {}
    for run in order_runs(runs):
        if open_suites[run.model] & set(run.suites):
            records[run.id] = await _read(storage, run)
            open_suites[run.model] -= {record.suite for record in records[run.id]}
    return pick_latest(runs, records)


async def _read(storage: Storage, run: Run) -> Sequence[Record]:
    return await storage.read(lambda connection: read_records(connection, run.id))
