"""What an OpenAI-compatible upstream answers, read into values beside its own bytes."""

from __future__ import annotations

from collections import deque
from typing import Any, cast

import msgspec

from fen.upstreams.response import Response
from fen.wire.answer import AnswerMessage, Chunk, Completion, Delta, Event, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed
from fen.wire.request import WireFormat
from fen.wire.sse import DONE, EventDecoder
from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage, write_openai_usage

MAX_BODY = 256 * 1024 * 1024
"""Bytes that a whole answer may have."""

_PATIENCE = 8  # events without content, after which a stream speaks of what is not counted, such as audio
_MAX_MESSAGE = 2000  # characters of an upstream's error message that are handed on

_decode_chunk = msgspec.json.Decoder(Chunk).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_completion = msgspec.json.Decoder(Completion).decode


async def read_all(response: Response) -> bytes:
    """Return a whole body.

    Raises UpstreamFailed where it breaks off or is over MAX_BODY, UpstreamTimeout on a deadline.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := await response.read():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY:
            raise UpstreamFailed(f"found an answer of over {MAX_BODY} bytes")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_whole(wire_format: WireFormat, body: bytes) -> Whole:
    """Read a whole answer.

    Raises UpstreamFailed for what is none: some vendors send their errors with status 200.
    """
    try:
        view = _decode_completion(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found an answer that is not OpenAI's ({error})") from None
    if view.error is not None or (view.choices is None and wire_format == "openai.chat"):
        raise UpstreamFailed(f"found no answer, expected one: {read_error(body, 200).message}")
    produced = 0
    for choice in view.choices or ():
        produced += _written(choice.message)
    if view.usage is None:
        return Whole(body, None, (), produced)
    reading = read_openai_usage(_complete(view.usage, wire_format))
    return Whole(body, reading.usage, reading.flags, produced)


def _complete(usage: OpenAIUsage, wire_format: WireFormat) -> OpenAIUsage:
    # Embeddings write nothing, so their usage has no completion_tokens; that is no fault.
    if wire_format == "openai.embeddings" and usage.completion_tokens is None:
        return msgspec.structs.replace(usage, completion_tokens=0)
    return usage


class EventReader:
    """The events of a streamed response.

    Not a generator: closing one that was never begun would do nothing, and the upstream would go on.
    """

    def __init__(self, response: Response) -> None:
        response.await_content()
        self._response = response
        self._quiet: int | None = 0  # events so far, until the first content
        self._decoder = EventDecoder()
        self._payloads: deque[bytes] = deque()
        self._finished = self._ended = False

    def __aiter__(self) -> EventReader:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises UpstreamFailed where the stream breaks or is not OpenAI's, UpstreamTimeout on a deadline.
        """
        try:
            while not self._payloads:
                if self._ended:
                    raise StopAsyncIteration
                await self._receive()
            payload = self._payloads.popleft()
            if payload == DONE:
                self._end()
                raise StopAsyncIteration
            event = read_event(payload)
        except StopAsyncIteration:
            raise
        except BaseException:
            await self.aclose()
            raise
        if event.finish is not None:
            self._finished = True
        return event if self._quiet is None else self._look_for_content(event)

    async def aclose(self) -> None:
        """Abort the call; nothing happens after the last event."""
        if not self._ended:
            self._ended = True
            self._payloads.clear()
            self._response.close()

    def _look_for_content(self, event: Event) -> Event:
        assert self._quiet is not None
        self._quiet += 1
        if event.produced or event.finish is not None or self._quiet > _PATIENCE:
            self._quiet = None
            self._response.content_came()
        return event

    async def _receive(self) -> None:
        data = await self._response.read()
        try:
            self._payloads.extend(self._decoder.feed(data) if data else self._decoder.close())
        except ValueError as error:
            raise UpstreamFailed(str(error)) from None
        if not data and not self._payloads:
            self._end()
            if not self._finished:
                raise UpstreamFailed("the upstream's stream ended before its answer did")

    def _end(self) -> None:
        self._ended = True
        self._payloads.clear()
        self._response.leave()


def read_event(payload: bytes) -> Event:
    """Read a chunk; a report of usage that cannot be true is replaced by what was made of it.

    Raises UpstreamFailed for what is none, and for an error in its place.
    """
    try:
        chunk = _decode_chunk(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found a chunk that is not OpenAI's ({error})") from None
    if chunk.error is not None:
        raise UpstreamFailed(read_error(payload, 200).message)
    produced = 0
    finish = None
    for choice in chunk.choices or ():
        produced += _written(choice.delta)
        finish = choice.finish_reason or finish
    usage: Usage | None = None
    flags: tuple[str, ...] = ()
    if chunk.usage is not None:
        reading = read_openai_usage(chunk.usage)
        usage, flags = reading.usage, reading.flags
        if flags:
            members = _decode_members(payload)
            members["usage"] = msgspec.Raw(msgspec.json.encode(write_openai_usage(usage)))
            payload = msgspec.json.encode(members)
    return Event(payload, produced, usage, flags, finish, usage is not None and not chunk.choices)


def _written(message: Delta | AnswerMessage | None) -> int:
    if message is None:
        return 0
    size = 0
    for text in (message.content, message.reasoning_content, message.reasoning, message.refusal):
        if text:
            size += _bytes(text)
    for call in message.tool_calls or ():
        if call.function is not None:
            size += _bytes(call.function.name) + _bytes(call.function.arguments)
    return size


def _bytes(text: Any) -> int:
    """Count the UTF-8 bytes of a text; of parts of one, or of a tree, those of the texts in it."""
    if isinstance(text, str):
        return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if isinstance(text, list):
        return sum(map(_bytes, cast("list[Any]", text)))
    if isinstance(text, dict):
        return sum(_bytes(value) for key, value in cast("dict[str, Any]", text).items() if key != "type")
    return 0


def read_error(body: bytes, status: int) -> ErrorBody:
    """Return what an upstream says went wrong, in whichever of the usual places it says it."""
    silent = ErrorBody(f"HTTP {status} without an error object", "upstream_error")
    try:
        tree: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return silent
    if not isinstance(tree, dict):
        return silent
    outer = cast("dict[str, Any]", tree)
    inner: Any = outer.get("error") or outer.get("base_resp") or outer  # the second is MiniMax's
    if isinstance(inner, str):
        return ErrorBody(inner[:_MAX_MESSAGE], "upstream_error")
    if not isinstance(inner, dict):
        return silent
    found = cast("dict[str, Any]", inner)
    message = found.get("message") or found.get("status_msg") or f"HTTP {status}"
    param = found.get("param")
    code = found.get("code")
    return ErrorBody(
        str(message)[:_MAX_MESSAGE],
        str(found.get("type") or "upstream_error"),
        param if isinstance(param, str) else None,
        str(code) if code is not None else None,
    )
