"""The answer cache's place in the pipeline: before a call is sent, and behind its answer.

A hit costs nothing and is written down all the same: an entry of its own at zero, with the flag HIT_FLAG, so
that `/v1/requests` knows it and a key's requests can be counted.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal

from msgspec.structs import replace

from fen.gateway.cache import AnswerCache, Asked
from fen.gateway.call import Call, Parts
from fen.gateway.records import Outcome
from fen.gateway.settlement import CLOSED_REQUEST, Attempt, close_books
from fen.gateway.worst import WorstCase
from fen.wire.errors import BooksUnavailable
from fen.wire.money import Money

HIT_FLAG = "cache_hit"
"""The flag of an entry in the books whose answer came out of the cache."""


async def recall(call: Call, parts: Parts, cache: AnswerCache, asked: Asked | None) -> Call | None:
    """Return the call with its kept answer, settled at zero; None where there is none.

    Raises BooksUnavailable.
    """
    answer = cache.lookup(asked)
    if answer is None or asked is None:
        return None
    candidate = call.candidates[0]
    free = None if candidate.rates is None else Money(Decimal(0), candidate.rates.currency)
    hold = WorstCase(call, parts, candidate, 1, call.request.view, asked=0).hold(free)
    try:
        await parts.book.hold(hold)
    except asyncio.CancelledError:
        # The writer works in order and has been told already: it sees the hold before this release of it.
        with suppress(BooksUnavailable, LookupError):
            await parts.book.release(hold.id, "disconnected", CLOSED_REQUEST)
        raise
    call.tally.attempts, call.tally.segments = 1, 1
    call.tally.card, call.tally.most = candidate.card, free
    await close_books(Attempt(call, candidate, hold), parts, Outcome(200, flags=(HIT_FLAG,)))
    return replace(call, card=candidate.card, answer=answer, speech=asked.speech)


def retain(call: Call, cache: AnswerCache, asked: Asked | None) -> Call:
    """Return an answered call whose answer is kept if it turns out good.

    Not kept is what a budget cut short, and what another model than the one asked for has written.
    """
    if asked is None or call.answer is None or call.speech != asked.speech:
        return call
    wanted = call.candidates[0].card

    def is_faithful() -> bool:
        tally = call.tally
        return tally.clamped is None and tally.exact and tally.card is wanted

    return replace(call, answer=cache.store(asked, call.answer, is_faithful))
