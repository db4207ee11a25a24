"""A run that a real Ray cluster of this machine plays, where scripts/ray.sh has installed the extra `ray`.

Ray takes some ten seconds to start, so that only `make prove` runs this.
"""

import asyncio
import json
import os
import random
import re
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from msgspec.structs import replace

from fen.evals.record import Record
from fen.evals.store import read_records, read_runs
from fen.ledger import Book, Entry
from fen.storage import open_storage
from tests.fakes.upstream import FakeUpstream
from tests.integration.evals.playing import count_bodies, outcomes, spend
from tests.serving import CONFIG
from tests.sizes import is_proving

ROOT = Path(__file__).parents[3]
VENV = ROOT / "build/ray"
KEY = "sk-not-to-be-seen"
SEED = 20261127

pytestmark = [
    pytest.mark.skipif(not is_proving(), reason="FEN_PROVE=1 runs a Ray cluster"),
    pytest.mark.skipif(
        not (VENV / ".installed").exists(), reason="the extra ray is not installed: run scripts/ray.sh"
    ),
]


class Home:
    """A FEN_HOME with a file of questions; commands over it."""

    def __init__(self, folder: Path, fake: FakeUpstream, count: int, database: str | None = None) -> None:
        folder.mkdir()
        table = CONFIG.format(base_url=fake.base_url).replace("\n\n", '\napi_key_env = "PRIVATE_KEY"\n\n', 1)
        (folder / "fen.toml").write_text(table)
        self.questions = folder / "questions.jsonl"
        rows = [
            {
                "question": f"Question {number} [[tokens-{1 + number % 4}-delay-25ms]]",
                "answer": f"#### {number % 4 if number % 3 else 77}",
            }
            for number in range(count)
        ]
        self.questions.write_text("\n".join(map(json.dumps, rows)))
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("FEN_")}
        self.environ |= {
            "FEN_HOME": str(folder),
            "FEN_CONFIG": str(folder / "fen.toml"),
            "PRIVATE_KEY": KEY,
        }
        self.url = database or f"sqlite:///{folder / 'fen.db'}"
        if database is not None:
            self.environ["FEN_DATABASE_URL"] = database

    async def start(self, *words: str) -> Process:
        command = ["-m", "fen", "eval", "run", "gsm8k", "--model", "fake/gpt-4o-mini", "--yes", "--json"]
        command += ["--set", f"gsm8k.file={self.questions}", "--concurrency", "6", *words]
        return await asyncio.create_subprocess_exec(
            str(VENV / "bin/python"), *command, cwd=ROOT, env=self.environ, stdout=PIPE, stderr=PIPE
        )

    async def run(self, *words: str) -> Any:
        return await finish(await self.start(*words))

    async def read(self) -> tuple[list[Entry], list[list[Record]]]:
        """The books, and the records of each run, the newest first."""
        storage = open_storage(self.url)
        runs = await storage.read(read_runs)
        records = [await storage.read(lambda c, run=run: read_records(c, run.id)) for run in runs]
        book = Book(storage)
        entries = await book.latest(100_000)
        assert await book.check() == []
        await storage.close()
        return entries, records


async def finish(process: Process) -> Any:
    out, err = await asyncio.wait_for(process.communicate(), 300)
    assert process.returncode == 0, err.decode()
    assert KEY not in (out + err).decode()
    return json.loads(out)


def find_workers(process: Process) -> list[psutil.Process]:
    """The processes of a command in which samples are played: Ray names them after the actor."""
    found: list[psutil.Process] = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            if re.match(r"ray::ClusterWorker", " ".join(child.cmdline())):
                found.append(child)
        except psutil.Error:
            continue
    return found


async def wait_gone(processes: list[psutil.Process], within: float) -> None:
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, within)
    assert alive == []


def strip(records: list[Record]) -> list[Record]:
    """Records without what two runs never share."""
    return [replace(record, run="", seconds=0.0) for record in records]


