"""Old rows become daily sums; a key's rows lose the key. No money is lost by either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Table, bindparam, delete, null, select, type_coerce, update

from fen.ledger.entry import Reservation
from fen.ledger.row import METER_COLUMNS, PART, read_reservations, write_reservations
from fen.ledger.store.tables import AMOUNT_PARTS, DAILY, ENTRIES, SETTLED
from fen.ledger.store.windows import WindowStore
from fen.storage import MICROS_PER_DAY, SLICE, Cursor, Statement, Storage

_KEYS = ("day", "key_id", "model", "upstream", "currency", "charge_currency", "certainty")
_SUMS = ("requests", "unpriced", "uncharged", *METER_COLUMNS, *AMOUNT_PARTS)
_ADDED = (*METER_COLUMNS, "cost", "charge")
_LABELS = _KEYS[1:]
_CHARGE = -2  # its place in a row that `roll` takes out


class RetentionStore:
    """Each method runs inside an operation of the writer, and may run again.

    Rows are taken out and handed over by one statement (DELETE ... RETURNING), so two processes that prune
    at once never count a row twice.
    """

    def __init__(self, storage: Storage) -> None:
        c = ENTRIES.c
        before = bindparam("b_before", type_=BigInteger)
        old = select(c.id).where(c.state == SETTLED, type_coerce(c.held_at, BigInteger) < before).limit(SLICE)
        self._take_old = storage.compile(
            delete(ENTRIES)
            .where(c.id.in_(old))
            .returning(
                c.held_at, *(c[name] for name in _LABELS), *(c[name] for name in _ADDED), c.reservations
            )
        )
        self._take_daily = storage.compile(
            delete(DAILY)
            .where(DAILY.c.key_id == bindparam("b_key"))
            .returning(*(DAILY.c[name] for name in (*_KEYS, *_SUMS)))
        )
        of_key = select(c.id).where(c.key_id == bindparam("b_key")).limit(SLICE)
        self._anonymise = storage.compile(
            update(ENTRIES).where(c.id.in_(of_key)).values(key_id=null(), tag=null())
        )
        capped = (c.key_id == bindparam("b_key"), c.reservations.is_not(None))
        self._find_capped = storage.compile(
            # Locked, where rows are: a settlement must not move what is moved here.
            select(c.id, c.charge, c.reservations, c.state).where(*capped).limit(SLICE).with_for_update()
        )
        self._uncap = storage.compile(
            update(ENTRIES)
            .where(c.id == bindparam("b_id"))
            .values(key_id=null(), tag=null(), reservations=bindparam("b_left"))
        )
        self._add = storage.compile(_adding(storage, DAILY))
        self._windows = WindowStore(storage)

    def roll(self, cursor: Cursor, before: int) -> int:
        """Add settled entries held before a moment (microseconds) to the daily sums; returns how many."""
        self._take_old.execute(cursor, {"b_before": before})
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
        _add_up(self._add, cursor, (_to_day(row[:-1]) for row in rows))
        capped = [(read_reservations(row[-1]), row[_CHARGE]) for row in rows if row[-1] is not None]
        if capped:
            self._windows.prune(cursor, [(each, charge) for found, charge in capped for each in found])
        return len(rows)

    def anonymise(self, cursor: Cursor, key_id: str) -> int:
        """Take a key, its caps, and the tags of its requests, off its entries; returns how many."""
        self._find_capped.execute(cursor, {"b_key": key_id})
        capped: Sequence[Sequence[Any]] = cursor.fetchall()
        if capped:
            self._take_off(cursor, key_id, capped)
            return len(capped)
        self._anonymise.execute(cursor, {"b_key": key_id})
        return cursor.rowcount

    def _take_off(self, cursor: Cursor, key_id: str, rows: Sequence[Sequence[Any]]) -> None:
        """Take a key and its caps off entries; what they took of them goes on to count, as pruned."""
        forgotten: list[tuple[Reservation, int | None]] = []
        for entry_id, charge, reserved, state in rows:
            reservations = read_reservations(reserved)
            own = [each for each in reservations if each.cap.startswith(f"key:{key_id}/")]
            forgotten += [(each, charge if state == "settled" else None) for each in own]
            left = write_reservations([each for each in reservations if each not in own])
            self._uncap.execute(cursor, {"b_id": entry_id, "b_left": left})
        self._windows.prune(cursor, forgotten)

    def anonymise_daily(self, cursor: Cursor, key_id: str) -> int:
        """Move a key's daily sums to those of nobody; returns how many there were."""
        self._take_daily.execute(cursor, {"b_key": key_id})
        rows: Sequence[Sequence[Any]] = cursor.fetchall()
        _add_up(self._add, cursor, ((row[0], "", *row[2:]) for row in rows))
        return len(rows)


def _to_day(row: Sequence[Any]) -> tuple[Any, ...]:
    labels = (label or "" for label in row[1 : 1 + len(_LABELS)])
    *meters, cost, charge = row[1 + len(_LABELS) :]
    counts = (1, int(cost is None), int(charge is None), *meters)
    return (row[0] // MICROS_PER_DAY, *labels, *counts, *divmod(cost or 0, PART), *divmod(charge or 0, PART))


def _add_up(statement: Statement, cursor: Cursor, rows: Iterable[Sequence[Any]]) -> None:
    sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(_SUMS))
    for row in rows:
        total = sums[tuple(row[: len(_KEYS)])]
        for position, value in enumerate(row[len(_KEYS) :]):
            total[position] += value
    for key, total in sorted(sums.items()):  # in one order everywhere, so that two prunes do not deadlock
        statement.execute(cursor, dict(zip((*_KEYS, *_SUMS), (*key, *total), strict=True)))


def _adding(storage: Storage, daily: Table) -> Any:
    insert = storage.insert(daily).values({column.name: bindparam(column.name) for column in daily.c})
    return insert.on_conflict_do_update(
        index_elements=list(_KEYS),
        set_={name: daily.c[name] + insert.excluded[name] for name in _SUMS},
    )
