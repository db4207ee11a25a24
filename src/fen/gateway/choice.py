"""Which model answers, and whether it can."""

from __future__ import annotations

from fen.catalogue import Card
from fen.gateway.call import Call, Parts
from fen.gateway.measure import Measure
from fen.wire.errors import ContextLengthExceeded, NotFound, Unsupported
from fen.wire.request import ChatRequest

_PARTS = {
    "vision": "an image",
    "audio": "audio",
    "files": "a file",
    "tools": "tools",
    "json_schema": "a JSON schema",
}


def find_card(call: Call, parts: Parts) -> Card:
    """Return the card of the model asked for.

    Raises NotFound, saying which models could be meant or how to enable its upstream.
    """
    wanted = call.request.view.model
    card = parts.catalogue.find(wanted)
    if card is None:
        meant = ", ".join(parts.catalogue.matches(wanted)[:5])
        expected = f"one of {meant}" if meant else "one of those that GET /v1/models lists"
        message = f"model: found {wanted[:200]!r}, expected {expected}"
        raise NotFound(message, param="model", code="model_not_found")
    if card.upstream not in parts.upstreams:
        message = (
            f"model: {card.id} is known, but its upstream {card.upstream!r} is not enabled: "
            "set the vendor's key variable or add the upstream to fen.toml"
        )
        raise NotFound(message, param="model", code="upstream_not_enabled")
    return card


def check_limits(call: Call, card: Card, size: Measure) -> None:
    """Refuse what the model cannot serve.

    Raises Unsupported or ContextLengthExceeded with the limit and the value.
    """
    abilities = card.abilities
    missing = sorted(size.needs - abilities) if abilities is not None else []
    if missing:
        have = ", ".join(sorted(abilities or ())) or "text only"
        raise Unsupported(
            f"found {_PARTS[missing[0]]} in the request, expected what {card.id} can do: {have}"
        )
    window = card.context_window
    if window is not None and size.floor > window.value:
        message = (
            f"messages: found at least {size.floor} tokens, expected at most {window.value} for {card.id}"
        )
        raise ContextLengthExceeded(message, param="messages")
    _check_output(call, card)


def _check_output(call: Call, card: Card) -> None:
    view = call.request.view
    limit = card.max_output_tokens
    if not isinstance(view, ChatRequest) or limit is None or view.output_limit is None:
        return
    if view.output_limit > limit.value:
        name = "max_tokens" if view.max_completion_tokens is None else "max_completion_tokens"
        message = f"{name}: found {view.output_limit}, expected at most {limit.value} for {card.id}"
        raise ContextLengthExceeded(message, param=name)


def bound_output(call: Call, card: Card) -> int | None:
    """Return the most tokens that the answer can have, over all choices; None where nothing bounds it."""
    view = call.request.view
    if not isinstance(view, ChatRequest):
        return 0
    facts = (card.max_output_tokens, card.context_window)
    known = [fact.value for fact in facts if fact is not None]
    if view.output_limit is not None:
        known.append(view.output_limit)
    return min(known) * view.choices if known else None
