"""The worst case of one attempt, reserved before it is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from msgspec.structs import replace

from fen.catalogue import Card, Rates
from fen.gateway.call import Call, Parts
from fen.gateway.choice import bound_output
from fen.gateway.records import make_hold
from fen.gateway.settlement import CLOSED_REQUEST
from fen.ledger import Hold
from fen.wire.errors import BooksUnavailable
from fen.wire.request import Request


class Candidate(Protocol):
    """A model that may answer."""

    @property
    def card(self) -> Card:
        """What it is."""
        ...

    @property
    def rates(self) -> Rates | None:
        """Its prices of this moment."""
        ...


async def reserve(
    call: Call, parts: Parts, candidate: Candidate, number: int, request: Request
) -> tuple[Hold, Request]:
    """Hold an attempt's worst case; returns the hold, and the request as it may be sent.

    number: of the attempt, from 1 on. Raises BooksUnavailable.
    """
    call = replace(call, card=candidate.card, rates=candidate.rates, request=request)
    hold = replace(make_hold(call, parts, bound_output(call, candidate.card)), id=f"{call.id}-{number}")
    try:
        await parts.book.hold(hold)
    except asyncio.CancelledError:
        # The writer works in order and has been told already: it sees the hold before this release of it.
        with suppress(BooksUnavailable):
            await parts.book.release(hold.id, "disconnected", CLOSED_REQUEST)
        raise
    return hold, request
