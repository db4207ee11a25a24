"""What routes decided, for the books: what each answer cost, beside what the reference would have."""

from __future__ import annotations

from datetime import UTC, datetime

from fen.app.live_routes import LiveRoutes
from fen.catalogue import cost
from fen.gateway.call import Call
from fen.ledger import Expected, RouteBook, Routed
from fen.routing import Decision
from fen.wire.money import Money
from fen.wire.usage import Usage


class RouteBooks:
    """A `fen.gateway.route.RouteLog`: books keep what an answer came to, its router learns what it cost."""

    def __init__(self, book: RouteBook, routes: LiveRoutes) -> None:
        self._book = book
        self._routes = routes

    def note(self, decision: Decision, call: Call) -> None:
        """Keep what became of a request that was answered, by an upstream and not out of the cache."""
        self._routes.note(decision, call)
        tally = call.tally
        if tally.attempts and 0 < tally.status < 400 and not call.recalled:
            self._book.note(write_routed(decision, call))


def find_reference_cost(decision: Decision, call: Call) -> Money | None:
    """Return what the reference would have cost: the real input, and the output expected of it.

    Where several attempts have read the input, or nobody counted it, it is what was expected before.
    """
    tally = call.tally
    expected = None if decision.reference is None else decision.find(decision.reference)
    found = next((c for c in call.candidates if c.card.id == decision.reference), None)
    if expected is None or found is None or found.rates is None or tally.attempts != 1 or not tally.exact:
        return decision.reference_cost
    read = tally.usage.prompt_tokens
    return cost(Usage(input=read, output=expected.output_tokens), found.rates)


def write_routed(decision: Decision, call: Call) -> Routed:
    """Return a decision as the books have it, once its call has been answered."""
    tally = call.tally
    answered = call.card or tally.card
    first = decision.find(decision.first)
    currency = tally.spent.currency if tally.spent is not None else None
    expected = tuple(
        Expected(
            one.model,
            one.p,
            one.cost.amount if one.cost is not None and one.cost.currency == currency else None,
        )
        for one in decision.estimates
    )
    return Routed(
        request_id=call.id,
        at=datetime.fromtimestamp(call.started_ns / 1e9, UTC),
        key_id=call.key.id if call.key is not None else None,
        tag=call.tag,
        route=decision.route,
        chosen=decision.first,
        model=decision.first if answered is None else answered.id,
        reason=decision.reason,
        propensity=decision.propensity,
        p=first.p if first is not None and first.known else None,
        familiar=decision.familiar,
        artefact=decision.artefact,
        escalated=None if call.routed is None else call.routed.escalated,
        cost=tally.spent,
        reference=decision.reference,
        reference_cost=find_reference_cost(decision, call),
        expected=expected,
    )
