"""What ties a conversation to one of the several members of an upstream."""

from __future__ import annotations

from collections.abc import Iterable

from fen.gateway.prefix import Member, Prefixes
from fen.upstreams import Habit


def make_habit(upstream: str, names: Iterable[str]) -> Habit:
    """Let conversations stay with the member that holds their prefix; all members cost the same."""
    prefixes, members = Prefixes(), dict.fromkeys(names, Member(upstream))
    return lambda outbound: prefixes.follow(outbound.request, members, outbound.model)
