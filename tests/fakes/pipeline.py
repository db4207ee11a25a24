"""A pipeline in this process over real books, and an upstream that answers what a test hands it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec

from fen.accounts import Keyring
from fen.catalogue import Card, Catalogue, Fact, Rates
from fen.gateway import Caller, Parts, Pipeline, Reply
from fen.gateway.retry import Policy
from fen.ledger import Book, Entry, Replica, Settlement, claim_replica
from fen.ledger.line import Lines
from fen.storage import Storage, open_storage
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import BooksUnavailable
from fen.wire.ports import CallRecord, Outbound, Speech
from fen.wire.request import WireFormat, parse_request
from fen.wire.sse import DONE, EventDecoder
from fen.wire.usage import Usage

Step = Event | BaseException | asyncio.Event
"""An event to hand over, an error to raise, or a gate to wait at."""


class PuppetEvents:
    """The events of a puppet's stream; `closed` once the gateway has let go of it."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = deque(steps)
        self.waiting = asyncio.Event()
        self.closed = False

    def __aiter__(self) -> PuppetEvents:
        return self

    async def __anext__(self) -> Event:
        while self._steps and not self.closed:
            step = self._steps.popleft()
            if isinstance(step, Event):
                return step
            if isinstance(step, BaseException):
                raise step
            self.waiting.set()
            await step.wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


class Puppet:
    """An Upstream with one answer: a whole one, the steps of a stream, an error, or a gate to wait at."""

    format: Speech = "openai"

    def __init__(self, answer: Whole | list[Step] | BaseException | asyncio.Event) -> None:
        self._answer = answer
        self.asked: list[Outbound] = []
        self.called = asyncio.Event()
        self.events = PuppetEvents(answer if isinstance(answer, list) else ())

    async def send(self, outbound: Outbound) -> Whole | Stream:
        self.asked.append(outbound)
        self.called.set()
        if isinstance(self._answer, asyncio.Event):
            await self._answer.wait()
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer if isinstance(self._answer, Whole) else Stream(self.events)

    async def close(self) -> None:
        pass


