"""Lines that leave together."""

import asyncio
import io
import logging

from fen.telemetry.burst import BurstHandler


class Counting(io.StringIO):
    """A stream that counts how often it is written to."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


def make_record(level: int, text: str) -> logging.LogRecord:
    return logging.LogRecord("fen", level, "", 0, text, None, None)


async def test_a_burst_is_one_write_in_order() -> None:
    stream = Counting()
    handler = BurstHandler(stream)
    for number in range(5):
        handler.emit(make_record(logging.INFO, str(number)))
    assert stream.writes == 0
    async with asyncio.timeout(10):
        while not stream.writes:  # noqa: ASYNC110 (the loop's own timer)
            await asyncio.sleep(0)
    assert (stream.writes, stream.getvalue()) == (1, "0\n1\n2\n3\n4\n")


async def test_a_warning_takes_what_waits_along_at_once() -> None:
    stream = Counting()
    handler = BurstHandler(stream)
    handler.emit(make_record(logging.INFO, "first"))
    handler.emit(make_record(logging.WARNING, "second"))
    assert stream.getvalue() == "first\nsecond\n"


async def test_the_end_of_a_process_writes_what_waits() -> None:
    stream = Counting()
    handler = BurstHandler(stream)
    handler.emit(make_record(logging.INFO, "last"))
    handler.flush()
    assert stream.getvalue() == "last\n"


def test_without_an_event_loop_a_line_is_written_at_once() -> None:
    stream = Counting()
    BurstHandler(stream).emit(make_record(logging.INFO, "alone"))
    assert stream.getvalue() == "alone\n"


def test_a_stream_that_is_gone_fails_nobody() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    BurstHandler(Gone()).emit(make_record(logging.INFO, "unheard"))


def test_a_stream_that_was_closed_fails_nobody() -> None:
    stream = io.StringIO()
    stream.close()
    BurstHandler(stream).emit(make_record(logging.ERROR, "to nobody"))
