"""The value that walks through the pipeline, and the parts that its stages use."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fen.accounts import Budget, Key, Keyring, Peer
from fen.accounts.limiter import Limiter, LocalLimiter
from fen.accounts.slots import LocalSlots, Slots
from fen.accounts.tier import Tier
from fen.catalogue import Card, Catalogue, OnRetired, Rates
from fen.gateway.breaker import Breakers
from fen.gateway.cache import AnswerCache
from fen.gateway.finding_log import FindingLog, NoLog
from fen.gateway.guarded import Guarded
from fen.gateway.limits import LimitBook, Limits
from fen.gateway.measure import Measure
from fen.gateway.prefix import Prefixes, Trail
from fen.gateway.retry import Policy
from fen.gateway.route import NoRouteLog, Route, Routed, RouteLog
from fen.gateway.segment import TURN, ContinuationStyle
from fen.gateway.tally import Tally
from fen.gateway.witness import Witness
from fen.ledger import Book, Exchange
from fen.wire.answer import Stream, Whole
from fen.wire.ports import BatchUpstream, Deadlines, Headers, Observer, Speech, Upstream
from fen.wire.request import Request

if TYPE_CHECKING:
    from fen.hierarchy.examine import Examiner  # its libraries are loaded where somebody wants a guard
    from fen.hierarchy.policy import GuardPolicy

_ONE = Decimal(1)
DEFAULT_TIER = Tier("api")
"""The tier of whoever has no key, and the one that keys have unless they name another."""


class Caller(msgspec.Struct, frozen=True):
    """Who asks: the secret that came with the request and where it came from.

    peer: where it came from, read only when no key decides.
    inside: this process itself asks (the command line, an evaluation), so no key is needed.
    key: whose behalf this process asks on, where it knows that already (a batch's lines).
    headers: those that came along and are for an upstream of the request's own format.
    cache: what the request says to the cache of answers, as its header has it.
    unguarded: the call goes without its tier's guard; for this process itself, when it measures the guard.
    budgets: further ones, of what this process asks for itself (a run of an evaluation). Such a call is held
    in full or not at all, and counts what the vendor bills.
    single: the answer is that of one call; one whose limit cuts it stays as it is.
    pinned: no other model stands in for the one asked for.
    witness: is shown the answer of a `single` call that is no stream.
    """

    secret: str | None = None
    peer: Callable[[], Peer] | None = None
    inside: bool = False
    key: Key | None = None
    headers: Headers = ()
    cache: str | None = None
    unguarded: bool = False
    budgets: tuple[Budget, ...] = ()
    single: bool = False
    pinned: bool = False
    witness: Witness | None = None


class Reply(msgspec.Struct, frozen=True):
    """What goes back: headers, then a body, or a stream's first bytes and the rest.

    `rest` has begun, so closing it always settles the call.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    rest: AsyncGenerator[bytes, None] | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A model that may answer, its prices of this moment, and what it gives.

    headers: those that unlock what the request asks for.
    """

    card: Card
    rates: Rates | None
    limits: Limits = Limits()
    headers: Headers = ()


class Handling(msgspec.Struct, frozen=True):
    """What the settings say of calls for a model.

    fallbacks: ids of models that answer in its place, in order, where it fails. continuation: whether an
    answer may be longer than one call gives. style: how the upstream is asked to go on. same_model: those of
    the fallbacks that are the same model elsewhere.
    """

    fallbacks: tuple[str, ...] = ()
    continuation: bool = True
    style: ContinuationStyle = TURN
    same_model: frozenset[str] = frozenset()


class Call(msgspec.Struct, frozen=True):
    """One request on its way; every stage returns a new one with more known.

    request: the client's. tally: what the call has come to so far, over all its attempts.
    speech: the wire format of `answer`. recalled: whether the answer came out of the cache; None where that
    was not looked at. guarded: what its guard knows, where its tier has one.
    trail: which of the candidates has read the conversation before, where that matters. routed: what was
    decided, where a route was asked.
    """

    id: str
    request: Request
    caller: Caller
    started_ns: int
    tag: str | None = None
    span: object = None
    traceparent: str | None = None
    tally: Tally = msgspec.field(default_factory=Tally)
    key: Key | None = None
    tier: Tier = DEFAULT_TIER
    size: Measure | None = None
    card: Card | None = None
    rates: Rates | None = None
    candidates: tuple[Candidate, ...] = ()
    trail: Trail | None = None
    answer: Whole | Stream | None = None
    speech: Speech = "openai"
    recalled: bool | None = None
    reply: Reply | None = None
    guarded: Guarded | None = None
    routed: Routed | None = None

    @property
    def stream(self) -> bool:
        """Whether the client asked for a stream."""
        return getattr(self.request.view, "stream", None) is True

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """Those that the call counts towards: of its key and team, its tier and its caller."""
        own = self.key.budgets if self.key is not None else ()
        return (*own, *self.tier.budgets, *self.caller.budgets)

    @property
    def markup(self) -> Decimal:
        """What a charge is of a cost: the tier's, or 1 where a caller's own budget counts the costs."""
        return _ONE if self.caller.budgets else self.tier.markup


class Parts(msgspec.Struct, frozen=True):
    """What the stages work with; a reload makes new ones, calls under way keep theirs.

    fx: dated rates, by the currencies from and to which they exchange. handlings: by the model's id.
    batches: vendors' batch APIs, by the upstream's id. guards: what tiers want of the guard, by their name.
    examiner: who examines requests, where a tier wants that; open_examiner: opens one where none does.
    findings: where what was found is kept. routes: by the name that is asked for; route_log: where their
    decisions are kept. enforced: what tiers want of the guard where a route wants one, by the tier's name.
    """

    keyring: Keyring
    catalogue: Catalogue
    book: Book
    upstreams: Mapping[str, Upstream]
    observer: Observer
    replica: str
    bind_host: str = "127.0.0.1"
    trusted_proxies: tuple[str, ...] = ()
    deadlines: Deadlines = Deadlines()
    tiers: Mapping[str, Tier] = msgspec.field(default_factory=lambda: {DEFAULT_TIER.name: DEFAULT_TIER})
    limiter: Limiter = msgspec.field(default_factory=LocalLimiter)
    slots: Slots = msgspec.field(default_factory=LocalSlots)
    policy: Policy = Policy()
    breakers: Breakers = msgspec.field(default_factory=Breakers)
    prefixes: Prefixes = msgspec.field(default_factory=Prefixes)
    cache: AnswerCache | None = None
    fx: Mapping[tuple[str, str], Exchange] = {}
    limits: LimitBook = msgspec.field(default_factory=LimitBook)
    handlings: Mapping[str, Handling] = {}
    on_retired: OnRetired = "refuse"
    batches: Mapping[str, BatchUpstream] = {}
    guards: Mapping[str, GuardPolicy] = {}
    examiner: Examiner | None = None
    open_examiner: Callable[[], Awaitable[Examiner]] | None = None
    findings: FindingLog = NoLog()
    routes: Mapping[str, Route] = {}
    route_log: RouteLog = NoRouteLog()
    enforced: Mapping[str, GuardPolicy] = {}
