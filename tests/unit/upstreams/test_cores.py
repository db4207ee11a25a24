import os
from pathlib import Path

import pytest

from fen.upstreams._cores import choose_threads


def machine(folder: Path, siblings: list[str], quota: str | None = None) -> dict[str, Path]:
    for cpu, text in enumerate(siblings):
        topology = folder / f"cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(text + "\n")
    if quota is not None:
        (folder / "cpu.max").write_text(quota + "\n")
    return {"cpus": folder, "cgroup": folder}


@pytest.mark.parametrize(
    ("siblings", "quota", "threads"),
    [
        (["0"], None, 1),
        (["0", "1"], None, 2),
        (["0", "1", "2"], None, 2),
        (["0-1", "0-1", "2-3", "2-3"], None, 2),
        (["0", "1", "2", "3", "4", "5", "6", "7"], None, 7),
        (["0", "1", "2", "3"], "max 100000", 3),
        (["0", "1", "2", "3"], "200000 100000", 2),
        (["0", "1", "2", "3"], "50000 100000", 1),
    ],
)
def test_threads_fit_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, siblings: list[str], quota: str | None, threads: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(len(siblings))))
    assert choose_threads(**machine(tmp_path, siblings, quota)) == threads


def test_old_control_groups_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("100000\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert choose_threads(tmp_path, tmp_path) == 1


def test_machine_that_tells_nothing_counts_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert choose_threads(tmp_path, tmp_path) == 2
