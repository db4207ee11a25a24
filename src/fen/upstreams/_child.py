"""A child process that answers on a loopback port: started, watched, counted, ended."""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from fen.upstreams._child_settings import ChildReady, ChildSettings
from fen.wire.errors import UpstreamFailed

_log = logging.getLogger(__name__)

_LOG_BYTES = 4 * 1024 * 1024
_STOP_SECONDS = 2.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Child:
    """A running child; `address` is where it answers, `started_at` the event loop's time."""

    def __init__(self, process: Process, address: str) -> None:
        self._process = process
        self._cpu_seconds = 0.0
        self._watch: asyncio.Task[int] | None = None
        self.address = address
        self.started_at = asyncio.get_running_loop().time()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it ended (negative: by that signal); None while it runs."""
        return self._process.returncode

    @property
    def cpu_seconds(self) -> float:
        """User and system time, as of the last look while it ran."""
        with suppress(OSError, IndexError, ValueError):
            stat = Path(f"/proc/{self.pid}/stat").read_text("utf-8")
            fields = stat.rpartition(")")[2].split()
            self._cpu_seconds = max(self._cpu_seconds, (int(fields[11]) + int(fields[12])) / _TICKS)
        return self._cpu_seconds

    async def wait(self, seconds: float) -> bool:
        """Wait for its end; tells whether it came in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        return self._process.returncode is not None

    def when_ended(self, call: Callable[[], None]) -> None:
        """Call back once it has ended."""
        self._watch = asyncio.get_running_loop().create_task(self._process.wait())
        self._watch.add_done_callback(lambda _: call())

    async def stop(self) -> None:
        """End it."""
        await _end(self._process)


async def start_child(command: Sequence[str], settings: ChildSettings, log: Path, seconds: float) -> Child:
    """Start a child and wait until it can answer.

    Raises UpstreamFailed when it ends, or says so, or is not ready in time.
    """
    with _open_log(log) as errors:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=errors)
    try:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(settings) + b"\n")
        ready = await _hear(process, seconds)
        if ready.address is None:
            raise _not_ready(ready.error or f"it ended with status {await process.wait()}", log)
    except BaseException:
        await asyncio.shield(_end(process))
        raise
    _log.info("the embedded model is ready", extra={"pid": process.pid, "address": ready.address})
    return Child(process, ready.address)


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


async def _hear(process: Process, seconds: float) -> ChildReady:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            line = await process.stdout.readline()
    except TimeoutError:
        return ChildReady(error=f"it was not ready within {seconds:g} s")
    try:
        return msgspec.json.decode(line, type=ChildReady)
    except msgspec.DecodeError:
        return ChildReady()


def _not_ready(why: str, log: Path) -> UpstreamFailed:
    message = f"the embedded model's process did not start: {why}; its log is {log}"
    return UpstreamFailed(message, reached=False, code="embedded_not_started")


async def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    if process.returncode is None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()
