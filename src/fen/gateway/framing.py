"""A stream's bytes, in OpenAI's format and in Anthropic's, with the call's figures at its end."""

from __future__ import annotations

from typing import Protocol

import msgspec

from fen.gateway.call import Call
from fen.wire.answer import Event
from fen.wire.anthropic import frame_event, to_error
from fen.wire.errors import FenError
from fen.wire.money import plain
from fen.wire.request import ChatRequest
from fen.wire.sse import DONE, frame


class Frames(Protocol):
    """Writes one stream."""

    def take(self, event: Event) -> bytes:
        """Return what goes out for an event now; nothing where it waits for the end."""
        ...

    def end(self) -> bytes:
        """Return the last bytes, once all attempts are settled."""
        ...

    def fail(self, error: FenError) -> bytes:
        """Return an error as the stream's last bytes."""
        ...


class ChunkFrames:
    """OpenAI's: the usage chunk waits for the end, and goes out to whom asked for it."""

    def __init__(self, call: Call) -> None:
        view = call.request.view
        options = view.stream_options if isinstance(view, ChatRequest) else None
        self._call = call
        self._wanted = options is not None and options.include_usage is True
        self._last: bytes | None = None

    def take(self, event: Event) -> bytes:
        """Return what goes out for a chunk."""
        if event.usage is not None and event.bare:
            self._last = event.data
            return b""
        return frame(event.data)

    def end(self) -> bytes:
        """Return the usage chunk, with the final figures, and `[DONE]`."""
        if not self._wanted:
            return frame(DONE)
        chunk = self._last or _make_chunk(self._call)
        return frame(_add_figures(chunk, self._call)) + frame(DONE)

    def fail(self, error: FenError) -> bytes:
        """Return the error object; no `[DONE]` follows."""
        return frame(msgspec.json.encode(error.to_object()))


class EventFrames:
    """Anthropic's: `message_delta` waits for the end, with all behind it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._held: list[bytes] = []
        self._told = 0

    def take(self, event: Event) -> bytes:
        """Return what goes out for an event."""
        ends = event.usage is not None or event.finish is not None
        if not ends and not self._held:
            return frame_event(event.data)
        if ends:
            self._told = len(self._held)
        self._held.append(event.data)
        return b""

    def end(self) -> bytes:
        """Return what waited, with the final figures in the last `message_delta`."""
        if self._held:
            self._held[self._told] = _add_figures(self._held[self._told], self._call)
        return b"".join(map(frame_event, self._held))

    def fail(self, error: FenError) -> bytes:
        """Return the `error` event."""
        return frame_event(msgspec.json.encode(to_error(error)))


def _add_figures(data: bytes, call: Call) -> bytes:
    """Return a JSON object with what the call came to as its last member, all else as it was."""
    tally = call.tally
    spent = tally.spent
    figures: dict[str, object] = {
        "request_id": call.id,
        "model": tally.card.id if tally.card else None,
        "cost": plain(spent.amount) if spent is not None else None,
        "currency": spent.currency if spent is not None else None,
        "certainty": "exact" if tally.exact else "estimated",
        "attempts": tally.attempts,
        "segments": tally.segments,
    }
    return data.rstrip()[:-1] + b',"fen":' + msgspec.json.encode(figures) + b"}"


def _make_chunk(call: Call) -> bytes:
    usage = call.tally.usage
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
