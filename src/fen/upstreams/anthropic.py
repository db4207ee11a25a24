"""Upstreams that speak Anthropic's Messages format."""

from __future__ import annotations

from typing import Any

from fen.upstreams._headers import Headers, check_key, merge, write
from fen.upstreams._messages import MessageEvents, read_count, read_message
from fen.upstreams._reading import read_all, read_error
from fen.upstreams._refusal import refuse, refuse_key
from fen.upstreams.http import HttpClient, parse_address
from fen.upstreams.response import Response
from fen.wire.answer import Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed
from fen.wire.ports import Outbound, Speech

VERSION = "2023-06-01"
"""The version of the API for calls that name none.

Version 2026-10-21, which newer clients send, takes no `temperature`, `top_p` and `top_k` any more, so a
call's own `anthropic-version` goes out in its place. Source: Anthropic's API reference, "Versions".
"""

# Its status is 400, or another of the client's, and yet it speaks of the account that pays.
_NO_CREDIT = "credit balance is too low"


class AnthropicUpstream:
    """One address that speaks the Messages format; it takes requests that are in it already."""

    format: Speech = "anthropic"

    def __init__(self, base_url: str, key: str | None = None, headers: Headers = ()) -> None:
        """Prepare the calls' head; `headers` go out with every call, such as `anthropic-beta`.

        Raises ValueError for a base URL, a key or a header that no request may carry.
        """
        address = parse_address(base_url)
        check_key(key)
        self._client = HttpClient(address)
        self._headers = merge((("anthropic-version", VERSION),), headers)
        secret = f"x-api-key: {key}\r\n" if key else ""
        rest = (
            f" HTTP/1.1\r\nhost: {address.authority}\r\n{secret}"
            "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
            "accept-encoding: identity\r\nuser-agent: fen\r\n"
        )
        self._head = f"POST {address.path}/v1/messages{rest}".encode()
        self._count_head = f"POST {address.path}/v1/messages/count_tokens{rest}".encode()

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call, with the headers that it brings.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        response = await self._post(self._head, outbound)
        try:
            if not outbound.stream:
                return read_message(await read_all(response))
            kind = response.header(b"content-type") or b""
            if kind.lower().startswith(b"text/event-stream"):
                return Stream(MessageEvents(response))
            raise _unexpected(kind, await read_all(response))
        except BaseException:
            response.close()
            raise

    async def count(self, outbound: Outbound) -> int:
        """Return the input tokens of a request, which `POST /v1/messages/count_tokens` counts for nothing.

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        response = await self._post(self._count_head, outbound)
        try:
            return read_count(await read_all(response))
        except BaseException:
            response.close()
            raise

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.close()

    async def _post(self, head: bytes, outbound: Outbound) -> Response:
        """Send a call, and return its response; raises for one that is a refusal."""
        request = outbound.request
        edits: dict[str, Any] = {"model": outbound.model}
        body = request.edit(edits | request.edits).to_bytes()
        lines = write(self._headers.items(), outbound.headers)
        trace = f"traceparent: {outbound.traceparent}\r\n" if outbound.traceparent else ""
        head += f"{lines}content-length: {len(body)}\r\n{trace}\r\n".encode("latin-1")
        response = await self._client.exchange(head, body, outbound.deadlines)
        if response.status < 300:
            return response
        try:
            raise _translate(response, await read_all(response))
        except BaseException:
            response.close()
            raise


def _translate(response: Response, body: bytes) -> UpstreamFailed:
    error = read_error(body, response.status)
    if _tells_of_the_account(error):
        return refuse_key(response.status, error)
    after = response.header(b"retry-after")
    return refuse(response.status, error, after.decode("latin-1") if after else None)


def _tells_of_the_account(error: ErrorBody) -> bool:
    return error.type == "billing_error" or _NO_CREDIT in error.message


def _unexpected(kind: bytes, body: bytes) -> UpstreamFailed:
    found = kind.decode("latin-1") or "no content type"
    said = read_error(body, 200).message
    return UpstreamFailed(f"found {found} ({len(body)} bytes: {said}), expected text/event-stream")
