"""What a stream has told so far, and the usage chunk at its end."""

from __future__ import annotations

import time

import msgspec

from fen.gateway.call import Call
from fen.gateway.measure import output_tokens
from fen.ledger import Book
from fen.wire.answer import Event
from fen.wire.money import Money, plain
from fen.wire.request import ChatRequest
from fen.wire.usage import Usage

CHECKPOINT_SECONDS = 1.0
"""How often an open stream writes down what it has produced; a crash is settled from there."""


class StreamReading:
    """Counts a stream as it passes. One per stream, used by its task alone.

    wanted: the client asked for usage. shown: something has gone out. closed: the books are being closed, or
    are.
    """

    def __init__(self, call: Call, book: Book) -> None:
        assert call.hold is not None
        view = call.request.view
        options = view.stream_options if isinstance(view, ChatRequest) else None
        self.wanted = options is not None and options.include_usage is True
        self.usage: Usage | None = None
        self.flags: tuple[str, ...] = ()
        self.first_ns: int | None = None
        self.last: bytes | None = None
        self.shown = self.closed = self._finished = False
        self._hold_id = call.hold.id
        self._book = book
        self._produced = self._events = 0
        self._due = time.monotonic() + CHECKPOINT_SECONDS

    @property
    def complete(self) -> bool:
        """Whether the answer has finished and its usage is known: nothing more can come of it."""
        return self._finished and self.usage is not None

    @property
    def output(self) -> int:
        """Output tokens so far, by estimate."""
        return output_tokens(self._produced, self._events)

    def see(self, event: Event) -> bool:
        """Count an event; returns whether the client gets it now (the usage chunk waits)."""
        if event.produced:
            self._produced += event.produced
            self._events += 1
            if self.first_ns is None:
                self.first_ns = time.time_ns()
            now = time.monotonic()
            if now >= self._due:
                self._due = now + CHECKPOINT_SECONDS
                self._book.checkpoint(self._hold_id, self.output)
        if event.finish is not None:
            self._finished = True
        if event.usage is not None:
            self.usage, self.flags = event.usage, event.flags
            if event.bare:
                self.last = event.data
                return False
        self.shown = True
        return True


def usage_chunk(call: Call, reading: StreamReading, usage: Usage, spent: Money | None) -> bytes:
    """Return the last chunk, with the final figures: the upstream's, or ours where it sent none."""
    figures = msgspec.json.encode(
        {
            "request_id": call.id,
            "model": call.card.id if call.card else None,
            "cost": plain(spent.amount) if spent is not None else None,
            "currency": spent.currency if spent is not None else None,
            "certainty": "exact" if reading.usage is not None else "estimated",
        }
    )
    chunk = (reading.last or _make_chunk(call, usage)).rstrip()
    return chunk[:-1] + b',"fen":' + figures + b"}"


def _make_chunk(call: Call, usage: Usage) -> bytes:
    return msgspec.json.encode(
        {
            "id": call.id,
            "object": "chat.completion.chunk",
            "created": call.started_ns // 1_000_000_000,
            "model": call.request.view.model,
            "choices": [],
            "usage": {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.total_tokens,
            },
        }
    )
