"""Two sides that a command compares: a run or a model each."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec

from fen.app import Settings, load_settings
from fen.app.evals import open_shelf
from fen.evals.record import Record
from fen.evals.registry import list_suites
from fen.evals.report import Entry, collect_entries
from fen.evals.statistics.paired import Words
from fen.wire.errors import NotFound


class Side(msgspec.Struct, frozen=True):
    """A run's or a model's answers, under the name that it is shown by."""

    name: str
    records: tuple[Record, ...]


def read_sides(a: str, b: str, config: Path | None) -> tuple[Side, Side]:
    """Return what two names stand for: runs (`run_...`), or models by their latest answers of each suite.

    Raises NotFound for a name without answers.
    """
    first, second = asyncio.run(_read(a, b, load_settings(config, os.environ)))
    if first.name == second.name:
        return Side(_name_runs(first), first.records), Side(_name_runs(second), second.records)
    return Side(first.name, first.records), Side(second.name, second.records)


async def _read(a: str, b: str, settings: Settings) -> tuple[Entry, Entry]:
    async with open_shelf(settings) as shelf:
        found = [await collect_entries(shelf.storage, (name,)) for name in (a, b)]
    for name, entries in zip((a, b), found, strict=True):
        if not entries or not entries[0].records:
            raise NotFound(f"{name[:100]!r}: found no answers, expected a run or a model that has some")
    return found[0][0], found[1][0]


def _name_runs(entry: Entry) -> str:
    return f"{entry.name} ({', '.join(run.id for run in entry.runs)})"


def read_words() -> dict[str, Words]:
    """Return by suite what a reader is told of how its samples hang together."""
    return {suite.name: Words(suite.clustered) for suite in list_suites()}
