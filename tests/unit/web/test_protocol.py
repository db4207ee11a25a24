"""HTTP/1.1 on one connection: what comes in, what goes out, and when."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from fen.web.protocol import Protocol

Application = Callable[[Any, Any, Any], Awaitable[None]]
POST = b"POST /v1/x?a=1 HTTP/1.1\r\nHost: fen\r\nContent-Length: 4\r\n\r\nbody"


class Wire:
    """The transport's side of a connection."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = self.paused = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 5) if name in ("peername", "sockname") else default

    @property
    def text(self) -> bytes:
        return b"".join(self.writes)


def connect(application: Application, keep_alive: int = 75) -> tuple[Protocol, Wire]:
    config = uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        log_config=None,
        timeout_keep_alive=keep_alive,
    )
    protocol = Protocol(config, ServerState(), {})
    wire = Wire()
    protocol.connection_made(wire)  # pyright: ignore[reportArgumentType]
    return protocol, wire


async def settle(protocol: Protocol) -> None:
    while protocol.tasks:
        await asyncio.wait(protocol.tasks)


async def say_hello(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    body = scope["path"].encode() + b" " + scope["query_string"] + b" " + message["body"]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


async def test_head_and_body_are_one_write() -> None:
    protocol, wire = connect(say_hello)
    protocol.data_received(POST)
    await settle(protocol)
    assert wire.writes == [b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n/v1/x a=1 body"]
    assert not wire.closed


async def test_request_in_pieces_is_the_same_request() -> None:
    protocol, wire = connect(say_hello)
    for place in range(len(POST) - 4):
        protocol.data_received(POST[place : place + 1])
    protocol.data_received(b"body")
    await settle(protocol)
    assert wire.text.endswith(b"/v1/x a=1 body")


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"/a%20b", b"/a b"), (b"//x/y", b"//x/y"), (b"http://h/z", b"/z"), (b"/p#f", b"/p")],
)
async def test_targets_of_every_form_are_read(target: bytes, path: bytes) -> None:
    seen: list[str] = []

    async def look(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    protocol, wire = connect(look)
    protocol.data_received(b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    await settle(protocol)
    assert seen == [path.decode()]
    assert wire.text == b"HTTP/1.1 204 No Content\r\n\r\n"


async def test_pipelined_requests_are_answered_in_turn() -> None:
    protocol, wire = connect(say_hello)
    protocol.data_received(POST + POST.replace(b"/v1/x", b"/v1/y"))
    assert wire.paused
    await settle(protocol)
    first, second = wire.text.index(b"/v1/x"), wire.text.index(b"/v1/y")
    assert first < second
    assert not wire.paused


async def test_stream_is_chunked_and_ends() -> None:
    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"one", b"", b"two"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    protocol, wire = connect(stream)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    await settle(protocol)
    assert wire.writes == [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n",
        b"3\r\ntwo\r\n",
        b"0\r\n\r\n",
    ]


async def test_head_has_the_headers_and_no_body() -> None:
    protocol, wire = connect(say_hello)
    protocol.data_received(b"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n")
    await settle(protocol)
    assert wire.text == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


async def test_old_and_closing_clients_are_let_go() -> None:
    for request in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"):
        protocol, wire = connect(say_hello)
        protocol.data_received(request)
        await settle(protocol)
        assert b"connection: close" in wire.text
        assert wire.closed


async def test_100_continue_comes_when_the_body_is_wanted() -> None:
    protocol, wire = connect(say_hello)
    head, _, body = POST.partition(b"\r\n\r\n")
    protocol.data_received(head + b"\r\nExpect: 100-continue\r\n\r\n")
    await asyncio.sleep(0)
    assert wire.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    protocol.data_received(body)
    await settle(protocol)
    assert wire.text.endswith(b"/v1/x a=1 body")


async def test_large_body_pauses_the_client_until_it_is_taken() -> None:
    taken: list[int] = []

    async def take(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            taken.append(len(message["body"]))
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    protocol, wire = connect(take)
    size = 100_000
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (2 * size))
    protocol.data_received(b"x" * size)
    assert wire.paused
    await asyncio.sleep(0)
    assert not wire.paused
    protocol.data_received(b"x" * size)
    await settle(protocol)
    assert sum(taken) == 2 * size


async def test_client_that_leaves_is_told_to_who_waits_and_who_asked() -> None:
    told: list[str] = []

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"]["fen.connection"].gone = lambda: told.append("gone")
        message = await receive()
        while message["type"] != "http.disconnect":
            message = await receive()
        told.append("disconnect")
        await send({"type": "http.response.start", "status": 200, "headers": []})  # nobody hears it

    protocol, wire = connect(wait)
    protocol.data_received(POST)
    await asyncio.sleep(0)
    protocol.connection_lost(None)
    await settle(protocol)
    assert told == ["gone", "disconnect"]
    assert wire.writes == []


async def test_hanging_up_closes_and_writes_no_more() -> None:
    async def break_off(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        scope["extensions"]["fen.connection"].hang_up()
        await send({"type": "http.response.body"})

    protocol, wire = connect(break_off)
    protocol.data_received(POST)
    await settle(protocol)
    assert wire.closed
    assert not wire.text.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.response.body", "body": b""}],
        [{"type": "http.response.start", "status": 200, "headers": [(b"x", b"a\r\nb: c")]}],
        [
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]},
            {"type": "http.response.body", "body": b"two"},
        ],
        [
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]},
            {"type": "http.response.body", "body": b"two"},
        ],
    ],
)
async def test_malformed_response_is_a_fault(messages: list[Any]) -> None:
    failed: list[str] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        try:
            for message in messages:
                await send(message)
        except RuntimeError as error:
            failed.append(str(error))
        scope["extensions"]["fen.connection"].hang_up()

    protocol, _ = connect(answer)
    protocol.data_received(POST)
    await settle(protocol)
    assert len(failed) == 1
    assert failed[0].startswith("found")


async def test_idle_connection_is_closed_and_a_busy_one_is_not() -> None:
    answered = asyncio.Event()

    async def answer_twice(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            await answered.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    protocol, wire = connect(answer_twice, keep_alive=0)
    protocol.data_received(b"GET /quick HTTP/1.1\r\nHost: h\r\n\r\n")
    while not wire.writes:  # noqa: ASYNC110 (the application's own task)
        await asyncio.sleep(0)
    protocol.data_received(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
    await asyncio.sleep(0.01)  # the first response's timer has rung by now
    assert not wire.closed
    answered.set()
    async with asyncio.timeout(10):
        while not wire.closed:  # noqa: ASYNC110 (the loop's own timer)
            await asyncio.sleep(0)