class Watcher:
    """An Observer that remembers what it was told."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.records: list[CallRecord] = []

    def start(self, request_id: str, traceparent: str | None) -> tuple[object, str | None]:
        self.started.append(request_id)
        return f"span of {request_id}", traceparent

    def finish(self, record: CallRecord) -> None:
        self.records.append(record)


class GatedBook(Book):
    """A Book whose holds and settlements return when `gate` is open; `away` makes all writing fail.

    It writes by the statements of another, for compiling them takes longer than most tests.
    """

    def __init__(self, book: Book) -> None:
        vars(self).update(vars(book), lines=Lines())
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()
        self.away = False

    async def hold(self, hold: Any) -> None:
        self._check()
        await self._gated(self._writer.run(self._entries.hold, hold))

    async def reserve(self, hold: Any, caps: Any) -> Any:
        self._check()
        return await self._gated(self._writer.run(self._entries.reserve, hold, caps))

    async def settle(self, settlement: Settlement, beside: Any = None) -> bool:
        self._check()
        if beside is not None:
            writing = self._writer.run(self._settle_with, settlement, beside)
        else:
            writing = self._writer.run(self._entries.settle, settlement)
        return await self._gated(writing) is not None

    async def release(self, hold_id: str, reason: str, status: int) -> bool:
        self._check()
        return await super().release(hold_id, reason, status)

    async def _gated(self, future: asyncio.Future[Any]) -> Any:
        if not self.gate.is_set():
            self.waiting.set()
            await self.gate.wait()
        return await future

    def _check(self) -> None:
        if self.away:
            raise BooksUnavailable("found no database, expected one")


CHECKED = date(2026, 1, 1)
RATES = Rates("USD", {"input": Decimal(1), "cached_input": Decimal("0.1"), "output": Decimal(2)}, "test")


def make_card(**facts: Any) -> Card:
    """A model of the puppet: 1000 tokens of context, 100 of output, tools only."""
    known = {"context_window": 1000, "max_output_tokens": 100, "abilities": frozenset({"tools"})} | facts
    window, output = (
        None if known[name] is None else Fact(known[name], "test", CHECKED)
        for name in ("context_window", "max_output_tokens")
    )
    abilities: frozenset[str] | None = known["abilities"]
    return Card("puppet/model", "puppet", "Model", "puppet", "its-own-name", window, output, abilities)


class OneModel:
    """A catalogue of one model."""

    def __init__(self, card: Card, rates: Rates | None) -> None:
        self._card = card
        self._rates = rates

    def find(self, name: str) -> Card | None:
        return self._card if name == self._card.id else None

    def matches(self, name: str) -> list[str]:
        return []

    def rates(self, model: str, at: datetime) -> Rates | None:
        assert at.tzinfo is UTC
        return self._rates


class Desk:
    """The pipeline, with everything that a test looks at."""

    def __init__(self, puppet: Puppet, book: GatedBook, parts: Parts, watcher: Watcher) -> None:
        self.puppet = puppet
        self.book = book
        self.parts = parts
        self.watcher = watcher
        self.pipeline = Pipeline(parts)

    async def ask(
        self, body: dict[str, Any] | None = None, path: WireFormat = "openai.chat", **members: Any
    ) -> Reply:
        """Ask, as this process itself."""
        chat = {"model": "puppet/model", "messages": [{"role": "user", "content": "How deep is the sea?"}]}
        request = parse_request(path, msgspec.json.encode((chat if body is None else body) | members))
        return await self.pipeline.answer(request, Caller(inside=True), traceparent="00-1-2-01")

    async def entry(self) -> Entry:
        """The one entry of the last call."""
        [entry] = await self.entries()
        return entry

    async def entries(self) -> list[Entry]:
        """The entries of the last call, once all that was asked of the books is done."""
        await self.book._storage.check()
        return await self.book.find(self.watcher.started[-1])


class Books(msgspec.Struct, frozen=True):
    """A database, and who writes into it; several desks may use it, one after another."""

    storage: Storage
    replica: Replica
    book: Book
    keyring: Keyring

    def forgetful_keyring(self) -> Keyring:
        """Return a keyring that has seen nobody yet, with the statements of the one that is compiled."""
        fresh = copy(self.keyring)
        vars(fresh).update(_known={}, _asked={}, _any=False, _any_until=0.0)
        return fresh


@asynccontextmanager
async def open_books(home: Path) -> AsyncIterator[Books]:
    """Make the database in `home`; it belongs to the event loop that runs."""
    storage = open_storage(f"sqlite:///{home / 'fen.db'}")
    replica = claim_replica(home)
    try:
        yield Books(storage, replica, Book(storage, replica), Keyring(storage))
    finally:
        replica.release()
        await storage.close()


def make_desk(
    books: Books,
    answer: Whole | list[Step] | BaseException | asyncio.Event,
    *,
    card: Card | None = None,
    rates: Rates | None = RATES,
    **parts_of: Any,
) -> Desk:
    """Put a pipeline together over these books; it tries once, unless `policy` says something else."""
    book = GatedBook(books.book)
    puppet, watcher = Puppet(answer), Watcher()
    known: dict[str, Any] = {
        "policy": Policy(retries=0),
        "upstreams": {"puppet": puppet},
        "catalogue": cast(Catalogue, OneModel(card or make_card(), rates)),
    }
    parts = Parts(
        keyring=books.forgetful_keyring(),
        book=book,
        observer=watcher,
        replica=books.replica.id,
        **(known | parts_of),
    )
    return Desk(puppet, book, parts, watcher)


def text(content: str, **members: Any) -> Event:
    """A chunk with content."""
    tree = {"choices": [{"index": 0, "delta": {"content": content}}], **members}
    return Event(msgspec.json.encode(tree), produced=len(content.encode()))


def finish() -> Event:
    """A chunk with the finish_reason."""
    tree = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return Event(msgspec.json.encode(tree), finish="stop")


def report(usage: Usage, **members: Any) -> Event:
    """The chunk that reports usage and nothing else."""
    told = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }
    tree = {"choices": [], "usage": told, **members}
    return Event(msgspec.json.encode(tree), usage=usage, bare=True)


def payloads(body: bytes) -> list[Any]:
    """The payloads of a stream that the client got; `[DONE]` stays text."""
    found = EventDecoder().feed(body)
    return ["[DONE]" if payload == DONE else msgspec.json.decode(payload) for payload in found]


async def read(reply: Reply) -> list[Any]:
    """Read a streamed reply to its end."""
    assert reply.rest is not None
    return payloads(reply.body + b"".join([piece async for piece in reply.rest]))
