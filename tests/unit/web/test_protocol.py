"""A response's head waits for its body, and for nothing else."""

import asyncio
from typing import Any, cast

from fen.web.protocol import Protocol, _Cork


class Wire:
    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def make() -> tuple[_Cork, Wire]:
    wire = Wire()
    return _Cork(cast(asyncio.Transport, wire)), wire


def test_head_and_first_body_go_out_together() -> None:
    cork, wire = make()
    cork.write(b"HTTP/1.1 200 OK\r\n\r\n")
    assert wire.writes == []
    cork.write(b"one")
    cork.write(b"two")
    assert wire.writes == [b"HTTP/1.1 200 OK\r\n\r\none", b"two"]


def test_an_empty_body_lets_the_head_go() -> None:
    cork, wire = make()
    cork.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    cork.write(b"")
    assert wire.writes == [b"HTTP/1.1 204 No Content\r\n\r\n"]


def test_100_continue_waits_for_nothing() -> None:
    cork, wire = make()
    cork.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert wire.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_a_close_loses_no_head() -> None:
    cork, wire = make()
    cork.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    cork.close()
    assert wire.writes == [b"HTTP/1.1 400 Bad Request\r\n\r\n"]
    assert wire.closed


def test_a_flush_lets_go_once() -> None:
    cork, wire = make()
    cork.write(b"HTTP/1.1 200 OK\r\n\r\n")
    cork.flush()
    cork.flush()
    assert wire.writes == [b"HTTP/1.1 200 OK\r\n\r\n"]


def test_everything_else_is_the_transports() -> None:
    cork, wire = make()
    wire.closed = True
    assert cork.is_closing()


def test_hanging_up_closes_and_counts_as_the_clients_doing() -> None:
    protocol = Protocol.__new__(Protocol)
    wire = Wire()
    protocol.transport = cast(Any, wire)
    protocol.cycle = cast(Any, type("Cycle", (), {"disconnected": False})())
    protocol.hang_up()
    assert wire.closed
    assert protocol.cycle.disconnected
