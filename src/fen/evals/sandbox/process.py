"""A sandbox made of one process for each program: no network, no files to write, no other process.

What protects, from the inside out: a filter of system calls (seccomp), without which nothing runs; Landlock,
a user who owns nothing, and an empty network, each where the kernel gives it. Limits of memory and of CPU are
the kernel's; wall clock and output are watched here.
"""

from __future__ import annotations

import asyncio
import marshal
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import get_args

from fen.evals.sandbox.child import Job
from fen.evals.sandbox.door import USUAL, Ending, Limits, Ran
from fen.evals.sandbox.seccomp import is_known
from fen.wire.errors import ConfigError

_HOME = str(Path(__file__).parents[3])
_BARE = """\
import sys, types
home = sys.argv[1]
for name in ("fen", "fen.hierarchy", "fen.evals", "fen.evals.sandbox"):
    package = types.ModuleType(name)
    package.__path__ = [home + "/" + name.replace(".", "/")]
    sys.modules[name] = package
from fen.evals.sandbox.child import main
main()
"""
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
}  # one order of sets, so that a verdict is repeatable
LAYERS = ("user", "network", "landlock")
"""What protects beside the filter, where the kernel gives it."""

Process = subprocess.Popen[bytes]

_NOTES = 1 << 16  # what a pipe holds
_NAMED: dict[str, Ending] = {kind: kind for kind in get_args(Ending) if kind not in ("passed", "failed")}


class ProcessSandbox:
    """Runs each program in a process of its own, at most `workers` at a time (as many as there are cores).

    layers: which protections to use beside the filter; fewer, to see what holds on a kernel that lacks them.
    """

    def __init__(self, workers: int | None = None, layers: Sequence[str] = LAYERS) -> None:
        self._layers = tuple(layers)
        self._free = asyncio.Semaphore(workers or os.cpu_count() or 1)
        self._protections: tuple[str, ...] = ()

    @property
    def protections(self) -> tuple[str, ...]:
        """What protected the last program that ran: `seccomp`, `landlock`, `user`, `network`."""
        return self._protections

    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        """Run a program; raises ConfigError where the kernel cannot hold one."""
        if sys.platform != "linux" or not is_known(platform.machine()):
            found = f"{sys.platform} on {platform.machine()}"
            raise ConfigError(f"sandbox: found {found}, expected Linux on x86_64 or aarch64")
        async with self._free:
            with tempfile.TemporaryDirectory(prefix="fen-sandbox-") as home:
                trial = Trial(limits, self._layers)
                ran = await trial.run(program, home)
                self._protections = trial.protections
                return ran


class Trial:
    """One program's run."""

    def __init__(self, limits: Limits, layers: tuple[str, ...]) -> None:
        self._limits = limits
        self._layers = layers
        self._expired = False
        self._flooded = False
        self.protections: tuple[str, ...] = ()

    async def run(self, program: str, home: str) -> Ran:
        """Start the process, watch it, end it, and say how it ended; raises ConfigError."""
        hear, note = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(note, True)
        began = time.monotonic()
        try:
            process = _start(self._describe(program, home, note))
            try:
                outputs = await self._watch(process)
            finally:
                _end(process)
            notes = _read_notes(hear)
        finally:
            os.close(hear)
            os.close(note)
        seconds = time.monotonic() - began
        stdout, stderr = (kept.decode("utf-8", "replace") for kept in outputs)
        return Ran(self._name(process.returncode, notes, seconds, stderr), stdout, stderr, seconds)

    def _describe(self, program: str, home: str, note: int) -> Job:
        return Job(
            program=program,
            parent=os.getpid(),
            note=note,
            home=home,
            layers=self._layers,
            cpu_seconds=self._limits.cpu_seconds,
            memory=self._limits.memory,
        )

    async def _watch(self, process: Process) -> tuple[bytearray, bytearray]:
        """Return what the process wrote until it ended, or its time was over.

        No asyncio subprocess: where a loop's tasks are cancelled while one starts, its end is never told.
        """
        loop = asyncio.get_running_loop()
        assert process.stdout is not None
        assert process.stderr is not None
        outputs = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
        try:
            for descriptor, kept in outputs.items():
                os.set_blocking(descriptor, False)
                loop.add_reader(descriptor, self._collect, process, descriptor, kept)
            async with asyncio.timeout(self._limits.seconds):
                await loop.run_in_executor(None, process.wait)
        except TimeoutError:
            self._expired = True
        finally:
            _kill(process)
            for descriptor in outputs:
                loop.remove_reader(descriptor)
        for descriptor, kept in outputs.items():
            while self._collect(process, descriptor, kept):
                pass
        stdout, stderr = outputs.values()
        return stdout, stderr

    def _collect(self, process: Process, descriptor: int, kept: bytearray) -> bool:
        """Take what is there of an output; end a program that writes too much. False: there is no more."""
        try:
            piece = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return False
        room = self._limits.output - len(kept)
        kept += piece[:room]
        if len(piece) > room:
            self._flooded = True
            _kill(process)
        if not piece:
            asyncio.get_running_loop().remove_reader(descriptor)
        return 0 < len(piece) <= room

    def _name(self, status: int, notes: list[str], seconds: float, stderr: str) -> Ending:
        """Return what ended the process; raises ConfigError where it was not ready to run anything."""
        first = notes[0] if notes else ""
        word, _, rest = first.partition(" ")
        if self._expired:
            return "time"
        if word != "ready":
            found = rest or stderr.strip().rpartition("\n")[2] or f"status {status}"
            raise ConfigError(f"sandbox: found {found}, expected a process that can shut itself in")
        self.protections = tuple(rest.split())
        if self._flooded:
            return "output"
        if status == 0:
            return "passed"
        return self._name_failure(status, notes[-1], seconds)

    def _name_failure(self, status: int, note: str, seconds: float) -> Ending:
        named = _NAMED.get(note, "system")
        if status == -signal.SIGSYS:
            return named
        if status == -signal.SIGXCPU:
            return "time"
        if status == -signal.SIGKILL:  # by the kernel: SIGXCPU was ignored, or the machine has no memory left
            return "time" if seconds >= self._limits.cpu_seconds else "memory"
        return "memory" if named == "memory" else "failed"


def _start(job: Job) -> Process:
    """Start a bare interpreter, with its job as a file on its standard input."""
    with tempfile.TemporaryFile() as told:
        told.write(marshal.dumps({**job}))
        told.seek(0)
        return subprocess.Popen(  # noqa: S603 (our own interpreter; what it runs is the point)
            [sys.executable, "-P", "-s", "-S", "-B", "-c", _BARE, _HOME],
            stdin=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            pass_fds=(job["note"],),
            start_new_session=True,
        )


def _kill(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _end(process: Process) -> None:
    _kill(process)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _read_notes(hear: int) -> list[str]:
    try:
        return os.read(hear, _NOTES).decode("utf-8", "replace").splitlines()
    except BlockingIOError:
        return []
