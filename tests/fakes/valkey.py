"""A private Valkey (or Redis) server on loopback, which a test may stop, freeze and start again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

_PROGRAMS = ("valkey-server", "redis-server")
_ATTEMPTS = 5


def find_program() -> str:
    """Return the server's program, or skip the test."""
    for name in _PROGRAMS:
        program = shutil.which(name)
        if program is not None:
            return program
    pytest.skip(f"found none of {', '.join(_PROGRAMS)} (scripts/system-packages.sh test installs one)")


class ValkeyServer:
    """A server that keeps nothing on disk; the port stays the same over a restart."""

    def __init__(self, folder: Path) -> None:
        self._program = find_program()
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it listens."""
        for _ in range(_ATTEMPTS):
            port = self.port or _find_port()
            if self._try(port):
                self.port = port
                return
        raise RuntimeError(f"found no {self._program} that starts on a free port, expected one")

    def stop(self) -> None:
        """Kill it: clients see a reset connection, then a refused one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Let it hang: clients see no answer."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _try(self, port: int) -> bool:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [self._program, *options, "--dir", str(self._folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return True
        self.stop()  # it ended: somebody else has the port
        return False

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
