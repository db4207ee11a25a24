"""How many processor cores a computation may use without standing in its own way."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_CGROUP = Path("/sys/fs/cgroup")


def choose_threads(cpus: Path = _CPUS, cgroup: Path = _CGROUP) -> int:
    """Return how many threads the embedded model gets: all physical cores, less one from three up.

    llama.cpp's threads wait for each other actively, so one that has no core of its own stops all: measured
    on four cores with one of them busy, 4 threads gave 19 tokens/s and 3 gave 106. The core left free is for
    Fen itself. Cores are those of the process's affinity, bounded by its control group's quota.
    """
    cores = _physical(os.sched_getaffinity(0), cpus)
    quota = _quota(cgroup)
    if quota is not None:
        cores = min(cores, max(1, int(quota)))
    return cores if cores < 3 else cores - 1


def _physical(allowed: Iterable[int], cpus: Path) -> int:
    siblings: set[str] = set()
    for cpu in allowed:
        try:
            siblings.add((cpus / f"cpu{cpu}/topology/thread_siblings_list").read_text("ascii"))
        except OSError:
            siblings.add(str(cpu))
    return len(siblings)


def _quota(cgroup: Path) -> float | None:
    """Return the processor time that a container may use, in cores (cgroup v2, then v1)."""
    try:
        limit, period = (cgroup / "cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        try:
            limit = (cgroup / "cpu/cpu.cfs_quota_us").read_text("ascii").strip()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text("ascii").strip()
        except OSError:
            return None
    return None if limit in ("max", "-1") else int(limit) / int(period)
