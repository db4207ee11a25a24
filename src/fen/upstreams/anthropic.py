"""Upstreams that speak Anthropic's Messages format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fen.upstreams._messages import MessageEvents, read_message
from fen.upstreams._reading import read_all, read_error
from fen.upstreams.http import HttpClient, parse_address
from fen.upstreams.response import Response
from fen.wire.answer import Stream, Whole
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected
from fen.wire.ports import Outbound

VERSION = "2023-06-01"
"""The version of the API for calls that name none.

Version 2026-10-21, which newer clients send, takes no `temperature`, `top_p` and `top_k` any more, so a
call's own `anthropic-version` goes out in its place. Source: Anthropic's API reference, "Versions".
"""

Headers = Iterable[tuple[str, str]]

# Statuses that speak of the client's own request; the client gets them as they are.
_CLIENTS_OWN = frozenset({400, 404, 405, 409, 413, 415, 422, 429})
_REFUSED_KEY = frozenset({401, 402, 403})
# Its status is 400, or another of the client's, and yet it speaks of the account that pays.
_NO_CREDIT = "credit balance is too low"
_LISTS = frozenset({"anthropic-beta"})
_OWN = frozenset({"host", "x-api-key", "content-type", "content-length", "transfer-encoding", "connection"})


class AnthropicUpstream:
    """One address that speaks the Messages format; it takes requests that are in it already."""

    def __init__(self, base_url: str, key: str | None = None, headers: Headers = ()) -> None:
        """Prepare the calls' head; `headers` go out with every call, such as `anthropic-beta`.

        Raises ValueError for a base URL, a key or a header that no request may carry.
        """
        address = parse_address(base_url)
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ValueError("found a key with characters that no header may carry, expected visible ASCII")
        self._client = HttpClient(address)
        self._headers = _merge((("anthropic-version", VERSION),), headers)
        secret = f"x-api-key: {key}\r\n" if key else ""
        self._head = (
            f"POST {address.path}/v1/messages HTTP/1.1\r\nhost: {address.authority}\r\n{secret}"
            "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
            "accept-encoding: identity\r\nuser-agent: fen\r\n"
        ).encode()

    async def send(self, outbound: Outbound) -> Whole | Stream:
        """Send a call, with the headers that it brings (`outbound.headers`, where it has them).

        Raises UpstreamRejected, UpstreamTimeout or UpstreamFailed.
        """
        request = outbound.request
        edits: dict[str, Any] = {"model": outbound.model}
        body = request.edit(edits | request.edits).to_bytes()
        response = await self._client.post(self._write_head(outbound, len(body)), body, outbound.deadlines)
        try:
            if response.status >= 300:
                raise _translate(response, await read_all(response))
            if not outbound.stream:
                return read_message(await read_all(response))
            kind = response.header(b"content-type") or b""
            if kind.lower().startswith(b"text/event-stream"):
                return Stream(MessageEvents(response))
            raise _unexpected(kind, await read_all(response))
        except BaseException:
            response.close()
            raise

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.close()

    def _write_head(self, outbound: Outbound, length: int) -> bytes:
        brought: Headers = getattr(outbound, "headers", ())
        try:
            headers = _merge(self._headers.items(), brought)
        except ValueError as error:
            raise UpstreamFailed(str(error), reached=False) from None
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        trace = f"traceparent: {outbound.traceparent}\r\n" if outbound.traceparent else ""
        return self._head + f"{''.join(lines)}content-length: {length}\r\n{trace}\r\n".encode("latin-1")


def _merge(first: Headers, second: Headers) -> dict[str, str]:
    """Return headers of both; a later one replaces its namesake, but lists are joined.

    Raises ValueError for one that no request may carry, or that Fen writes itself.
    """
    merged: dict[str, str] = {}
    for name, value in (*first, *second):
        name = name.lower()  # noqa: PLW2901 (names of headers have no case)
        if not _is_name(name) or name in _OWN or not (value.isascii() and value.isprintable()):
            raise ValueError(f"found the header {name!r}: {value!r}, expected one that a request may carry")
        if name in _LISTS and name in merged:
            items = [item.strip() for item in f"{merged[name]},{value}".split(",")]
            value = ",".join(dict.fromkeys(filter(None, items)))  # noqa: PLW2901 (each beta is named once)
        merged[name] = value
    return merged


def _is_name(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()


def _translate(response: Response, body: bytes) -> UpstreamFailed:
    error = read_error(body, response.status)
    if response.status in _REFUSED_KEY or _tells_of_the_account(error):
        message = f"the upstream refused Fen's own key or account ({response.status}): {error.message}"
        return UpstreamFailed(message, code="upstream_refused_key")
    if response.status in _CLIENTS_OWN:
        after = response.header(b"retry-after")
        return UpstreamRejected(response.status, error, after.decode("latin-1") if after else None)
    return UpstreamFailed(f"the upstream answered {response.status}: {error.message}")


def _tells_of_the_account(error: ErrorBody) -> bool:
    return error.type == "billing_error" or _NO_CREDIT in error.message


def _unexpected(kind: bytes, body: bytes) -> UpstreamFailed:
    found = kind.decode("latin-1") or "no content type"
    said = read_error(body, 200).message
    return UpstreamFailed(f"found {found} ({len(body)} bytes: {said}), expected text/event-stream")
