"""Slots: how many calls of one kind may be under way at once."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Slot(msgspec.Struct, frozen=True):
    """A place among the calls under way. key: whose calls; id: this one."""

    key: str
    id: int


class Slots(Protocol):
    """Gives out slots, so many at once for each key."""

    async def acquire(self, key: str, limit: int) -> Slot | None:
        """Return a slot, to be released whatever happens; None while `limit` of them are out.

        Cancelling it leaves none behind.
        """
        ...

    def release(self, slot: Slot) -> None:
        """Give a slot back, at once; a second time changes nothing."""
        ...


class LocalSlots:
    """Slots of this process."""

    def __init__(self) -> None:
        self._held: dict[str, set[int]] = {}
        self._last = 0

    def held(self) -> dict[str, set[int]]:
        """Return the ids of the slots that are out, by key."""
        return {key: set(ids) for key, ids in self._held.items()}

    async def acquire(self, key: str, limit: int) -> Slot | None:
        """Return a slot or None; see Slots."""
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = set()
        elif len(held) >= limit:
            return None
        self._last += 1
        held.add(self._last)
        return Slot(key, self._last)

    def release(self, slot: Slot) -> None:
        """Give a slot back; see Slots."""
        held = self._held.get(slot.key)
        if held is not None:
            held.discard(slot.id)
            if not held:
                del self._held[slot.key]

    def count(self, key: str) -> int:
        """Return how many slots are out."""
        return len(self._held.get(key, ()))

    def make(self, key: str) -> Slot:
        """Return a slot that is not out yet."""
        self._last += 1
        return Slot(key, self._last)

    def enter(self, slot: Slot) -> None:
        """Count a slot as out, however many are."""
        self._held.setdefault(slot.key, set()).add(slot.id)
