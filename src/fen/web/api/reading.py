"""From an ASGI scope to values: the body, the caller, the trace."""

from __future__ import annotations

from functools import partial
from typing import cast

from starlette.types import Receive, Scope

from fen.accounts import Peer
from fen.gateway import Caller
from fen.wire.errors import TooLarge


class ClientGone(Exception):
    """The client closed its connection before its request was read."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the whole body.

    Raises TooLarge above `limit` bytes, and ClientGone.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return _check(body, limit)
    pieces = [body]
    size = len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            break
    return _check(b"".join(pieces), limit)


def _check(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise TooLarge(f"found a body of at least {len(body)} bytes, expected at most {limit}")
    return body


def read_caller(scope: Scope) -> tuple[Caller, str | None]:
    """Return who asks, and the traceparent that came along."""
    found: dict[bytes, bytes] = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
    secret = None
    authorization = found.get(b"authorization")
    if authorization is not None and authorization[:7].lower() == b"bearer ":
        secret = authorization[7:].strip().decode("latin-1")
    trace = found.get(b"traceparent")
    return Caller(secret, partial(_read_peer, scope, found)), _text(trace)


def _read_peer(scope: Scope, found: dict[bytes, bytes]) -> Peer:
    client: tuple[str, int] | None = scope.get("client")
    return Peer(
        host=client[0] if client else "",
        host_header=_text(found.get(b"host")),
        origin=_text(found.get(b"origin")),
        forwarded=_forwarded(found),
    )


def _forwarded(found: dict[bytes, bytes]) -> bool:
    return any(
        name == b"forwarded" or name.startswith(b"x-forwarded-") or name == b"x-real-ip" for name in found
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
