"""SIGKILL at random moments of a run: no call is repeated that the books know as answered, same scores."""

import asyncio
import json
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from fen.evals.store import read_records, read_runs
from fen.ledger import Book, Entry
from fen.storage import open_storage
from tests.fakes.upstream import FakeUpstream
from tests.integration.evals.playing import count_bodies, outcomes
from tests.serving import CONFIG
from tests.sizes import pick

KILLS = pick(2, 20)
COUNT = pick(120, 600)
SEED = 20261127
WORDS = ["puzzles", "--model", "fake/gpt-4o-mini", "--yes", "--json", "--concurrency", "6"]
OPTIONS = ["--set", f"puzzles.count={COUNT}", "--set", "puzzles.script=-delay-25ms"]


def furnish(home: Path, base_url: str) -> Path:
    home.mkdir()
    (home / "fen.toml").write_text(CONFIG.format(base_url=base_url))
    return home


async def start(home: Path) -> Process:
    environ = {**os.environ, "FEN_HOME": str(home), "FEN_CONFIG": str(home / "fen.toml")}
    environ.pop("FEN_URL", None)
    command = [sys.executable, "-m", "tests.fakes.eval_cli", "eval", "run", *WORDS, *OPTIONS]
    return await asyncio.create_subprocess_exec(*command, env=environ, stdout=PIPE, stderr=PIPE)


async def finish(process: Process) -> Any:
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def read_home(home: Path) -> tuple[list[Entry], list[tuple[Any, ...]]]:
    """The books of a home, and what came of the samples of its only run."""
    storage = open_storage(f"sqlite:///{home / 'fen.db'}")
    [run] = await storage.read(read_runs)
    records = await storage.read(lambda connection: read_records(connection, run.id))
    entries = await Book(storage).latest(100_000)
    await storage.close()
    return entries, outcomes(records)


async def test_no_call_is_repeated_that_had_been_answered(fake: FakeUpstream, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    home, whole = (furnish(tmp_path / name, fake.base_url) for name in ("killed", "whole"))
    killed = 0
    step = COUNT // (KILLS + 1)
    while killed < KILLS:
        process = await start(home)
        seen = len(fake.records)
        await fake.until(lambda _: True, count=seen + chance.randint(1, step), within=60)
        await asyncio.sleep(chance.random() * 0.03)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        killed += 1
    told = await finish(await start(home))
    assert (told["state"], told["suites"][0]["n"]) == ("finished", COUNT)

    entries, scores = await read_home(home)
    settled = [entry.settlement for entry in entries if entry.settlement is not None]
    assert len(settled) == len(entries)
    answered = [settlement for settlement in settled if settlement.reason != "crash"]
    assert {settlement.status for settlement in answered} == {200}
    asked = count_bodies(fake)
    assert len(asked) == COUNT
    # Each question has one settled answer, so that what was asked again is what a kill had cut off.
    assert len(answered) == COUNT
    assert sum(asked.values()) - COUNT <= len(settled) - len(answered)

    await finish(await start(whole))
    _, expected = await read_home(whole)
    assert scores == expected
