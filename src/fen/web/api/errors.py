"""How every error leaves: as the error object of the route's format, with the request's id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fen.gateway.pipeline import make_id
from fen.wire.errors import FenError, Internal, MethodNotAllowed, NotFound

_log = logging.getLogger("fen.web")

ErrorWriter = Callable[[FenError], object]
"""Makes an error the object that its client expects."""

LINGER_SECONDS = 2.0
"""How long a refused body is still taken in, and thrown away, before the connection is closed.

Closing earlier resets the connection, and a client that is still sending would never read why.
"""

_UNREAD = frozenset({408, 413, 503})
"""Statuses with which a request is refused before its body has been read."""


def encode_error(
    error: FenError, write: ErrorWriter = FenError.to_object
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return an error's body and headers; one that has no request id gets one."""
    if error.request_id is None:
        error.request_id = make_id()
    body = msgspec.json.encode(write(error))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers += [
        (name.encode(), value.encode("latin-1", "replace")) for name, value in (*error.headers, *error.told)
    ]
    headers.append((b"x-fen-request-id", error.request_id.encode()))
    if error.status in _UNREAD:
        headers.append((b"connection", b"close"))
    return body, headers


async def send_error(
    error: FenError, scope: Scope, receive: Receive, send: Send, write: ErrorWriter = FenError.to_object
) -> None:
    """Send an error in place of an answer, and take in what the client is still sending."""
    body, headers = encode_error(error, write)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if error.status in _UNREAD and not any(name == b"expect" for name, _ in scope["headers"]):
        await _drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        pass


def log_fault(fault: Exception) -> Internal:
    """Log a fault of our own under a new request id, and return the error that names it."""
    request_id = make_id()
    _log.error("request failed", exc_info=fault, extra={"request_id": request_id})
    error = Internal(f"a fault of Fen's own; its log has it under {request_id}")
    error.request_id = request_id
    return error


def error_response(error: FenError) -> Response:
    """Return an error as Starlette wants it."""
    body, headers = encode_error(error)
    response = Response(body, error.status)
    response.raw_headers = headers
    return response


def translate(error: HTTPException, request: HttpRequest) -> FenError:
    """Return Starlette's own refusals, of a path or a method, as ours."""
    if error.status_code == 405:
        methods = sorted((error.headers or {}).get("Allow", "").split(", "))
        return MethodNotAllowed(
            f"found {request.method}, expected {' or '.join(methods)}", allow=", ".join(methods)
        )
    return NotFound(f"found {request.url.path[:200]!r}, expected a route of the API")
