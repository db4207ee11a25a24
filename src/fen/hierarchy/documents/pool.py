"""Files read in other processes: shut off from the network, held to limits, replaced when they break."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from fen.hierarchy.documents.limits import LIMITS, Limits
from fen.hierarchy.documents.protocol import HEAD_BYTES, Isolation, Ready, Reply, frame_head
from fen.hierarchy.documents.rewrite import clean_name
from fen.hierarchy.reading import Reading
from fen.wire.errors import Internal, InvalidRequest

_COMMAND = (sys.executable, "-P", "-m", "fen.hierarchy.documents.worker")
_START_SECONDS = 20.0  # a busy machine may be slow; the limit of a file's own time begins once it is sent
_CHUNK = 256 * 1024
_BROKEN = (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError)


class Worker:
    """A running worker. One file at a time."""

    def __init__(self, process: Process, isolation: Isolation) -> None:
        self._process = process
        self.isolation: Isolation = isolation

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def ask(self, data: bytes) -> Reply:
        """Have a file read; raises one of the errors of a broken pipe when the worker ends meanwhile."""
        await _send(self._process, data)
        return msgspec.msgpack.decode(await _receive(self._process), type=Reply)

    async def end(self) -> int:
        """Kill it, and return its status (negative: by that signal)."""
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()

    async def wait(self) -> int:
        """Return its status, once it has ended by itself."""
        return await self._process.wait()


async def start_worker(limits: Limits, command: Sequence[str] = _COMMAND) -> Worker:
    """Start a worker, with nothing of this process' environment; raises Internal."""
    home = str(Path(__file__).parents[3])
    environment = {
        "PYTHONPATH": home,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, cwd="/"
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            await _send(process, msgspec.msgpack.encode(limits))
            ready = msgspec.msgpack.decode(await _receive(process), type=Ready)
    except BaseException as error:
        status = await asyncio.shield(Worker(process, "no sockets").end())
        if isinstance(error, (*_BROKEN, TimeoutError, msgspec.MsgspecError)):
            raise Internal(f"the reader of files did not start: it ended with status {status}") from None
        raise
    return Worker(process, ready.isolation)


class Documents:
    """Reads files in at most `workers` processes, which start when needed and stay."""

    def __init__(self, limits: Limits = LIMITS, workers: int = 2, command: Sequence[str] = _COMMAND) -> None:
        self._limits = limits
        self._command = command
        self._free = asyncio.Semaphore(workers)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._isolation: Isolation | None = None

    @property
    def isolation(self) -> Isolation | None:
        """What keeps the workers from the network; None before the first one has started."""
        return self._isolation

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run."""
        return tuple(worker.pid for worker in (*self._busy, *self._idle) if worker.runs)

    async def read(self, data: bytes, name: str | None = None) -> Reading:
        """Return what a file says and hides; raises InvalidRequest, which begins with the file's name."""
        if len(data) > self._limits.packed:
            found = f"unreadable file: found {len(data)} bytes, expected at most {self._limits.packed}"
            raise _refuse(name, found, "file_too_large")
        async with self._free:
            worker = await self._take()
            try:
                async with asyncio.timeout(self._limits.seconds):
                    reply = await worker.ask(data)
            except BaseException as error:  # noqa: BLE001 (a cancelled reading ends its worker too)
                self._busy.discard(worker)
                raise await self._explain(worker, error, name) from None
            self._busy.discard(worker)
            self._idle.append(worker)
        if reply.reading is None:
            raise _refuse(name, reply.refused, reply.code)
        return reply.reading

    async def aclose(self) -> None:
        """End all workers; a reading under way fails."""
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        for worker in workers:
            await worker.end()

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.runs:
                self._busy.add(worker)
                return worker
        worker = await start_worker(self._limits, self._command)
        self._isolation = worker.isolation
        self._busy.add(worker)
        return worker

    async def _explain(self, worker: Worker, error: BaseException, name: str | None) -> BaseException:
        """End a worker that broke, and return the error to raise."""
        if isinstance(error, TimeoutError):
            await asyncio.shield(worker.end())
            seconds = f"{self._limits.seconds:g} s"
            found = f"unreadable file: found that reading it takes over {seconds}, expected at most {seconds}"
            return _refuse(name, found, "file_too_slow")
        if isinstance(error, _BROKEN):
            status = await worker.wait()
            found = (
                f"unreadable file: found that its reader ended ({_name_status(status)}), expected a reading"
            )
            return _refuse(name, found, "unreadable_file")
        await asyncio.shield(worker.end())
        return error


def _refuse(name: str | None, found: str, code: str | None) -> InvalidRequest:
    return InvalidRequest(found if name is None else f"{clean_name(name)}: {found}", code=code)


def _name_status(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


async def _send(process: Process, content: bytes) -> None:
    """Send a frame piece by piece, so that a long one does not hold the event loop."""
    assert process.stdin is not None
    process.stdin.write(frame_head(len(content)))
    view = memoryview(content)
    for start in range(0, len(view), _CHUNK):
        process.stdin.write(view[start : start + _CHUNK])
        await process.stdin.drain()


async def _receive(process: Process) -> bytes:
    assert process.stdout is not None
    head = await process.stdout.readexactly(HEAD_BYTES)
    return await process.stdout.readexactly(int.from_bytes(head, "big"))
