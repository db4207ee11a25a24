"""Tests reach this machine and no other. The addresses are of TEST-NET (RFC 5737), which nobody has."""

import asyncio
import os
import socket
import urllib.request
from pathlib import Path

import pytest
import uvloop

from tests.loopback import NetworkForbiddenError, is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        (b"localhost", True),
        (None, True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_is_told_from_the_rest(host: object, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_sockets_reach_no_other_machine() -> None:
    with socket.socket() as probe, pytest.raises(NetworkForbiddenError, match=r"192\.0\.2\.1"):
        probe.connect(("192.0.2.1", 80))
    with socket.socket() as probe, pytest.raises(NetworkForbiddenError, match=r"0\.0\.0\.0"):
        probe.bind(("0.0.0.0", 0))
    with socket.socket(type=socket.SOCK_DGRAM) as probe, pytest.raises(NetworkForbiddenError):
        probe.sendto(b"x", ("192.0.2.1", 53))


def test_names_are_not_looked_up() -> None:
    with pytest.raises(NetworkForbiddenError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 80)
    with pytest.raises(NetworkForbiddenError):
        urllib.request.urlopen("http://example.org/")


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("host", ["example.org", "192.0.2.1"])
def test_event_loops_reach_no_other_machine(loop, host: str) -> None:
    with asyncio.Runner(loop_factory=loop) as runner, pytest.raises(NetworkForbiddenError):
        runner.run(asyncio.open_connection(host, 80))


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_event_loops_reach_this_machine(loop) -> None:
    async def talk() -> bytes:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
        return said

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(talk()) == b"hello"


def test_each_test_has_a_home_of_its_own(fen_home: Path) -> None:
    assert os.environ["FEN_HOME"] == str(fen_home)
    assert list(fen_home.iterdir()) == []


def test_no_key_comes_in_from_outside() -> None:
    assert [name for name in os.environ if name.endswith("_API_KEY")] == []
