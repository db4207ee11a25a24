"""The whole comparison: replay, both arms, DPO, and every row's answers, each step in a process of its own.

A step whose result is there is not done again, and one that was killed goes on from its last checkpoint: so
the same command goes on after a kill -9. On a GPU, which a small model does not fill, the rows run side by
side; on a CPU one after another.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from collections.abc import Coroutine
from pathlib import Path

import msgspec

from fen.training.libraries import check_libraries, find_versions
from fen.training.plan import Plan, hash_plan, read_plan
from fen.training.progress import tell
from fen.training.recipe import Recipe, choose_place
from fen.training.row import DPO_ROW, Answered, Site
from fen.training.trainer import Outcome
from fen.wire.errors import ConfigError


class Row(msgspec.Struct, frozen=True):
    """A row of the table: how its training went, None of the base model, and its answers."""

    training: Outcome | None
    answered: Answered


class Comparison(msgspec.Struct, frozen=True):
    """What a comparison came to; its answers lie beside it. seconds: of each step, side by side on a GPU."""

    recipe: Recipe
    plan_sha256: str
    device: str
    dtype: str
    versions: dict[str, str | None]
    rows: dict[str, Row]
    seconds: dict[str, float]


class Stage:
    """Runs steps as processes of this Python, at most so many at once, and times them."""

    def __init__(self, folder: Path, site: Site, at_once: int) -> None:
        self.seconds: dict[str, float] = {}
        self._words = [str(folder), "--base", str(site.base), "--out", str(site.out)]
        self._turn = asyncio.Semaphore(at_once)

    async def run(self, step: str, row: str | None = None) -> None:
        """Run one step; raises ConfigError where it fails, having told why on stderr."""
        words = ["-m", "fen.training", step, *self._words, "--tied", *(["--row", row] if row else [])]
        async with self._turn:
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdin=asyncio.subprocess.PIPE
            )
            try:
                code = await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
        name = " ".join((step, *([row] if row else [])))
        if code:
            raise ConfigError(f"the step {name} ended with {code}, expected 0; what stopped it is told above")
        self.seconds[name] = time.monotonic() - started
        tell(f"{name}: {self.seconds[name]:.1f} s")


async def compare(folder: Path, site: Site) -> Comparison:
    """Run all that a plan's folder asks for, and write `results.json`; blocks nothing but time.

    Raises ConfigError of a plan that is wrong, a library that is missing, or a step that fails.
    """
    check_libraries()
    plan = read_plan(folder)
    place = choose_place(plan.recipe)
    side_by_side = place.device == "cuda"
    stage = Stage(folder, site, 8 if side_by_side else 1)
    await stage.run("replay")
    await _run_all(stage.run("answer", "base"), *(_run_arm(stage, plan, arm) for arm in plan.arms))
    rows = {row: _read_row(site, row) for row in plan.rows}
    found = Comparison(
        plan.recipe,
        hash_plan(folder),
        _name_device(place.device),
        place.dtype,
        dict(find_versions()),
        rows,
        stage.seconds,
    )
    (site.out / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    return found


async def _run_arm(stage: Stage, plan: Plan, arm: str) -> None:
    await stage.run("train", arm)
    further = [_run_dpo(stage)] if arm == "treatment" and plan.pairs else []
    await _run_all(stage.run("answer", arm), *further)


async def _run_dpo(stage: Stage) -> None:
    await stage.run("train", DPO_ROW)
    await stage.run("answer", DPO_ROW)


async def _run_all(*steps: Coroutine[None, None, None]) -> None:
    """Run steps side by side; the first that fails stops the others, and is what is raised."""
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _read_row(site: Site, row: str) -> Row:
    outcome = site.outcome(row)
    training = msgspec.json.decode(outcome.read_bytes(), type=Outcome) if outcome.exists() else None
    return Row(training, msgspec.json.decode(site.result(row).read_bytes(), type=Answered))


def _name_device(device: str) -> str:
    if device == "cpu":
        return f"{platform.machine()}, {os.cpu_count()} cores"
    from fen.training.door import load_library  # noqa: PLC0415

    return str(load_library("torch").cuda.get_device_name())
