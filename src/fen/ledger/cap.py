"""Caps: how much may be spent in a stretch of time. Whose they are, the ledger does not know."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from fen.ledger.entry import Hold, Reservation
from fen.storage import from_pico, to_pico
from fen.wire.money import Money


class Cap(msgspec.Struct, frozen=True, dict=True):
    """At most `limit` in a window.

    id: whose, in which period and currency: `key:KEY_ID/month/USD`. Those of a key begin with `key:KEY_ID/`.
    window: the number of its first day since 1970-01-01 UTC, 0 for the one that never ends.
    """

    id: str
    window: int
    limit: Money

    @cached_property
    def most(self) -> int:
        """The limit in 1e-12 units."""
        return to_pico(self.limit.amount)


class Room(msgspec.Struct, frozen=True):
    """A cap at one moment, in its currency: what open holds take of it, and what is spent of it."""

    cap: Cap
    held: Money
    spent: Money

    @property
    def unspent(self) -> Money:
        """What settled calls have left, as if nothing were held; below 0 where the limit was lowered."""
        return self.cap.limit - self.spent

    @property
    def left(self) -> Money:
        """What nothing is spent or held of."""
        return self.unspent - self.held


class Difference(msgspec.Struct, frozen=True):
    """A window whose sums, in 1e-12 of its currency, are not those of its entries.

    held, spent: what the window says. entries_held, entries_spent: what its entries, those that were pruned
    too, add up to.
    """

    cap: str
    window: int
    held: int
    spent: int
    entries_held: int
    entries_spent: int


def spend(reservation: Reservation, held: int, charge: int) -> int:
    """Return what a charge takes of a cap, in 1e-12 units: never more than was reserved.

    held: the reservation's amount in such units. charge: in such units of its own currency.
    """
    fx = reservation.fx
    return min(charge if fx is None else to_pico(from_pico(charge) * fx.rate), held)


def check_caps(hold: Hold, caps: Sequence[Cap]) -> None:
    """Raise ValueError where a hold's reservations are not those of the caps, in their order."""
    if hold.charge_max is None:
        raise ValueError(f"hold {hold.id!r}: found no worst charge, expected one: it counts towards caps")
    taken = hold.reservations
    if len(caps) == len(taken) == 1 and taken[0].cap == caps[0].id and taken[0].window == caps[0].window:
        return
    wanted = [(cap.id, cap.window) for cap in caps]
    found = [(reservation.cap, reservation.window) for reservation in taken]
    if found != wanted or len(set(wanted)) < len(wanted):
        raise ValueError(f"hold {hold.id!r}: found reservations of {found}, expected one of each of {wanted}")
