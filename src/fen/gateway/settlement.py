"""The end of an attempt: what it used, what that costs, and that the books know before anybody else.

The books take a settlement the moment they are asked for it (`Book.settle` queues before it first waits), so
whoever is cancelled while it waits has settled all the same.
"""

from __future__ import annotations

import logging

import msgspec
from msgspec.structs import replace

from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.records import Outcome, estimate_usage, price, write_settlement
from fen.gateway.witness import Operation
from fen.ledger import Hold, Settlement
from fen.wire.answer import Whole
from fen.wire.errors import BooksUnavailable, FenError
from fen.wire.money import Money
from fen.wire.usage import Usage

_log = logging.getLogger("fen.gateway")

CLOSED_REQUEST = 499
"""The status under which a call is recorded whose client went away (nginx's convention)."""


class Attempt(msgspec.Struct, frozen=True):
    """One call of an upstream, with an entry of its own in the books."""

    call: Call
    candidate: Candidate
    hold: Hold

    def price(self, usage: Usage) -> Money | None:
        """Return what the vendor bills for the usage; None without a price of each meter that was used."""
        return price(usage, self.candidate.rates)

    def estimate(self, status: int, reason: str, output: int, first_ns: int | None = None) -> Outcome:
        """Return how it ended where no usage was reported: its likely input, and output within its hold."""
        usage = estimate_usage(self.hold.input_estimate, output, self.hold.output_bound)
        return Outcome(status, usage, "estimated", reason, first_ns=first_ns)


async def close_books(attempt: Attempt, parts: Parts, outcome: Outcome, answer: Whole | None = None) -> None:
    """Settle an attempt durably, and add it to its call's tally.

    answer: what the client gets, where that is known and whole; its caller's witness is shown it.
    Cancelled, it has settled all the same. Raises BooksUnavailable; the hold then stays open, and a recovery
    settles it by estimate.
    """
    call, spent = attempt.call, attempt.price(outcome.usage)
    try:
        settlement = write_settlement(call, attempt.hold, outcome, spent)
        await parts.book.settle(settlement, _show(call, answer, settlement))
    except BooksUnavailable as away:
        _log.error("a call could not be settled: %s", away, extra={"request_id": call.id})
        outcome = replace(outcome, status=away.status, reason=away.code)
        away.request_id = call.id
        raise
    finally:
        call.tally.add(outcome.usage, spent, exact=outcome.certainty == "exact")
        call.tally.end(outcome.status, outcome.reason, outcome.first_ns)


def _show(call: Call, answer: Whole | None, settlement: Settlement) -> Operation | None:
    """Show an answer to its caller's witness; not one that may still become another."""
    caller = call.caller
    if answer is None or caller.witness is None or not caller.single or call.guarded is not None:
        return None
    return caller.witness(answer, settlement)


async def release(attempt: Attempt, parts: Parts, error: FenError) -> None:
    """Write down that an error cost nothing.

    Books that are away are logged and not raised: the client is told the first error. The hold then stays
    open, and a recovery settles it.
    """
    call, reason = attempt.call, error.code or error.type
    try:
        await parts.book.release(attempt.hold.id, reason, error.status)
    except BooksUnavailable as away:
        _log.error("a hold could not be released: %s", away, extra={"request_id": call.id})
    finally:
        call.tally.end(error.status, reason)
