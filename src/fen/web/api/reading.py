"""From an ASGI scope to values: the body, the caller, the trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from functools import partial

from starlette.types import Message, Receive, Scope

from fen.accounts import Peer
from fen.gateway import Caller
from fen.wire.errors import InvalidRequest, RequestTooSlow, TooLarge

BODY_SECONDS = 60.0
"""How long a client may leave its request's body unfinished without sending any of it."""


class ClientGone(Exception):
    """The client closed its connection before its request was read."""


def check_head(headers: Mapping[bytes, bytes], limit: int) -> None:
    """Refuse by its headers a body that need not be read for it.

    Raises TooLarge above `limit` bytes, InvalidRequest for a compressed body.
    """
    length = headers.get(b"content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise TooLarge(f"found a body of {int(length)} bytes, expected at most {limit}")
    coding = headers.get(b"content-encoding")
    if coding is not None and coding.lower() != b"identity":
        found = coding[:32].decode("latin-1")
        raise InvalidRequest(f"content-encoding: found {found!r}, expected a body that is not compressed")


async def read_body(receive: Receive, limit: int, *, is_here: bool) -> bytes:
    """Return the whole body; one that `is_here` needs no watch on the time, which costs 5 us.

    Raises TooLarge above `limit` bytes, RequestTooSlow, and ClientGone.
    """
    message = await (_take(receive) if is_here else _wait(receive))
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return _check(body, limit)
    pieces = [body]
    size = len(body)
    while message.get("more_body", False) and size <= limit:
        message = await _wait(receive)
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
    return _check(b"".join(pieces), limit)


async def stream_body(receive: Receive, limit: int) -> AsyncGenerator[bytes, None]:
    """Yield a body's pieces as they come; raises as `read_body` does."""
    size = 0
    more = True
    while more:
        message = await _wait(receive)
        more = message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise TooLarge(f"found a body of at least {size} bytes, expected at most {limit}")
        yield piece


async def _wait(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _take(receive)
    except TimeoutError:
        message = f"found no more of the body for {BODY_SECONDS:.0f} s, expected all of it"
        raise RequestTooSlow(message) from None


async def _take(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


def _check(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise TooLarge(f"found a body of at least {len(body)} bytes, expected at most {limit}")
    return body


def read_caller(scope: Scope, headers: Mapping[bytes, bytes]) -> tuple[Caller, str | None]:
    """Return who asks, and the traceparent that came along."""
    secret = None
    authorization = headers.get(b"authorization")
    if authorization is not None and authorization[:7].lower() == b"bearer ":
        secret = authorization[7:].strip().decode("latin-1")
    elif (key := headers.get(b"x-api-key")) is not None:  # Anthropic's way
        secret = key.strip().decode("latin-1")
    trace = headers.get(b"traceparent")
    wish = _text(headers.get(b"x-fen-cache"))
    return Caller(secret, partial(_read_peer, scope, headers), cache=wish), _text(trace)


def _read_peer(scope: Scope, headers: Mapping[bytes, bytes]) -> Peer:
    client: tuple[str, int] | None = scope.get("client")
    return Peer(
        host=client[0] if client else "",
        host_header=_text(headers.get(b"host")),
        origin=_text(headers.get(b"origin")),
        forwarded=_forwarded(headers),
    )


def _forwarded(headers: Mapping[bytes, bytes]) -> bool:
    return any(
        name == b"forwarded" or name.startswith(b"x-forwarded-") or name == b"x-real-ip" for name in headers
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
