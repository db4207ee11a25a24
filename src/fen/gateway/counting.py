"""How many tokens a Messages request has: the upstream's own count where it has one, else an estimate."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.gateway.admission import leave
from fen.gateway.attempt import address
from fen.gateway.call import Call, Candidate, Parts, Reply
from fen.gateway.formats import prepare
from fen.gateway.pipeline import Stage, admit, choose, guard
from fen.gateway.reply import tell_answer
from fen.wire.errors import UpstreamRejected
from fen.wire.ports import TokenCounter

_NO_ENDPOINT = frozenset({404, 405})


async def count(call: Call, parts: Parts) -> Call:
    """Count a request's input tokens; nothing is reserved, for it costs nothing.

    Counted is what the guard lets go, with its marks; what else Fen may add of itself, such as a fact sheet,
    is left out. Raises what the upstream raises.
    """
    candidate = call.candidates[0]
    call.tally.card = candidate.card
    call = msgspec.structs.replace(call, card=candidate.card)
    counted = await _ask(call, parts, candidate)
    if counted is None:
        assert call.size is not None
        told: dict[str, Any] = {"input_tokens": call.size.estimate, "fen": {"estimate": True}}
    else:
        told = {"input_tokens": counted}
    call.tally.end(200)
    leave(call, parts)
    return msgspec.structs.replace(call, reply=Reply(tell_answer(call), msgspec.json.encode(told)))


async def _ask(call: Call, parts: Parts, candidate: Candidate) -> int | None:
    """Return the upstream's count; None where it has none."""
    upstream = parts.upstreams[candidate.card.upstream]
    if upstream.format != "anthropic" or not isinstance(upstream, TokenCounter):
        return None
    request = prepare(call.request, parts, candidate)
    try:
        return await upstream.count(address(call, parts, candidate, request))
    except UpstreamRejected as error:
        if error.status in _NO_ENDPOINT:  # a server that speaks the format need not have this route
            return None
        raise


COUNTING: tuple[Stage, ...] = (admit, guard, choose, count)
"""The stages of a request that asks for its tokens alone."""
