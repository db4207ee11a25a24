"""Who holds the beginning of a conversation in its prompt cache, and whether to stay there.

Each turn of a conversation begins with all turns before. Where one upstream has read those a moment ago, it
reads them again at the price of `cached_input`; any other reads them at the price of `input`.
"""

from __future__ import annotations

import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
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
    """Somebody who could answer: one model at one address of one account, as prompt caches tell them apart.

    id: says all three. rates: None where the price is unknown.
    """

    id: str
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
    """Remembers which member read which prefix last; one per process."""

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

    def prefer(self, request: Request, members: Sequence[Member], output_tokens: int = 0) -> Member:
        """Return who should answer: the first, unless one that holds the prefix is no dearer.

        members: who serve the same model, in the order in which they would be asked anyway. output_tokens:
        how many the answer is likely to have. Prices that are unknown, or in two currencies, do not compare:
        there the conversation stays where it is.
        """
        first = members[0]
        if len(members) == 1:
            return first
        prefixes = _read_prefixes(request)
        found = self._find_holder(prefixes, {member.id: member for member in members})
        if found is None:
            return first
        holder, held = found
        total = prefixes[-1].tokens
        staying = _price(holder, total, held, output_tokens)
        leaving = _price(first, total, 0, output_tokens)
        if staying is None or leaving is None or leaving.currency != staying.currency:
            return holder
        return holder if staying <= leaving else first

    def note(self, request: Request, member: Member) -> None:
        """Remember who read a request; call it when the answer has come."""
        lifetime = self._lifetimes.get(member.vendor, self._lifetimes["default"])
        held = _Held(member.id, self._clock() + lifetime.seconds)
        for prefix in _read_prefixes(request):
            if prefix.tokens >= lifetime.least:
                self._held[prefix.digest] = held
                self._held.move_to_end(prefix.digest)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def _find_holder(
        self, prefixes: list[_Prefix], members: Mapping[str, Member]
    ) -> tuple[Member, int] | None:
        now = self._clock()
        for prefix in reversed(prefixes):
            held = self._held.get(prefix.digest)
            if held is None:
                continue
            if held.until <= now:
                del self._held[prefix.digest]
            elif held.member in members:
                return members[held.member], prefix.tokens
        return None


def _read_prefixes(request: Request) -> list[_Prefix]:
    """Return the prefixes of a prompt at the ends of its turns, each with the tokens that it likely has."""
    turns = _read_turns(request.body)
    digest = blake2b(digest_size=16)
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
    return cost(Usage(input=total - held, cached_input=held, output=output), member.rates)
