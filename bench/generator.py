"""The measuring side of the load process: give it a job, wait for what it saw, refuse wrong answers."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.load import Notice, Seen, StreamJob, WholeJob
from bench.process import BenchError, on_cores, tail


class Generator:
    """A running load process."""

    def __init__(self, popen: "subprocess.Popen[bytes]", log: Path) -> None:
        self._popen = popen
        self._log = log
        self._decoder = msgspec.json.Decoder(Notice | Seen)

    def run(self, job: WholeJob | StreamJob, when_open: Callable[[], None] = lambda: None) -> Seen:
        """Do a job to its end; raises BenchError if a single answer was wrong or missing."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._popen.stdin.write(msgspec.json.encode(job) + b"\n")
        self._popen.stdin.flush()
        while True:
            line = self._popen.stdout.readline()
            if not line:
                raise BenchError(f"the load process ended; its log ends:\n{tail(self._log)}")
            said = self._decoder.decode(line)
            if isinstance(said, Seen):
                return _checked(said, job)
            when_open()


def _checked(seen: Seen, job: WholeJob | StreamJob) -> Seen:
    expected = job.requests if isinstance(job, WholeJob) else job.streams
    if seen.wrong or seen.right != expected:
        faults = "\n  ".join(seen.errors)
        raise BenchError(f"expected {expected} right answers, found {seen.right} and faults:\n  {faults}")
    return seen


@contextmanager
def started_generator(folder: Path, log: Path, cores: frozenset[int] | None) -> Iterator[Generator]:
    """Run the load process for the length of the block."""
    with log.open("ab") as errors, on_cores(cores):
        popen = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Generator(popen, log)
    finally:
        popen.kill()
        popen.communicate()
