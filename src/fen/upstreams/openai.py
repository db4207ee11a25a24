"""Upstreams that speak OpenAI's wire format: nearly all of them."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.upstreams._headers import check_key, write
from fen.upstreams._reading import EventReader, read_all, read_error, read_whole
from fen.upstreams._refusal import refuse
from fen.upstreams.http import HttpClient, parse_address
from fen.upstreams.response import Response
from fen.wire.answer import Stream, Whole
from fen.wire.errors import UpstreamFailed
from fen.wire.ports import Outbound, Speech
from fen.wire.request import ChatRequest, Request, WireFormat

_PATHS: dict[WireFormat, str] = {"openai.chat": "/chat/completions", "openai.embeddings": "/embeddings"}


class Dialect(msgspec.Struct, frozen=True):
    """How an upstream differs from OpenAI's own API.

    stream_usage: it understands `stream_options.include_usage`.
    max_tokens_field: the name under which it takes the output limit; None leaves the client's.
    """

    stream_usage: bool = True
    max_tokens_field: str | None = None


class OpenAIUpstream:
    """One address that speaks OpenAI's format."""

    format: Speech = "openai"

    def __init__(self, base_url: str, key: str | None = None, dialect: Dialect | None = None) -> None:
        """Prepare the calls' heads.

        Raises ValueError for a base URL or a key that no header may carry.
        """
        address = parse_address(base_url)
        check_key(key)
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
        body = finish(outbound.request, outbound.model, self._dialect, outbound.stream).to_bytes()
        trace = f"traceparent: {outbound.traceparent}\r\n" if outbound.traceparent else ""
        brought = write((), outbound.headers) if outbound.headers else ""
        tail = f"content-length: {len(body)}\r\n{trace}{brought}\r\n"
        head = self._heads[outbound.request.format] + tail.encode("latin-1")
        response = await self._client.exchange(head, body, outbound.deadlines)
        try:
            if response.status >= 300:
                raise translate(response, await read_all(response))
            if not outbound.stream:
                return read_whole(outbound.request.format, await read_all(response))
            kind = response.header(b"content-type") or b""
            if kind.lower().startswith(b"text/event-stream"):
                return Stream(EventReader(response))
            raise _unexpected(kind, await read_all(response))
        except BaseException:
            response.close()
            raise

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.close()


def finish(request: Request, model: str, dialect: Dialect, stream: bool) -> Request:
    """Return a request as an upstream takes it: with its own name of the model, in its dialect."""
    view = request.view
    edits: dict[str, Any] = {"model": model}
    if isinstance(view, ChatRequest):
        if stream and dialect.stream_usage:
            edits["stream_options"] = _with_usage(request.body)
        field = dialect.max_tokens_field
        if field is not None and view.output_limit is not None:
            edits |= {"max_tokens": None, "max_completion_tokens": None}
            edits[field] = view.output_limit
    return request.edit(edits | request.edits)


class _Options(msgspec.Struct):
    stream_options: dict[str, msgspec.Raw] | None = None


_decode_options = msgspec.json.Decoder(_Options).decode
_TRUE = msgspec.Raw(b"true")


def _with_usage(body: bytes) -> dict[str, msgspec.Raw]:
    if b"stream_options" not in body:
        return {"include_usage": _TRUE}
    return (_decode_options(body).stream_options or {}) | {"include_usage": _TRUE}


def translate(response: Response, body: bytes) -> UpstreamFailed:
    """Return the error that a status of 300 or more stands for."""
    error, after = read_error(body, response.status), response.header(b"retry-after")
    return refuse(response.status, error, after.decode("latin-1") if after else None)


def _unexpected(kind: bytes, body: bytes) -> UpstreamFailed:
    found = kind.decode("latin-1") or "no content type"
    said = read_error(body, 200).message
    return UpstreamFailed(f"found {found} ({len(body)} bytes: {said}), expected text/event-stream")
