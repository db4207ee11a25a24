"""Start programs that are measured, and read what they use from `/proc`."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class BenchError(Exception):
    """The measurement cannot be trusted or cannot be made; the message says what was found."""


class Cores(msgspec.Struct, frozen=True):
    """Which processors each side runs on; `None` leaves the choice to the kernel."""

    measured: frozenset[int] | None
    mocks: frozenset[int] | None
    load: frozenset[int] | None


class CpuTime(msgspec.Struct, frozen=True):
    """User and system seconds of a process with all its threads, and of its descendants apart."""

    own: float
    children: float

    def since(self, earlier: "CpuTime") -> "CpuTime":
        """What was used after `earlier`."""
        return CpuTime(self.own - earlier.own, self.children - earlier.children)


class Memory(msgspec.Struct, frozen=True):
    """Resident bytes of a process, and of its descendants apart."""

    own: int
    children: int


class Command(msgspec.Struct, frozen=True):
    """A program to start: its words, the folder it runs in, what it finds in its environment."""

    argv: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] = {}
    cores: frozenset[int] | None = None


def share_cores(available: frozenset[int]) -> Cores:
    """Give load and mocks a core each when at least four are there, the rest to what is measured."""
    if len(available) < 4:
        return Cores(None, None, None)
    *measured, mocks, load = sorted(available)
    return Cores(frozenset(measured), frozenset((mocks,)), frozenset((load,)))


def parse_cpu_ticks(stat: str) -> int:
    """User plus system ticks in the text of `/proc/PID/stat` (proc_pid_stat(5), fields 14 and 15)."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def read_cpu_seconds(pid: int) -> float:
    """User plus system seconds of a process: to the nanosecond where the kernel counts so.

    `/proc/PID/stat` has whole ticks of 10 ms, as much as 700 requests cost nginx. `schedstat` has the same
    sum for each thread, of those that still run.
    """
    threads = [_read(path) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    if threads and all(threads):
        return sum(int(text.split()[0]) for text in threads) / 1e9
    stat = _read(Path(f"/proc/{pid}/stat"))
    return parse_cpu_ticks(stat) / os.sysconf("SC_CLK_TCK") if stat else 0.0


def parse_resident_bytes(status: str) -> int:
    """`VmRSS` in the text of `/proc/PID/status`, in bytes; raises BenchError where it is missing."""
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise BenchError("expected a VmRSS line in /proc/PID/status, found none")


def descendants(pid: int) -> list[int]:
    """Every living process below `pid`, nearest first."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(task).split():
            found += [int(child), *descendants(int(child))]
    return found


class Process:
    """A started program, measured from outside."""

    def __init__(self, popen: "subprocess.Popen[bytes]", command: Command) -> None:
        self._popen = popen
        self._command = command

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._popen.pid

    def cpu(self) -> CpuTime:
        """CPU seconds used until now; raises BenchError if the program has ended."""
        self.check_alive()
        below = sum(read_cpu_seconds(pid) for pid in descendants(self.pid))
        return CpuTime(read_cpu_seconds(self.pid), below)

    def memory(self) -> Memory:
        """Resident bytes now; raises BenchError if the program has ended."""
        self.check_alive()
        below = sum(parse_resident_bytes(text) for text in self._texts("status"))
        return Memory(parse_resident_bytes(_read(Path(f"/proc/{self.pid}/status"))), below)

    def check_alive(self) -> None:
        """Raise BenchError with the end of its log if the program has ended."""
        if (code := self._popen.poll()) is not None:
            words = " ".join(self._command.argv)
            raise BenchError(f"{words} ended with status {code}; its log ends:\n{tail(self._command.log)}")

    def wait_for_port(self, port: int) -> None:
        """Return once something listens on 127.0.0.1:`port`; raises BenchError after a minute."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check_alive()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        log = tail(self._command.log)
        raise BenchError(f"expected port {port} to open in {START_SECONDS:.0f} s; its log ends:\n{log}")

    def stop(self, ask: signal.Signals = signal.SIGTERM) -> None:
        """Ask the program to end; what is left of it and its children after a while is killed."""
        if self._popen.poll() is None:
            self._popen.send_signal(ask)
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def _texts(self, name: str) -> Iterator[str]:
        for pid in descendants(self.pid):
            if text := _read(Path(f"/proc/{pid}/{name}")):
                yield text


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would configure a gateway: its own variables, keys and proxies."""
    configures = re.compile(r"^(FEN|OTEL|LITELLM)_|_(KEY|TOKEN|SECRET|PASSWORD)$|_PROXY$", re.IGNORECASE)
    return {name: value for name, value in environ.items() if not configures.search(name)}


@contextmanager
def started(command: Command) -> Iterator[Process]:
    """Run a program for the length of the block, with what it prints going to its log."""
    environment = clean_environment(os.environ) | dict(command.environment)
    with command.log.open("ab") as log, on_cores(command.cores):
        popen = subprocess.Popen(
            command.argv,
            cwd=command.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a group of its own, so that its children can be ended with it
        )
    process = Process(popen, command)
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def on_cores(cores: frozenset[int] | None) -> Iterator[None]:
    """Let programs that are started in the block run only on `cores`; they inherit it from this process."""
    before = os.sched_getaffinity(0)
    if cores is not None:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, or nothing where there is none."""
    return "\n".join(_read(log).splitlines()[-lines:])


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
