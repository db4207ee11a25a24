"""What caps have left: each window's sums, kept in the transactions that make and settle holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Connection, bindparam, literal_column, select, tuple_, update

from fen.ledger.cap import Cap, Room, spend
from fen.ledger.entry import Reservation
from fen.ledger.store.tables import WINDOWS
from fen.storage import Cursor, Storage, from_pico, to_pico
from fen.wire.money import Money

_LOCK = "SELECT pg_advisory_xact_lock(7366974, 2)"
"""Fen's own number ("fen"), and 2 for budgets.

Operations of two replicas change windows in any order, and each transaction holds many operations: without
one lock before them all, two transactions would wait for each other. SQLite's transactions never overlap.
"""


class WindowStore:
    """Changes windows. Each method runs inside an operation of the writer."""

    def __init__(self, storage: Storage) -> None:
        c = WINDOWS.c
        amount = bindparam("b_amount", type_=BigInteger)
        nothing = literal_column("0", BigInteger)
        insert = storage.insert(WINDOWS).values(
            cap_id=bindparam("b_cap"),
            window=bindparam("b_window"),
            held=amount,
            spent=nothing,
            pruned=nothing,
        )
        self._insert = storage.compile(
            insert.on_conflict_do_update(
                index_elements=["cap_id", "window"],
                set_={"held": c.held + insert.excluded.held},
                where=c.held + c.spent <= bindparam("b_room", type_=BigInteger),
            )
        )
        one = (c.cap_id == bindparam("b_cap"), c.window == bindparam("b_window"))
        room = c.held + c.spent <= bindparam("b_room", type_=BigInteger)
        self._raise = storage.compile(update(WINDOWS).where(*one, room).values(held=c.held + amount))
        assert self._raise.names == ("b_amount", "b_cap", "b_window", "b_room")
        spent = bindparam("b_spent", type_=BigInteger)
        pruned = bindparam("b_pruned", type_=BigInteger)
        changed = {"held": c.held - amount, "spent": c.spent + spent}
        self._spend = storage.compile(update(WINDOWS).where(*one).values(changed))
        assert self._spend.names == ("b_amount", "b_spent", "b_cap", "b_window")
        changed["pruned"] = c.pruned + pruned
        self._change = storage.compile(update(WINDOWS).where(*one).values(changed))
        self._read = storage.compile(select(c.held, c.spent).where(*one))
        self._locks = storage.kind == "postgresql"

    def take(self, cursor: Cursor, reservations: Sequence[Reservation], caps: Sequence[Cap]) -> bool:
        """Raise what is held of every cap, or of none: False where one has no room for its reservation."""
        if self._locks:
            cursor.execute(_LOCK)
        for index, (reservation, cap) in enumerate(zip(reservations, caps, strict=True)):
            amount = to_pico(reservation.amount)
            room = cap.most - amount
            if room >= 0:
                self._raise.execute_row(cursor, (amount, cap.id, cap.window, room))
                if cursor.rowcount == 1 or self._open(cursor, cap, amount, room):
                    continue
            self.untake(cursor, reservations[:index])
            return False
        return True

    def _open(self, cursor: Cursor, cap: Cap, amount: int, room: int) -> bool:
        """Take of a window that is not there yet; False where it is, and has no room."""
        values: dict[str, object] = {
            "b_cap": cap.id,
            "b_window": cap.window,
            "b_amount": amount,
            "b_room": room,
        }
        self._insert.execute(cursor, values)
        return cursor.rowcount == 1

    def untake(self, cursor: Cursor, reservations: Iterable[Reservation]) -> None:
        """Undo what `take` did, inside the same operation."""
        for reservation in reservations:
            self._move(cursor, reservation, to_pico(reservation.amount), 0, 0)

    def spend(self, cursor: Cursor, reservations: Iterable[Reservation], charge: int) -> None:
        """Turn what was held into what is spent; `charge` in 1e-12 of its currency."""
        if self._locks:
            cursor.execute(_LOCK)
        for reservation in reservations:
            held = to_pico(reservation.amount)
            spent = spend(reservation, held, charge)
            self._spend.execute_row(cursor, (held, spent, reservation.cap, reservation.window))

    def prune(self, cursor: Cursor, reservations: Iterable[tuple[Reservation, int | None]]) -> None:
        """Note that entries will not tell of these any more, each with its charge in 1e-12 units.

        A charge that is None is one of a hold that is open: all of it counts as spent from now on.
        """
        if self._locks:
            cursor.execute(_LOCK)
        for reservation, charge in reservations:
            held = to_pico(reservation.amount)
            if charge is None:
                self._move(cursor, reservation, held, held, held)
            else:
                self._move(cursor, reservation, 0, 0, spend(reservation, held, charge))

    def read(self, cursor: Cursor, caps: Iterable[Cap]) -> tuple[Room, ...]:
        """Return how caps stand."""
        rooms: list[Room] = []
        for cap in caps:
            self._read.execute(cursor, {"b_cap": cap.id, "b_window": cap.window})
            held, spent = cursor.fetchone() or (0, 0)
            rooms.append(_make_room(cap, held, spent))
        return tuple(rooms)

    def _move(self, cursor: Cursor, reservation: Reservation, held: int, spent: int, pruned: int) -> None:
        values: dict[str, object] = {
            "b_cap": reservation.cap,
            "b_window": reservation.window,
            "b_amount": held,
            "b_spent": spent,
            "b_pruned": pruned,
        }
        self._change.execute(cursor, values)


def read_rooms(connection: Connection, caps: Sequence[Cap]) -> list[Room]:
    """Return how caps stand, in their order."""
    c = WINDOWS.c
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for start in range(0, len(caps), _SLICE):
        keys = [(cap.id, cap.window) for cap in caps[start : start + _SLICE]]
        query = select(c.cap_id, c.window, c.held, c.spent).where(tuple_(c.cap_id, c.window).in_(keys))
        for cap_id, window, held, spent in connection.execute(query):
            found[cap_id, window] = (held, spent)
    return [_make_room(cap, *found.get((cap.id, cap.window), (0, 0))) for cap in caps]


_SLICE = 500


def _make_room(cap: Cap, held: int, spent: int) -> Room:
    currency = cap.limit.currency
    return Room(cap, Money(from_pico(held), currency), Money(from_pico(spent), currency))
