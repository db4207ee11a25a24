"""Protocols of one to three methods behind which effects sit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from fen.wire.answer import Stream, Whole
from fen.wire.money import Money
from fen.wire.request import Request, WireFormat
from fen.wire.usage import Usage

Speech = Literal["openai", "anthropic"]
"""Whose wire format an upstream speaks."""

Headers = tuple[tuple[str, str], ...]


class Deadlines(msgspec.Struct, frozen=True):
    """Seconds that an upstream call may take: to connect, to its first content, between bytes, in all.

    The first content of a whole answer is its first byte; of a stream, text, reasoning or a call of a tool.
    """

    connect: float = 10.0
    first: float = 120.0
    between: float = 60.0
    total: float = 1800.0


class Outbound(msgspec.Struct, frozen=True):
    """A call to an upstream: the request with the gateway's edits, and the upstream's name for the model.

    The upstream adds what its own quirks need; the request is in its wire format already. headers: to be sent
    along, such as `anthropic-beta`.
    """

    request: Request
    model: str
    stream: bool
    request_id: str
    traceparent: str | None = None
    deadlines: Deadlines = Deadlines()
    headers: Headers = ()


class Upstream(Protocol):
    """Something that answers calls: a vendor, a server of one's own, the embedded model, a fake."""

    @property
    def format(self) -> Speech:
        """Whose wire format it speaks."""
        ...

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call; cancelling it, or closing the stream, closes the connection.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and child processes."""
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """An upstream that counts a request's input tokens without answering it."""

    async def count(self, outbound: Outbound) -> int:
        """Return how many input tokens the request has, by the model's own tokenizer.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        ...


class BatchItem(msgspec.Struct, frozen=True):
    """One request of a vendor's batch. model: the upstream's name for it."""

    custom_id: str
    request: Request
    model: str


class BatchJob(msgspec.Struct, frozen=True):
    """What is to become a batch of a vendor's. token: its name in Fen, which the vendor keeps with it."""

    token: str
    endpoint: str
    items: Sequence[BatchItem]


class BatchStatus(msgspec.Struct, frozen=True):
    """How far a vendor's batch is. files: where its results are, once it ended. told: the vendor's word."""

    id: str
    ended: bool
    told: str
    files: tuple[str, ...] = ()


class BatchResult(msgspec.Struct, frozen=True):
    """What came of one item: an answer, or an error object of a status, or neither where it was not run."""

    custom_id: str
    status: int | None = None
    answer: Whole | None = None
    error: bytes | None = None


class BatchSender(Protocol):
    """Hands work over to a vendor that runs it within a day. All methods raise UpstreamFailed."""

    async def submit(self, job: BatchJob) -> str:
        """Make a batch and return the vendor's id of it. After a failure, one may have been made."""
        ...

    async def find(self, token: str) -> str | None:
        """Return the vendor's id of the batch with that token; None where there is none."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class BatchReader(Protocol):
    """Looks at a vendor's batches. All methods raise UpstreamFailed."""

    async def check(self, batch_id: str, *, cancel: bool = False) -> BatchStatus:
        """Return how far a batch is, after asking for its end where `cancel`."""
        ...

    def read(self, status: BatchStatus) -> AsyncIterator[BatchResult]:
        """Yield the results of a batch that has ended, in any order."""
        ...


class BatchUpstream(BatchSender, BatchReader, Protocol):
    """A vendor's batch API."""


class CallRecord(msgspec.Struct, frozen=True):
    """What telemetry may know of a finished call: no prompt, no answer, no secret.

    Times are Unix nanoseconds; `first_ns` is when the first output byte came.
    """

    request_id: str
    format: WireFormat
    status: int
    started_ns: int
    ended_ns: int
    stream: bool
    first_ns: int | None = None
    key_id: str | None = None
    model: str | None = None
    upstream: str | None = None
    upstream_model: str | None = None
    usage: Usage | None = None
    cost: Money | None = None
    error: str | None = None
    span: object = None


class Observer(Protocol):
    """Watches calls: metrics, traces, logs."""

    def start(self, request_id: str, traceparent: str | None) -> tuple[object, str | None]:
        """Begin to watch; returns a span to hand back in the record, and the traceparent to send on."""
        ...

    def finish(self, record: CallRecord) -> None:
        """Record a finished call."""
        ...
