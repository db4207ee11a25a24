"""Who holds the beginning of a conversation in its prompt cache, and whether to stay there.

Each turn of a conversation begins with all turns before. Where one upstream has read those a moment ago, it
reads them again at the price of `cached_input`; any other reads them at the price of `input`.
"""

from __future__ import annotations

import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from hashlib import blake2b
from importlib import resources

import msgspec

from fen.catalogue import Rates, cost
from fen.gateway.measure import BYTES_PER_TOKEN
from fen.wire.money import Money
from fen.wire.request import Request
from fen.wire.usage import Usage

MOST_PREFIXES = 50_000
"""Prefixes that are remembered; the least recently used goes first."""


class Lifetime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many seconds a vendor keeps a prefix since its last use, and the fewest tokens of one."""

    seconds: float
    least: int
    source: str
    checked: date


@cache
def load_lifetimes() -> Mapping[str, Lifetime]:
    """Return what vendors state, by vendor id; `default` is for all others."""
    text = resources.files("fen.gateway").joinpath("data/prefix_caches.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Lifetime])


class Member(msgspec.Struct, frozen=True):
    """Somebody who could answer, as prompt caches tell them apart; rates: None where the price is unknown."""

    vendor: str
    rates: Rates | None = None


class _Turns(msgspec.Struct, frozen=True):
    """What a prompt is made of, in the order in which vendors put it together."""

    tools: msgspec.Raw = msgspec.Raw(b"")
    system: msgspec.Raw = msgspec.Raw(b"")
    messages: list[msgspec.Raw] = []


_read_turns = msgspec.json.Decoder(_Turns).decode


class _Prefix(msgspec.Struct, frozen=True):
    digest: bytes
    tokens: int


class _Held(msgspec.Struct, frozen=True):
    member: str
    until: float


class Prefixes:
    """Remembers which member read which prefix last; one per set of members and process."""

    def __init__(
        self,
        most: int = MOST_PREFIXES,
        lifetimes: Mapping[str, Lifetime] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._lifetimes = lifetimes or load_lifetimes()
        self._clock = clock
        self._held: OrderedDict[bytes, _Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def follow(self, request: Request, members: Mapping[str, Member], scope: str = "") -> Trail | None:
        """Return where a conversation has been; None for what is no conversation, or too short for any cache.

        members: by id, all that may answer it. scope: the model; one does not read what another has read.
        """
        least = min(self._lifetime(member).least for member in members.values())
        if request.format == "openai.embeddings" or len(request.body) // BYTES_PER_TOKEN < least:
            return None
        return Trail(self, _read_prefixes(request, scope), members)

    def find(self, prefixes: Sequence[_Prefix], ids: Collection[str]) -> tuple[str, int] | None:
        """Return which of the members holds the longest prefix, and the tokens of that one."""
        now = self._clock()
        for prefix in reversed(prefixes):
            held = self._held.get(prefix.digest)
            if held is None:
                continue
            if held.until <= now:
                del self._held[prefix.digest]
            elif held.member in ids:
                return held.member, prefix.tokens
        return None

    def keep(self, prefixes: Iterable[_Prefix], name: str, member: Member) -> None:
        """Remember who has read prefixes, for as long as its vendor keeps them."""
        lifetime = self._lifetime(member)
        held = _Held(name, self._clock() + lifetime.seconds)
        for prefix in prefixes:
            if prefix.tokens >= lifetime.least:
                self._held[prefix.digest] = held
                self._held.move_to_end(prefix.digest)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def forget(self, prefixes: Iterable[_Prefix], name: str) -> None:
        """Take back what a member is thought to hold."""
        for prefix in prefixes:
            held = self._held.get(prefix.digest)
            if held is not None and held.member == name:
                del self._held[prefix.digest]

    def _lifetime(self, member: Member) -> Lifetime:
        return self._lifetimes.get(member.vendor) or self._lifetimes["default"]


class Trail:
    """One call's way through the prefixes: read once, asked before it is sent, told who answered."""

    def __init__(self, known: Prefixes, prefixes: list[_Prefix], members: Mapping[str, Member]) -> None:
        self._known = known
        self._prefixes = prefixes
        self._members = members

    def prefer(self, ids: Sequence[str], most_output: int = 0) -> str:
        """Return who should answer: the first, unless one that holds the prefix is no dearer.

        ids: members that serve the same model, in the order in which they would be asked anyway. most_output:
        the tokens that the answer may have; the holder must be no dearer however many of them it has. Prices
        of which one is unknown, or in another currency, do not compare: the order stands.
        """
        found = self._known.find(self._prefixes, ids)
        if found is None or found[0] == ids[0]:
            return ids[0]
        holder, held = found
        there, here = self._members[holder], self._members[ids[0]]
        if there.rates == here.rates:
            return holder
        total = self._prefixes[-1].tokens
        for output in {0, most_output}:  # between the two, prices go in a straight line
            staying, leaving = _price(there, total, held, output), _price(here, total, 0, output)
            if staying is None or leaving is None or leaving.currency != staying.currency:
                return ids[0]
            if staying > leaving:
                return ids[0]
        return holder

    def find_holder(self, ids: Sequence[str]) -> tuple[str, int] | None:
        """Return which of these members has read the longest part of it, and the tokens of that part."""
        return self._known.find(self._prefixes, ids)

    def note(self, name: str) -> None:
        """Remember who has read the call, once it answers; one that is no member counts for nothing."""
        member = self._members.get(name)
        if member is not None:
            self._known.keep(self._prefixes, name, member)

    def leave(self, name: str) -> None:
        """Stay no longer with one that failed: the next try would meet the same failure."""
        self._known.forget(self._prefixes, name)


def _read_prefixes(request: Request, scope: str) -> list[_Prefix]:
    """Return the prefixes of a prompt at the ends of its turns, each with the tokens that it likely has."""
    turns = _read_turns(request.body)
    digest = blake2b(b"%d:%s" % (len(scope.encode()), scope.encode()), digest_size=16)
    size = 0
    found: list[_Prefix] = []
    for part in map(bytes, (turns.tools, turns.system, *turns.messages)):
        digest.update(b"%d:" % len(part))  # so that no two ways of cutting look the same
        digest.update(part)
        size += len(part)
        found.append(_Prefix(digest.digest(), size // BYTES_PER_TOKEN))
    return found


def _price(member: Member, total: int, held: int, output: int) -> Money | None:
    """Return what a prompt costs at a member that holds so many of its tokens; None where unknown."""
    if member.rates is None:
        return None
    if "cached_input" not in member.rates.per_million:
        held = 0  # nothing is said of a discount, so there may be none
    return cost(Usage(input=total - held, cached_input=held, output=output), member.rates)
