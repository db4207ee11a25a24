"""Keeps what was taken in of another program's log, as a run like any."""

from __future__ import annotations

from collections.abc import Sequence

from fen.app.evals import open_shelf
from fen.app.settings import Settings
from fen.evals.record import Record, Run
from fen.evals.store import EvalStore, find_run
from fen.storage import Cursor
from fen.wire.errors import NotFound


async def keep_log(settings: Settings, run: Run, records: Sequence[Record]) -> bool:
    """Keep a run with its records; returns whether it is new. One that is known is written anew.

    Raises ConfigError.
    """
    async with open_shelf(settings) as shelf:
        try:
            found = await shelf.storage.read(lambda connection: find_run(connection, run.id))
            new = found.id != run.id
        except NotFound:
            new = True
        await shelf.storage.writer.run(_write, shelf.store, run, records, new)
    return new


def _write(cursor: Cursor, store: EvalStore, run: Run, records: Sequence[Record], new: bool) -> None:
    if new:
        store.begin(cursor, run, f"log:{run.id}")  # no command goes on with it
    store.change(cursor, run)
    for record in records:
        store.record(cursor, record)
