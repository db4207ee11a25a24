"""Who waits for the disk: the loop while it is quick, the writer's thread while it is slow."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import make_url

from fen.storage.local_writer import QUICK_SECONDS, LocalWriter
from fen.storage.sqlite import SqliteBackend
from fen.storage.statement import Cursor

ENOUGH = 100
"""Commits after which a quick disk is known to be quick."""


class Clock:
    """Tells each commit's duration: what is set before it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.step = 0.0
        self.threads: list[str] = []

    def __call__(self) -> float:
        self.now += self.step
        self.threads.append(threading.current_thread().name)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("fen.storage.local_writer.time.perf_counter", clock)
    return clock


def do_nothing(cursor: Cursor) -> None:
    cursor.execute("SELECT 1")
    cursor.fetchall()


async def test_commits_go_where_the_disks_pace_sends_them(tmp_path: Path, clock: Clock) -> None:
    writer = LocalWriter(SqliteBackend(make_url(f"sqlite:///{tmp_path / 'fen.db'}")))
    try:
        clock.step = QUICK_SECONDS / 10
        for _ in range(ENOUGH):
            await writer.run(do_nothing)
        assert clock.threads[0] == "fen-writer"  # nothing is known of the disk yet
        assert clock.threads[-1] == threading.current_thread().name
        clock.step = QUICK_SECONDS * 10
        await writer.run(do_nothing)
        clock.step = QUICK_SECONDS / 10
        await writer.run(do_nothing)
        assert clock.threads[-1] == "fen-writer"  # one slow commit is enough
        for _ in range(ENOUGH):
            await writer.run(do_nothing)
        assert clock.threads[-1] == threading.current_thread().name
    finally:
        await writer.close()


async def test_a_quick_disk_takes_a_long_queue(tmp_path: Path, clock: Clock) -> None:
    writer = LocalWriter(SqliteBackend(make_url(f"sqlite:///{tmp_path / 'fen.db'}")))
    try:
        for _ in range(ENOUGH):
            await writer.run(do_nothing)
        done = [writer.run(do_nothing) for _ in range(20_000)]
        await done[-1]
        assert all(future.done() for future in done)
    finally:
        await writer.close()
