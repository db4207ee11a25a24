"""The hot routes: plain ASGI, because every microsecond here is paid on every call."""

from __future__ import annotations

import asyncio
import logging

import msgspec
from starlette.types import Receive, Scope, Send

from fen.gateway import Reply
from fen.web.api.reading import ClientGone, read_body, read_caller
from fen.web.api.service import Service
from fen.web.protocol import EXTENSION, Protocol
from fen.wire.errors import FenError, Internal, Overloaded
from fen.wire.request import WireFormat, parse_request

_log = logging.getLogger("fen.web")
_JSON = (b"content-type", b"application/json")
_SSE = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))


class Endpoint:
    """`POST` of one wire format into the pipeline."""

    def __init__(self, service: Service, wire_format: WireFormat) -> None:
        self._service = service
        self._format: WireFormat = wire_format

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that goes away cancels it, and the books still hear of it."""
        service = self._service
        task = asyncio.current_task()
        assert task is not None
        watch = _Watch(scope, receive, task)
        service.in_flight += 1
        try:
            if service.in_flight > service.limits.max_in_flight:
                raise Overloaded(f"found {service.limits.max_in_flight} requests in flight, the most allowed")
            body = await read_body(receive, service.limits.max_body_bytes)
            watch.start()
            caller, trace = read_caller(scope)
            request = parse_request(self._format, body)
            reply = await service.pipeline.answer(request, caller, traceparent=trace)
            await _send_reply(reply, send)
        except FenError as error:
            if isinstance(error, Internal):
                _log.exception("request failed", extra={"request_id": error.request_id})
            await send_error(error, send)
        except (asyncio.CancelledError, ClientGone):
            pass  # nobody is left to tell; the pipeline has settled what was used
        finally:
            service.in_flight -= 1
            watch.stop()


class _Watch:
    """Cancels the task when its client goes away: by our own protocol, or by ASGI's on another server."""

    def __init__(self, scope: Scope, receive: Receive, task: asyncio.Task[None]) -> None:
        self._connection: Protocol | None = scope.get("extensions", {}).get(EXTENSION)
        self._receive = receive
        self._task = task
        self._watcher: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._connection is not None:
            self._connection.gone = self._task.cancel
        else:
            self._watcher = asyncio.ensure_future(self._wait())

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.gone = None
        elif self._watcher is not None:
            self._watcher.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._task.cancel()


async def _send_reply(reply: Reply, send: Send) -> None:
    told = [(name.encode(), value.encode()) for name, value in reply.headers]
    if reply.rest is None:
        length = (b"content-length", str(len(reply.body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [_JSON, length, *told]})
        await send({"type": "http.response.body", "body": reply.body})
        return
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [*_SSE, *told]})
        await send({"type": "http.response.body", "body": reply.body, "more_body": True})
        async for piece in reply.rest:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await reply.rest.aclose()


async def send_error(error: FenError, send: Send) -> None:
    """Send OpenAI's error object."""
    body = msgspec.json.encode(error.to_object())
    headers = [_JSON, (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in error.headers]
    if error.request_id:
        headers.append((b"x-fen-request-id", error.request_id.encode()))
    if error.status in (413, 503):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
