"""How much memory is free, asked before work starts."""

from __future__ import annotations

from pathlib import Path

from fen.wire.errors import ConfigError

MEMINFO = Path("/proc/meminfo")


def find_memory(told: Path = MEMINFO) -> int | None:
    """Return the bytes of memory that a new program may use; None where the system does not tell."""
    try:
        lines = told.read_text("utf-8").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else None


def check_memory(needed: int, work: str, told: Path = MEMINFO) -> None:
    """Raise ConfigError where fewer bytes are free than some work needs."""
    found = find_memory(told)
    if found is not None and found < needed:
        raise ConfigError(f"found {found >> 20} MiB of free memory, expected {needed >> 20} MiB {work}")
