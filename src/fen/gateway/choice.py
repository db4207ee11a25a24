"""Which models may answer, and whether they can."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from fen.accounts.tier import check_output, check_tier
from fen.catalogue import Card, resolve
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.limits import Limits
from fen.gateway.measure import Measure
from fen.gateway.opening import may_continue, wanted_output
from fen.wire.errors import ContextLengthExceeded, FenError, NotFound, Unsupported
from fen.wire.request import ChatRequest, EmbeddingsRequest

_PARTS = {
    "vision": "an image",
    "audio": "audio",
    "files": "a file",
    "tools": "tools",
    "json_schema": "a JSON schema",
}


def choose_candidates(call: Call, parts: Parts, now: datetime) -> tuple[Candidate, ...]:
    """Return who may answer, in order: the model asked for, then those that the settings name after it.

    A fallback that cannot serve the request is left out. Raises NotFound, Forbidden, Unsupported or
    ContextLengthExceeded for the model asked for.
    """
    pinned = call.caller.pinned
    card = resolve(find_card(call, parts), parts.catalogue, now, "refuse" if pinned else parts.on_retired)
    _check_upstream(card, parts)
    first = make_candidate(call, parts, card, now)
    handling = parts.handlings.get(card.id)
    if pinned or handling is None or not handling.fallbacks:
        return (first,)
    candidates = [first]
    for name in handling.fallbacks:
        other = parts.catalogue.find(name)
        if other is None or other.upstream not in parts.upstreams:
            continue
        try:
            candidates.append(make_candidate(call, parts, other, now))
        except FenError:
            continue
    return tuple(candidates)


def make_candidate(call: Call, parts: Parts, card: Card, now: datetime) -> Candidate:
    """Return a model as a candidate; raises FenError where it, or the tier, cannot serve the request."""
    assert call.size is not None
    tier = call.tier
    check_tier(tier, card.id, call.size.needs, call.size.floor)
    limits = parts.limits.effective(card, tier)
    check_limits(card, limits, call.size)
    candidate = Candidate(card, parts.catalogue.rates(card.id, now), limits)
    _check_output(call, parts, candidate)
    if not limits.steps:
        return candidate
    return replace(candidate, headers=limits.for_output(wanted_output(call, candidate)))


def find_card(call: Call, parts: Parts) -> Card:
    """Return the card of the model asked for; raises NotFound, saying which models could be meant."""
    wanted = call.request.view.model
    card = parts.catalogue.find(wanted)
    if card is None:
        meant = ", ".join(parts.catalogue.matches(wanted)[:5])
        expected = f"one of {meant}" if meant else "one of those that GET /v1/models lists"
        message = f"model: found {wanted[:200]!r}, expected {expected}"
        raise NotFound(message, param="model", code="model_not_found")
    return card


def _check_upstream(card: Card, parts: Parts) -> None:
    if card.upstream not in parts.upstreams:
        message = (
            f"model: {card.id} is known, but its upstream {card.upstream!r} is not enabled: "
            "set the vendor's key variable or add the upstream to fen.toml"
        )
        raise NotFound(message, param="model", code="upstream_not_enabled")


def check_limits(card: Card, limits: Limits, size: Measure) -> None:
    """Refuse what the model cannot serve.

    Raises Unsupported or ContextLengthExceeded with the limit and the value.
    """
    abilities = card.abilities
    missing = sorted(size.needs - abilities) if size.needs and abilities is not None else []
    if missing:
        have = ", ".join(sorted(abilities or ())) or "text only"
        raise Unsupported(
            f"found {_PARTS[missing[0]]} in the request, expected what {card.id} can do: {have}"
        )
    if limits.window is not None and size.floor > limits.window:
        message = (
            f"messages: found at least {size.floor} tokens, expected at most {limits.window} for {card.id}"
        )
        raise ContextLengthExceeded(message, param="messages")


def _check_output(call: Call, parts: Parts, candidate: Candidate) -> None:
    """Refuse more output than the tier allows, or than one call gives where more cannot follow it.

    A caller who wants a single call gets what that gives.
    """
    view = call.request.view
    asked = None if isinstance(view, EmbeddingsRequest) else view.output_limit
    if asked is None:
        return
    name = "max_tokens"
    if isinstance(view, ChatRequest) and view.max_completion_tokens is not None:
        name = "max_completion_tokens"
    check_output(call.tier, asked, name)
    limit = candidate.limits.output
    if limit is None or asked <= limit or call.caller.single:
        return
    if not may_continue(call, parts, candidate):
        message = f"{name}: found {asked}, expected at most {limit} for {candidate.card.id}"
        raise ContextLengthExceeded(message, param=name)
