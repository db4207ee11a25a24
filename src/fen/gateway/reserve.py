"""The worst case of one attempt, reserved before it is sent."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress

from fen.accounts import Budget
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.segment import limit_output
from fen.gateway.settlement import CLOSED_REQUEST
from fen.gateway.worst import WorstCase, bound_output, explain
from fen.ledger import Cap, Hold, Place, Reservation, Room
from fen.wire.errors import BooksUnavailable, BudgetBusy, BudgetExceeded
from fen.wire.money import Money
from fen.wire.request import Request

POLL_SECONDS = 0.075
"""How often whoever is first in line looks for room that another process has made."""


async def reserve(
    call: Call, parts: Parts, candidate: Candidate, number: int, request: Request
) -> tuple[Hold, Request]:
    """Hold an attempt's worst case; returns the hold, and the request as it may be sent.

    number: of the attempt, from 1 on. Budgets are those of the call's key, its team, its tier and its caller.
    A call that only open holds stand in the way of waits up to the tier's `hold_wait`; one for which settled
    calls leave too little has its output limit cut to what they leave, though never below the tier's
    `min_output`, and not at all where its caller has budgets.

    Raises BudgetExceeded and BudgetBusy; InvalidRequest where a budget applies to a call whose worst case has
    no bound or no price; BooksUnavailable.
    """
    view = request.view
    worst = WorstCase(call, parts, candidate, number, view, bound_output(view, candidate))
    cost = worst.cost(worst.asked)
    budgets = call.budgets
    if not budgets or (cost is not None and not cost.amount):  # what is free, no budget has a say in
        hold = worst.hold(cost)
        await _write(parts, hold, ())
        return hold, request
    worst.check(cost)
    assert worst.asked is not None
    assert cost is not None
    if parts.book.lines.is_free([budget.cap_id for budget in budgets]):
        hold, caps = worst.reserve(worst.asked, cost, budgets)
        if not await _write(parts, hold, caps):
            return hold, request
    hold = await _Queue(worst, cost, budgets).enter(call.tier.hold_wait)
    if hold.output_bound == worst.asked:
        return hold, request
    return hold, limit_output(request, (hold.output_bound or 0) // worst.choices)


async def _write(parts: Parts, hold: Hold, caps: Sequence[Cap]) -> tuple[Room, ...]:
    """Write a hold; returns nothing when it is held, else how its caps stand."""
    try:
        if caps:
            return await parts.book.reserve(hold, caps)
        await parts.book.hold(hold)
        return ()
    except asyncio.CancelledError:
        await _take_back(parts, hold)
        raise


async def _take_back(parts: Parts, hold: Hold) -> None:
    # The writer works in order and has been told already: it sees the hold before this release of it. One
    # for which there was no room is not there.
    with suppress(BooksUnavailable, LookupError):
        await parts.book.release(hold.id, "disconnected", CLOSED_REQUEST)


class _Queue:
    """One call's way to room in all of its budgets."""

    def __init__(self, worst: WorstCase, cost: Money, budgets: Sequence[Budget]) -> None:
        self._book = worst.parts.book
        self._worst = worst
        self._budgets = budgets
        self._output, self._cost = worst.asked or 0, cost
        self._rooms: tuple[Room, ...] = ()

    async def enter(self, patience: float) -> Hold:
        """Return the hold once it is in the books; raises BudgetBusy after `patience` seconds."""
        lines = self._book.lines
        caps = list({budget.cap_id: None for budget in self._budgets})
        place = lines.enter(caps)
        try:
            return await self._wait(place, time.monotonic() + patience)
        finally:
            lines.leave(place)

    async def _wait(self, place: Place, deadline: float) -> Hold:
        while True:
            left = deadline - time.monotonic()
            first = self._book.lines.is_first(place)
            if first or left <= 0:
                hold = await self._try()
                if hold is not None:
                    return hold
                if left <= 0:
                    raise self._complain_busy()
            await place.wait(min(left, POLL_SECONDS) if first else left)

    async def _try(self) -> Hold | None:
        """Hold as much as settled calls leave; None where open holds stand in the way of that.

        Raises BudgetExceeded.
        """
        while True:
            hold, caps = self._worst.reserve(self._output, self._cost, self._budgets)
            self._rooms = await _write(self._worst.parts, hold, caps)
            if not self._rooms:
                return hold
            afforded = self._afford(self._rooms)
            if afforded >= self._output:
                return None
            self._output, self._cost = afforded, self._price(afforded)

    def _afford(self, rooms: Sequence[Room]) -> int:
        """Return the most output, over all choices, that settled calls leave room for in every budget."""
        worst = self._worst
        least, most = worst.floor // worst.choices, self._output // worst.choices
        if not worst.asked:
            least = most = 0  # an embedding: all or nothing

        def passes(output: int) -> bool:
            return self._find_short(rooms, output * worst.choices) is not None

        if not passes(most):
            return most * worst.choices
        short = self._find_short(rooms, least * worst.choices)
        if short is not None:
            raise BudgetExceeded(explain(*short, least))
        return (least + bisect_right(range(least + 1, most + 1), False, key=passes)) * worst.choices

    def _find_short(self, rooms: Sequence[Room], output: int) -> tuple[Room, Reservation] | None:
        """Return the first budget of which settled calls leave too little, and what an output takes of it."""
        hold, _ = self._worst.reserve(output, self._price(output), self._budgets)
        for reservation, room in zip(hold.reservations, rooms, strict=True):
            if reservation.amount > room.unspent.amount:
                return room, reservation
        return None

    def _price(self, output: int) -> Money:
        cost = self._worst.cost(output)
        assert cost is not None  # that of a longer one is known
        return cost

    def _complain_busy(self) -> BudgetBusy:
        held = next((room for room in self._rooms if room.held.amount), self._rooms[0])
        return BudgetBusy(
            f"budget: found {held.held} of {held.cap.limit} held by calls under way and {held.spent} spent"
            f" ({held.cap.id}), expected room for this one: try again when some have ended",
            retry_after=1,
        )
