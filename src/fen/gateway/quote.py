"""What a call may cost, said before it is made: the bounds that the books would hold for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec

from fen.catalogue import Rates
from fen.gateway.admission import find_tier
from fen.gateway.call import Call, Caller, Candidate, Parts
from fen.gateway.deciding import choose_for
from fen.gateway.measure import measure
from fen.gateway.worst import WorstCase, bound_output
from fen.wire.money import Money
from fen.wire.request import Request


class Quote(msgspec.Struct, frozen=True):
    """A call's bounds.

    model: the id of who will answer. rates: its prices of now; None where they are not known. input_estimate:
    tokens that are likely. output_bound: tokens that its answer has at most; None where nothing bounds it.
    worst: what one attempt costs at most; None where that is not known.
    """

    model: str
    rates: Rates | None
    input_estimate: int
    output_bound: int | None
    worst: Money | None

    @property
    def free(self) -> bool:
        """Whether it is known to cost nothing."""
        return self.worst is not None and not self.worst.amount


def quote(request: Request, caller: Caller, parts: Parts) -> Quote:
    """Return what a call of this process itself would be held for; a route, at the dearest that may answer.

    Raises FenError for what the pipeline would refuse before it sends anything, whatever is spent so far.
    """
    size = measure(request)
    call = Call("", request, caller, time.time_ns(), tier=find_tier(None, parts), size=size)
    call = choose_for(call, parts, datetime.now(UTC))
    asked = call.candidates if call.routed is not None else call.candidates[:1]
    found = [_quote(call, parts, candidate) for candidate in asked]
    unknown = next((one for one in found if one.worst is None), None)
    return unknown or max(found, key=lambda one: one.worst.amount if one.worst is not None else 0)


def _quote(call: Call, parts: Parts, candidate: Candidate) -> Quote:
    view, size = call.request.view, call.size
    assert size is not None
    bound = bound_output(view, candidate)
    worst = WorstCase(call, parts, candidate, 1, view, bound)
    cost = worst.cost(bound)
    if call.caller.budgets and (cost is None or cost.amount):
        worst.check(cost)
        assert cost is not None
        worst.reserve(bound or 0, cost, call.budgets)  # raises where no rate of exchange is known
    return Quote(candidate.card.id, candidate.rates, size.estimate, bound, cost)
