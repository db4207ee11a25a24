"""What a request would meet, before it is sent: its size beside the limits, and who would refuse it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from fen.accounts import Key
from fen.accounts.tier import Tier, allows
from fen.catalogue import Card
from fen.gateway.call import Call, Caller, Candidate, Parts
from fen.gateway.choice import choose_candidates
from fen.gateway.deciding import split_pool
from fen.gateway.measure import measure
from fen.gateway.opening import find_handling
from fen.wire.errors import FenError
from fen.wire.request import Request

_SHARE_OF_RATE = 4  # an answer that may go on takes at most this part of a minute's tokens from the others


class Headroom(msgspec.Struct, frozen=True):
    """Tokens; None where nobody knows.

    used: what the request is likely to have. window: of the model in the tier; of a route, the largest of its
    pool. output: of one call. longest: what to ask for so that an answer goes on past `output`; None where
    it cannot, or need not be asked. refusal: why it would be refused.
    """

    used: int
    window: int | None = None
    output: int | None = None
    longest: int | None = None
    refusal: str | None = None


def look_ahead(request: Request, key: Key | None, tier: Tier, parts: Parts) -> Headroom:
    """Return what a chat request would meet; nothing is taken and nothing is sent.

    The size is the estimate of fen.gateway.measure, which leaves images and files out.
    """
    size = measure(request)
    call = Call("", request, Caller(key=key), 0, key=key, tier=tier, size=size)
    limits = [parts.limits.effective(card, tier) for card in _find_cards(request.view.model, parts)]
    window = _largest(each.window for each in limits)
    output = _largest(each.output for each in limits)
    try:
        able = _find_able(call, parts, datetime.now(UTC))
    except FenError as refused:
        return Headroom(size.estimate, window, output, None, refused.message)
    return Headroom(size.estimate, window, output, _find_longest(able, size.estimate, tier, parts))


def list_askable(tier: Tier, parts: Parts) -> list[str]:
    """Return the names that a chat of a tier can ask: of what GET /v1/models lists, routes first."""
    cards = (card for card in parts.catalogue.cards() if card.upstream in parts.upstreams)
    return [*sorted(parts.routes), *sorted(card.id for card in cards if allows(tier, card.id))]


def _find_cards(name: str, parts: Parts) -> list[Card]:
    route = parts.routes.get(name)
    found = map(parts.catalogue.find, (name,) if route is None else route.policy.pool)
    return [card for card in found if card is not None and card.upstream in parts.upstreams]


def _find_able(call: Call, parts: Parts, now: datetime) -> Sequence[Candidate]:
    route = parts.routes.get(call.request.view.model)
    if route is None:
        return choose_candidates(call, parts, now)[:1]
    able, paused = split_pool(call, parts, route, now)
    return able or paused


def _find_longest(able: Sequence[Candidate], used: int, tier: Tier, parts: Parts) -> int | None:
    """Return how long an answer may be that each of these can give, if by several calls."""
    totals: list[int] = []
    for candidate in able:
        limits = candidate.limits
        if limits.output is None or not find_handling(parts, candidate.card).continuation:
            return None
        total = limits.cap if limits.cap is not None else limits.window
        if total is None:
            return None
        totals.append(min(total, limits.window - used) if limits.window is not None else total)
    longest = min(totals)
    if tier.tpm is not None:
        longest = min(longest, tier.tpm // _SHARE_OF_RATE)
    return longest if longest > max(one.limits.output or 0 for one in able) else None


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
