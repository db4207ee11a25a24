"""Whether the windows of caps say what their entries say."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import BigInteger, Connection, case, null, select, type_coerce, union_all

from fen.ledger.cap import Difference, spend
from fen.ledger.row import read_reservations
from fen.ledger.store.tables import ENTRIES, HELD, WINDOWS
from fen.storage import to_pico


def check_windows(connection: Connection) -> list[Difference]:
    """Return the windows that are not the sums of their entries, in the order of caps and windows."""
    said: dict[tuple[str, int], tuple[int, int]] = {}
    held: defaultdict[tuple[str, int], int] = defaultdict(int)
    spent: defaultdict[tuple[str, int], int] = defaultdict(int)
    # One statement, so that calls under way change nothing between two parts of it.
    for row in connection.execute(_everything().execution_options(yield_per=1000)):
        if row.reservations is None:
            key = (row.cap_id, row.window)
            said[key] = (row.held, row.spent)
            spent[key] += row.pruned
            continue
        for reservation in read_reservations(row.reservations):
            key = (reservation.cap, reservation.window)
            if row.open:
                held[key] += to_pico(reservation.amount)
            else:
                spent[key] += spend(reservation, to_pico(reservation.amount), row.charge or 0)
    found = [
        Difference(*key, *said.get(key, (0, 0)), held[key], spent[key])
        for key in sorted({*said, *held, *spent})
    ]
    return [each for each in found if (each.held, each.spent) != (each.entries_held, each.entries_spent)]


def _everything() -> Any:
    windows, entries = WINDOWS.c, ENTRIES.c
    nothing = null().label("nothing")
    return union_all(
        select(
            windows.cap_id.label("cap_id"),
            windows.window.label("window"),
            windows.held.label("held"),
            windows.spent.label("spent"),
            windows.pruned.label("pruned"),
            nothing.label("reservations"),
            nothing.label("charge"),
            nothing.label("open"),
        ),
        select(
            *(nothing.label(name) for name in ("cap_id", "window", "held", "spent", "pruned")),
            entries.reservations,
            type_coerce(entries.charge, BigInteger),
            case((entries.state == HELD, 1), else_=0),
        ).where(entries.reservations.is_not(None)),
    )
