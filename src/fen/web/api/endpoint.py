"""The hot routes: plain ASGI, because every microsecond here is paid on every call."""

from __future__ import annotations

import asyncio
import logging
import time

from starlette.types import Receive, Scope, Send

from fen.gateway import Caller, Reply
from fen.gateway.pipeline import make_id
from fen.web.api.errors import ErrorWriter, log_fault, send_error
from fen.web.api.reading import ClientGone, check_head, read_body, read_caller
from fen.web.api.service import Service
from fen.web.protocol import EXTENSION, Protocol
from fen.wire.errors import FenError, Internal, MethodNotAllowed, Overloaded
from fen.wire.ports import CallRecord
from fen.wire.request import WireFormat, parse_request

_log = logging.getLogger("fen.web")
_JSON = (b"content-type", b"application/json")
_SSE = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))


class Endpoint:
    """`POST` of one wire format into the pipeline, and its errors in that format."""

    write_error: ErrorWriter = staticmethod(FenError.to_object)

    def __init__(self, service: Service, wire_format: WireFormat) -> None:
        self._service = service
        self._format: WireFormat = wire_format

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that goes away cancels it, and the books still hear of it."""
        if scope["method"] != "POST":
            await _refuse_method(scope, receive, send)
            return
        service = self._service
        started_ns = time.time_ns()
        service.in_flight += 1
        try:
            error = await self._answer(scope, receive, send)
        finally:
            service.in_flight -= 1
        if error is not None:
            self._note(error, started_ns)
            await send_error(error, scope, receive, send, self.write_error)

    def read_caller(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Caller, str | None]:
        """Return who asks, and the traceparent that came along."""
        return read_caller(scope, headers)

    async def ask(self, body: bytes, caller: Caller, traceparent: str | None) -> Reply:
        """Answer a body; raises FenError."""
        request = parse_request(self._format, body)
        return await self._service.pipeline.answer(request, caller, traceparent=traceparent)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> FenError | None:
        """Send the answer, or return the error to send in its place."""
        service = self._service
        watch = _Watch(scope, receive)
        sending = False
        try:
            if service.in_flight > service.limits.max_in_flight:
                raise Overloaded(f"found {service.limits.max_in_flight} requests in flight, the most allowed")
            headers: dict[bytes, bytes] = dict(scope["headers"])
            check_head(headers, service.limits.max_body_bytes)
            body = await read_body(receive, service.limits.max_body_bytes, is_here=watch.sees_whole_body)
            watch.start()
            caller, trace = self.read_caller(scope, headers)
            reply = await self.ask(body, caller, trace)
            sending = True
            await _send_reply(reply, send)
        except (asyncio.CancelledError, ClientGone):
            watch.hang_up()  # nobody is left to tell; the pipeline has settled what was used
        except Exception as fault:  # noqa: BLE001 (the edge: what is not ours to tell is logged)
            error = fault if isinstance(fault, FenError) else log_fault(fault)
            if not sending:
                return error
            watch.hang_up()  # a stream that breaks off must not look complete
        finally:
            watch.stop()
        return None

    def _note(self, error: FenError, started_ns: int) -> None:
        """Log our own faults, and tell telemetry of a request that was refused before the pipeline."""
        if isinstance(error, Internal) and error.__cause__ is not None:
            _log.error("request failed", exc_info=error, extra={"request_id": error.request_id})
        if error.request_id is not None:
            return
        error.request_id = make_id()
        self._service.pipeline.parts.observer.finish(
            CallRecord(
                request_id=error.request_id,
                format=self._format,
                status=error.status,
                started_ns=started_ns,
                ended_ns=time.time_ns(),
                stream=False,
                error=error.code or error.type,
            )
        )


class _Watch:
    """Cancels the task when its client goes away: by our own protocol, or by ASGI's on another server."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        connection: Protocol | None = scope.get("extensions", {}).get(EXTENSION)
        # Without a loop it would ask which one runs, which is a system call.
        task = asyncio.current_task(connection.loop if connection is not None else None)
        assert task is not None
        self._connection = connection
        self._receive = receive
        self._task = task
        self._watcher: asyncio.Task[None] | None = None

    @property
    def sees_whole_body(self) -> bool:
        return self._connection is not None and self._connection.has_whole_body

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

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.hang_up()

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


async def _refuse_method(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] == "OPTIONS":
        await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", b"POST")]})
        await send({"type": "http.response.body", "body": b""})
        return
    error = MethodNotAllowed(f"found {scope['method']}, expected POST", allow="POST")
    await send_error(error, scope, receive, send)
