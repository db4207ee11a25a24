"""The value that walks through the pipeline, and the parts that its stages use."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping

import msgspec

from fen.accounts import Key, Keyring, Peer
from fen.catalogue import Card, Catalogue, Rates
from fen.gateway.measure import Measure
from fen.ledger import Book, Hold
from fen.wire.answer import Stream, Whole
from fen.wire.ports import Deadlines, Observer, Upstream
from fen.wire.request import Request


class Caller(msgspec.Struct, frozen=True):
    """Who asks: the secret that came with the request and where it came from.

    peer: where it came from, read only when no key decides.
    inside: this process itself asks (the command line, an evaluation), so no key is needed.
    key: whose behalf this process asks on, where it knows that already (a batch's lines).
    """

    secret: str | None = None
    peer: Callable[[], Peer] | None = None
    inside: bool = False
    key: Key | None = None


class Reply(msgspec.Struct, frozen=True):
    """What goes back: headers, then a body, or a stream's first bytes and the rest.

    `rest` has begun, so closing it always settles the call.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    rest: AsyncGenerator[bytes, None] | None = None


class Call(msgspec.Struct, frozen=True):
    """One request on its way; every stage returns a new one with more known."""

    id: str
    request: Request
    caller: Caller
    started_ns: int
    tag: str | None = None
    span: object = None
    traceparent: str | None = None
    key: Key | None = None
    card: Card | None = None
    size: Measure | None = None
    rates: Rates | None = None
    hold: Hold | None = None
    answer: Whole | Stream | None = None
    reply: Reply | None = None

    @property
    def stream(self) -> bool:
        """Whether the client asked for a stream."""
        return getattr(self.request.view, "stream", None) is True


class Parts(msgspec.Struct, frozen=True):
    """What the stages work with; a reload makes new ones, calls under way keep theirs."""

    keyring: Keyring
    catalogue: Catalogue
    book: Book
    upstreams: Mapping[str, Upstream]
    observer: Observer
    replica: str
    bind_host: str = "127.0.0.1"
    trusted_proxies: tuple[str, ...] = ()
    deadlines: Deadlines = Deadlines()
