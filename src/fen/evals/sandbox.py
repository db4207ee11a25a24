"""The sandbox's door: a program goes in, how it ended comes out."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

Ending = Literal["passed", "failed", "time", "memory", "files", "processes", "network", "output", "system"]
"""`passed`: status 0. `failed`: another status. `system`: a forbidden call. The rest: which limit it hit."""


class Ran(msgspec.Struct, frozen=True):
    """How a program ended; stdout and stderr are cut to what the limits allow."""

    ending: Ending
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0


class Limits(msgspec.Struct, frozen=True):
    """What a program may use: seconds of wall clock and of CPU, bytes of memory, of files and of output."""

    seconds: float = 10.0
    cpu_seconds: float = 10.0
    memory: int = 1 << 30
    file_bytes: int = 1 << 20
    processes: int = 1
    output: int = 1 << 16


USUAL = Limits()


class Sandbox(Protocol):
    """Runs Python programs that nobody trusts."""

    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        """Run a program in a process of its own, without network; raises ConfigError where that cannot be."""
        ...
