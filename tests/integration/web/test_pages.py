"""Where pages are: in one process, loaded when first asked for; with several workers, on their own port."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving, free_port

LIBRARY = "pydantic_core"  # a part of what pages are made with; nothing else here loads it


@pytest.fixture
async def start(fen_home: Path, fake: FakeUpstream) -> AsyncIterator[Callable[..., object]]:
    servers = list[Serving]()

    async def begin(*options: str, extra: str = "") -> Serving:
        server = Serving(fen_home, fake.base_url, extra)
        server.options = options
        servers.append(server)
        await server.start()
        return server

    yield begin
    for server in servers:
        await server.stop()


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def maps_of(server: Serving) -> str:
    assert server.process is not None
    return Path(f"/proc/{server.process.pid}/maps").read_text()


def shake_hands(port: int, path: str) -> bytes:
    """Ask for a WebSocket; returns the status line."""
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        return connection.recv(200).split(b"\r\n")[0]


async def test_the_api_loads_nothing_of_the_pages(start) -> None:
    server = await start()
    assert server.get("/v1/models")[0] == 200
    assert LIBRARY not in maps_of(server)
    status, page = await asyncio.to_thread(fetch, server.url + "/")
    assert status == 200
    assert "<title>Chat · Fen</title>" in page
    assert LIBRARY in maps_of(server)
    assert (server.home / "pages.secret").stat().st_mode & 0o777 == 0o600


async def test_what_is_no_page_is_refused_as_the_api_refuses(start) -> None:
    server = await start()
    status, answer = server.get("/nothing")
    assert (status, answer["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(("options", "extra"), [(("--api-only",), ""), ((), "[pages]\nenabled = false\n")])
async def test_without_pages_there_are_none(start, options: tuple[str, ...], extra: str) -> None:
    server = await start(*options, extra=extra)
    status, answer = server.get("/")
    assert (status, answer["error"]["type"]) == (404, "invalid_request_error")
    assert b"101" not in await asyncio.to_thread(shake_hands, server.port, "/_nicegui_ws/socket.io/")


async def test_with_several_workers_pages_are_on_their_own_port(start) -> None:
    port = free_port()
    server = await start("--workers", "2", "--pages-port", str(port))
    opener = urllib.request.build_opener(_Staying)
    with pytest.raises(urllib.error.HTTPError, match="307") as redirected:
        await asyncio.to_thread(opener.open, server.url + "/prices?model=x", timeout=10)
    with redirected.value as error:
        assert error.headers["location"] == f"http://127.0.0.1:{port}/prices?model=x"
    await server.until(lambda: is_open(port))  # it starts after the first worker
    status, page = await asyncio.to_thread(fetch, server.url + "/")
    assert status == 200
    assert "<title>Chat · Fen</title>" in page
    [client] = set(re.findall(r"'client_id': '([0-9a-f-]{36})'", page))
    path = f"/_nicegui_ws/socket.io/?client_id={client}&EIO=4&transport=websocket"
    assert await asyncio.to_thread(shake_hands, port, path) == b"HTTP/1.1 101 Switching Protocols"
    assert server.get("/v1/models")[0] == 200


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""
        return
