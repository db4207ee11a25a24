"""Upstreams that speak OpenAI's wire format: nearly all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from fen.upstreams.http import HttpClient, parse_address
from fen.upstreams.response import Response
from fen.wire.answer import AnswerMessage, Chunk, Completion, Delta, Event, Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected
from fen.wire.ports import Outbound
from fen.wire.request import ChatRequest, Request, WireFormat
from fen.wire.sse import DONE, EventDecoder
from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage

MAX_BODY = 256 * 1024 * 1024
"""Bytes that a whole answer may have."""

_PATHS: dict[WireFormat, str] = {"openai.chat": "/chat/completions", "openai.embeddings": "/embeddings"}

# Statuses that speak of the client's own request; the client gets them as they are.
_CLIENTS_OWN = frozenset({400, 404, 405, 409, 413, 415, 422, 429})

_decode_chunk = msgspec.json.Decoder(Chunk).decode
_decode_completion = msgspec.json.Decoder(Completion).decode


class Dialect(msgspec.Struct, frozen=True):
    """How an upstream differs from OpenAI's own API.

    stream_usage: it understands `stream_options.include_usage`.
    max_tokens_field: the name under which it takes the output limit; None leaves the client's.
    """

    stream_usage: bool = True
    max_tokens_field: str | None = None


class OpenAIUpstream:
    """One address that speaks OpenAI's format."""

    def __init__(self, base_url: str, key: str | None = None, dialect: Dialect | None = None) -> None:
        """Prepare the calls' heads.

        Raises ValueError for a base URL or a key that no header may carry.
        """
        address = parse_address(base_url)
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ValueError("found a key with characters that no header may carry, expected visible ASCII")
        self._client = HttpClient(address)
        self._dialect = dialect or Dialect()
        authorization = f"authorization: Bearer {key}\r\n" if key else ""
        self._heads = {
            wire_format: (
                f"POST {address.path}{path} HTTP/1.1\r\nhost: {address.authority}\r\n{authorization}"
                "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
                "accept-encoding: identity\r\nuser-agent: fen\r\n"
            ).encode()
            for wire_format, path in _PATHS.items()
        }

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        body = self._finish(outbound).to_bytes()
        trace = f"traceparent: {outbound.traceparent}\r\n" if outbound.traceparent else ""
        tail = f"content-length: {len(body)}\r\n{trace}\r\n"
        head = self._heads[outbound.request.format] + tail.encode("latin-1")
        response = await self._client.post(head, body, outbound.deadlines)
        try:
            if response.status >= 300:
                raise _translate(response, await _read_all(response))
            kind = response.header(b"content-type") or b""
            if outbound.stream and kind.startswith(b"text/event-stream"):
                return Stream(_read_events(response))
            if outbound.stream:
                raise _unexpected(kind, await _read_all(response))
            return _read_whole(await _read_all(response))
        except BaseException:
            response.close()
            raise

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.close()

    def _finish(self, outbound: Outbound) -> Request:
        view = outbound.request.view
        edits: dict[str, Any] = {"model": outbound.model}
        if isinstance(view, ChatRequest):
            if outbound.stream and self._dialect.stream_usage:
                edits["stream_options"] = _with_usage(outbound.request.body)
            field = self._dialect.max_tokens_field
            if field is not None and view.output_limit is not None:
                edits |= {"max_tokens": None, "max_completion_tokens": None}
                edits[field] = view.output_limit
        return outbound.request.edit(edits | outbound.request.edits)


class _Options(msgspec.Struct):
    stream_options: dict[str, msgspec.Raw] | None = None


_decode_options = msgspec.json.Decoder(_Options).decode
_TRUE = msgspec.Raw(b"true")


def _with_usage(body: bytes) -> dict[str, msgspec.Raw]:
    if b"stream_options" not in body:
        return {"include_usage": _TRUE}
    return (_decode_options(body).stream_options or {}) | {"include_usage": _TRUE}


async def _read_all(response: Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := await response.read():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY:
            raise UpstreamFailed(f"found an answer of over {MAX_BODY} bytes")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read_whole(body: bytes) -> Whole:
    try:
        view = _decode_completion(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found an answer that is not OpenAI's ({error})") from None
    if view.error is not None:
        raise UpstreamFailed(_error_body(body, 200).message)
    produced = sum(_written(choice.message) for choice in view.choices or ())
    if view.usage is None:
        return Whole(body, None, (), produced)
    reading = read_openai_usage(_complete(view))
    return Whole(body, reading.usage, reading.flags, produced)


def _complete(view: Completion) -> OpenAIUsage:
    usage = view.usage or OpenAIUsage()
    # Embeddings write nothing, so their usage has no completion_tokens; that is no fault.
    if view.choices is None and usage.completion_tokens is None:
        return msgspec.structs.replace(usage, completion_tokens=0)
    return usage


async def _read_events(response: Response) -> AsyncGenerator[Event, None]:
    decoder = EventDecoder()
    finished = False
    try:
        while True:
            data = await response.read()
            payloads = decoder.feed(data) if data else decoder.close()
            for payload in payloads:
                if payload == DONE:
                    return
                event = _read_event(payload)
                finished = finished or event.finish is not None
                yield event
            if not data:
                break
        if not finished:
            raise UpstreamFailed("the upstream's stream ended before its answer did")
    except ValueError as error:
        raise UpstreamFailed(str(error)) from None
    finally:
        response.close()


def _read_event(payload: bytes) -> Event:
    try:
        chunk = _decode_chunk(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found a chunk that is not OpenAI's ({error})") from None
    if chunk.error is not None:
        raise UpstreamFailed(_error_body(payload, 200).message)
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
    return Event(payload, produced, usage, flags, finish, usage is not None and not chunk.choices)


def _written(message: Delta | AnswerMessage | None) -> int:
    if message is None:
        return 0
    size = 0
    for text in (message.content, message.reasoning_content, message.reasoning, message.refusal):
        if text:
            size += len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    for call in message.tool_calls or ():
        if call.function is not None:
            size += len(call.function.name or "") + len(call.function.arguments or "")
    return size


def _translate(response: Response, body: bytes) -> UpstreamFailed:
    error = _error_body(body, response.status)
    if response.status in _CLIENTS_OWN:
        after = response.header(b"retry-after")
        return UpstreamRejected(response.status, error, after.decode("latin-1") if after else None)
    if response.status in (401, 402, 403):
        message = f"the upstream refused Fen's own key or account ({response.status}): {error.message}"
        return UpstreamFailed(message, code="upstream_refused_key")
    return UpstreamFailed(f"the upstream answered {response.status}: {error.message}")


def _unexpected(kind: bytes, body: bytes) -> UpstreamFailed:
    found = kind.decode("latin-1") or "no content type"
    return UpstreamFailed(f"found {found} ({len(body)} bytes), expected text/event-stream")


def _error_body(body: bytes, status: int) -> ErrorBody:
    try:
        tree: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ErrorBody(f"HTTP {status} without an error object", "upstream_error")
    inner: Any = tree.get("error", tree) if isinstance(tree, dict) else tree  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(inner, str):
        return ErrorBody(inner, "upstream_error")
    if not isinstance(inner, dict):
        return ErrorBody(f"HTTP {status} without an error object", "upstream_error")
    found: dict[str, Any] = inner  # pyright: ignore[reportUnknownVariableType]
    param = found.get("param")
    code = found.get("code")
    return ErrorBody(
        str(found.get("message") or f"HTTP {status}"),
        str(found.get("type") or "upstream_error"),
        param if isinstance(param, str) else None,
        str(code) if code is not None else None,
    )
