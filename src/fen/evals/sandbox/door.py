"""The sandbox's door: a program goes in, how it ended comes out."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

Ending = Literal["passed", "failed", "time", "memory", "files", "processes", "network", "output", "system"]
"""`passed`: status 0. `failed`: another status. `system`: a forbidden call that is none of the others. The
rest: which limit it hit. Status 0 is the program's own word: a suite that must not believe it compares what
the program printed with what only the suite knows."""


class Ran(msgspec.Struct, frozen=True):
    """How a program ended; stdout and stderr are cut to what the limits allow."""

    ending: Ending
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0


class Limits(msgspec.Struct, frozen=True):
    """What a program may use: seconds of wall clock and of CPU, bytes of memory, bytes of each output.

    memory: of address space, on top of what the interpreter itself has mapped. There is no limit to choose
    for files, processes, threads and the network: a program gets none of them, on any machine.
    """

    seconds: float = 10.0
    cpu_seconds: float = 10.0
    memory: int = 1 << 30
    output: int = 1 << 16


USUAL = Limits()


class Sandbox(Protocol):
    """Runs Python programs that nobody trusts."""

    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        """Run a program in a process of its own, without network; raises ConfigError where that cannot be."""
        ...
