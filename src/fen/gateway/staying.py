"""Whether a conversation stays with a fallback that has read it, though another is first in the order."""

from __future__ import annotations

from msgspec.structs import replace

from fen.gateway.call import Call, Parts
from fen.gateway.opening import find_handling, wanted_output
from fen.gateway.prefix import Member


def stay(call: Call, parts: Parts) -> Call:
    """Return the call with the candidate in front that reads it for less.

    Only among the model asked for and those that the settings name as the same model elsewhere; the order of
    all others is kept.
    """
    first = call.candidates[0]
    same_model = find_handling(parts, first.card).same_model
    if not same_model:
        return call
    same = {c.card.id: c for c in call.candidates if c is first or c.card.id in same_model}
    if len(same) == 1:
        return call
    members = {name: Member(c.card.upstream, c.rates) for name, c in same.items()}
    trail = parts.prefixes.follow(call.request, members, first.card.id)
    if trail is None:
        return call
    most = wanted_output(call, first) or first.limits.output or 0
    holder = same[trail.prefer(list(same), most)]
    others = (c for c in call.candidates if c is not holder)
    return replace(call, candidates=(holder, *others), trail=trail)