SPREAD = ("--ray", "--workers", "2")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_results_are_those_of_a_run_without(
    fake: FakeUpstream, tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else None
    home = Home(tmp_path / "home", fake, 300, url)
    far = await home.run(*SPREAD)
    assert Counter(count_bodies(fake).values()) == {1: 300}
    near = await home.run("--fresh")
    entries, [alone, spread] = await home.read()
    assert (far["state"], far["spent"], far["suites"]) == (near["state"], near["spent"], near["suites"])
    assert len(spread) == 300
    # Keys of answers hold the run's name where it is `--fresh`.
    assert strip([replace(record, calls=()) for record in spread]) == strip(
        [replace(record, calls=()) for record in alone]
    )
    replicas = Counter(entry.hold.replica for entry in entries)
    assert len(replicas) == 4  # two commands and two workers
    assert all(count > 15 for count in replicas.values())


async def test_the_cap_holds_over_all_workers(fake: FakeUpstream, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", fake, 300)
    limit = Decimal("0.0012")
    poor = await home.run(*SPREAD, "--budget", f"{limit}USD")
    assert poor["state"] == "budget"
    entries, _ = await home.read()
    # A call is held at 512 tokens and its prompt's bytes, 0.00035 USD: where less is left, nothing is asked.
    assert limit - Decimal("0.0004") < spend(entries) <= limit
    rich = await home.run(*SPREAD, "--budget", "1USD")
    assert (rich["run"], rich["state"], rich["suites"][0]["n"]) == (poor["run"], "finished", 300)
    assert Counter(count_bodies(fake).values()) == {1: 300}


async def test_a_killed_worker_loses_nothing(fake: FakeUpstream, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    home = Home(tmp_path / "home", fake, 600)
    process = await home.start(*SPREAD)
    for seen in (60, 250):
        await fake.until(lambda _: True, count=seen + chance.randint(1, 60), within=120)
        victim = chance.choice(find_workers(process))
        victim.send_signal(signal.SIGKILL)
    told = await finish(process)
    assert (told["state"], told["suites"][0]["n"]) == ("finished", 600)
    entries, [records] = await home.read()
    check_nothing_lost(fake, entries, 600)
    await home.run("--fresh")
    _, [expected, _] = await home.read()
    assert outcomes(records) == outcomes(expected)


async def test_a_killed_command_is_finished_by_the_next(fake: FakeUpstream, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", fake, 600)
    process = await home.start(*SPREAD)
    await fake.until(lambda _: True, count=150, within=120)
    workers = find_workers(process)
    assert len(workers) == 2
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await wait_gone(workers, 30)
    assert len(fake.records) < 600
    told = await home.run(*SPREAD)
    assert (told["state"], told["suites"][0]["n"]) == ("finished", 600)
    entries, [_] = await home.read()
    check_nothing_lost(fake, entries, 600)


async def test_ctrl_c_ends_the_workers_and_settles(fake: FakeUpstream, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", fake, 600)
    process = await home.start(*SPREAD)
    await fake.until(lambda _: True, count=150, within=120)
    workers = find_workers(process)
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 130
    await wait_gone(workers, 10)
    entries, [records] = await home.read()
    assert 20 < len(records) < 600
    assert all(entry.settlement is not None for entry in entries)


async def test_no_key_is_in_rays_logs(fake: FakeUpstream, tmp_path: Path) -> None:
    fake.key = KEY
    home = Home(tmp_path / "home", fake, 60)
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:  # a short path: sockets are in it
        home.environ["RAY_TMPDIR"] = folder
        told = await home.run(*SPREAD)
        logs = read_logs(Path(folder) / "ray")
    assert told["suites"][0]["outcomes"]["api_error"] == 0
    assert len(logs) > 5
    assert [name for name, text in logs.items() if KEY.encode() in text] == []


def read_logs(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.glob("session_*/**/*") if path.is_file()}


def check_nothing_lost(fake: FakeUpstream, entries: list[Entry], count: int) -> None:
    """Each question has one settled answer; what was asked again is what a kill had cut off."""
    settled = [entry.settlement for entry in entries if entry.settlement is not None]
    assert len(settled) == len(entries)
    answered = [settlement for settlement in settled if settlement.reason != "crash"]
    assert {settlement.status for settlement in answered} == {200}
    asked = count_bodies(fake)
    assert len(asked) == count
    assert len(answered) == count
    assert sum(asked.values()) - count <= len(settled) - len(answered)
