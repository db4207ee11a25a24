"""Who answers a call: the model that it names, or those that a route's router decides for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from fen.catalogue import resolve
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.choice import choose_candidates, make_candidate
from fen.gateway.prefix import Member, Trail
from fen.gateway.route import Route, Routed
from fen.gateway.visible import read_asked
from fen.routing.decision import Decision, Offer
from fen.wire.errors import ContextLengthExceeded, FenError, Forbidden, NotFound, Unsupported
from fen.wire.request import EmbeddingsRequest


def choose_for(call: Call, parts: Parts, now: datetime) -> Call:
    """Return the call with its candidates; raises FenError where nobody can serve it."""
    route = parts.routes.get(call.request.view.model)
    if route is not None:
        return choose_by_route(call, parts, route, now)
    return replace(call, candidates=choose_candidates(call, parts, now))


def choose_by_route(call: Call, parts: Parts, route: Route, now: datetime) -> Call:
    """Return the call with those of a route's pool that can serve it, in the order that its router decides.

    Whose upstream is left alone comes last, undecided about. A pinned call gets none to stand in for the
    first. Raises Unsupported, ContextLengthExceeded or Forbidden where nobody can serve it.
    """
    able, paused = split_pool(call, parts, route, now)
    if not able:
        able, paused = paused, []
    trail = _follow(call, parts, route, (*able, *paused))
    offers = _make_offers(call, able, trail)
    policy = route.policy
    if call.caller.single and policy.cascade is not None:
        policy = replace(policy, cascade=None)  # its answer is that of one call
    decision = route.decider.decide(read_asked(call), offers, policy)
    found = {candidate.card.id: candidate for candidate in able}
    candidates = [found[name] for name in decision.order]
    candidates = candidates[: _count_pinned(decision)] if call.caller.pinned else candidates + paused
    return replace(call, candidates=tuple(candidates), trail=trail, routed=Routed(policy, decision))


def _count_pinned(decision: Decision) -> int:
    return 2 if decision.escalates else 1


def split_pool(
    call: Call, parts: Parts, route: Route, now: datetime
) -> tuple[list[Candidate], list[Candidate]]:
    """Return those of the pool that can serve a call, and those that could, were they not left alone."""
    if isinstance(call.request.view, EmbeddingsRequest):
        raise Unsupported(f"model: found embeddings asked of the route {route.policy.name}, expected a model")
    able: list[Candidate] = []
    paused: list[Candidate] = []
    refusals: list[FenError] = []
    for name in route.policy.pool:
        card = parts.catalogue.find(name)
        if card is None or card.upstream not in parts.upstreams:
            continue
        try:
            candidate = make_candidate(call, parts, resolve(card, parts.catalogue, now), now)
        except FenError as refusal:
            refusals.append(refusal)
            continue
        waits = parts.breakers.seconds((card.upstream, card.upstream_model))
        (paused if waits else able).append(candidate)
    if not able and not paused:
        raise _refuse(route, refusals)
    return able, paused


def _refuse(route: Route, refusals: Sequence[FenError]) -> FenError:
    """Return why nobody of a pool can serve a call: what the last of them lacks, of one kind if all are."""
    name = route.policy.name
    if not refusals:
        message = f"{name}: found no model of its pool enabled, expected one: set a vendor's key variable"
        return NotFound(message, param="model", code="upstream_not_enabled")
    last = refusals[-1]
    message = f"{name}: found no model of its pool that can serve the request, expected one: {last.message}"
    for kind in (ContextLengthExceeded, Forbidden):
        if all(isinstance(refusal, kind) for refusal in refusals):
            return kind(message, param=last.param, code=last.code)
    return Unsupported(message, param=last.param)


def _follow(call: Call, parts: Parts, route: Route, candidates: Sequence[Candidate]) -> Trail | None:
    """Return where a conversation of a route has been; None where it cannot matter."""
    if len(candidates) == 1:
        return None
    members = {c.card.id: Member(c.card.upstream, c.rates) for c in candidates}
    return parts.prefixes.follow(call.request, members, route.policy.name)


def _make_offers(call: Call, candidates: Sequence[Candidate], trail: Trail | None) -> tuple[Offer, ...]:
    wanted = getattr(call.request.view, "output_limit", None)  # candidates can give it, if by several calls
    held = None if trail is None else trail.find_holder([c.card.id for c in candidates])
    return tuple(
        Offer(
            c.card.id,
            c.rates,
            held[1] if held is not None and held[0] == c.card.id else 0,
            c.limits.output if wanted is None else wanted,
        )
        for c in candidates
    )
