"""Runs in this process, over a home of the test's own and a scripted upstream."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from fen.app import App, load_settings, open_app
from fen.app.evals import make_means, open_files, point_at
from fen.evals import Suite
from fen.evals.estimate import Estimate
from fen.evals.means import Means
from fen.evals.record import Record, Run
from fen.evals.run import Result, Sitting, begin_run, run_suites
from fen.ledger import Entry
from fen.wire.money import Money
from tests.fakes.suites.puzzles import PUZZLES
from tests.fakes.upstream import FakeUpstream
from tests.serving import CONFIG

MODEL = "fake/gpt-4o-mini"
MORE = """
[models."fake/short"]
upstream = "fake"
upstream_model = "short"
context_window = 4096
max_output_tokens = 8
price = { input = "1", output = "2", currency = "USD" }

[models."fake/free"]
upstream = "fake"
upstream_model = "free"
context_window = 4096
max_output_tokens = 1024
price = { input = "0", output = "0", currency = "USD" }
"""


class Onlooker:
    """A Watch that agrees, or not, and remembers what it was shown."""

    def __init__(self, *, agrees: bool = True) -> None:
        self.agrees = agrees
        self.permitted: list[Estimate] = []
        self.shown: list[Estimate] = []
        self.sitting: Sitting | None = None

    def begin(self, sitting: Sitting) -> None:
        self.sitting = sitting

    def permit(self, worst: Estimate) -> None:
        self.permitted.append(worst)

    def agree(self, estimated: Estimate) -> bool:
        self.shown.append(estimated)
        return self.agrees


class Stage:
    """An open Fen, and runs in it."""

    def __init__(self, app: App, means: Means) -> None:
        self.app = app
        self.means = means

    async def begin(self, *suites: Suite, new: bool = False, **wish: Any) -> Run:
        """Return the run that a command would begin, or go on with."""
        usual: dict[str, Any] = {"model": MODEL, "started": datetime.now(UTC)}
        names = tuple(suite.name for suite in suites)
        return await begin_run(Run(id="", suites=names, **(usual | wish)), suites, self.means, new=new)

    async def play(
        self, *suites: Suite, watch: Onlooker | None = None, concurrency: int = 8, **wish: Any
    ) -> Result:
        """Run suites as the command does."""
        chosen = suites or (PUZZLES,)
        run = await self.begin(*chosen, **wish)
        return await run_suites(run, chosen, self.means, watch or Onlooker(), concurrency)

    async def entries(self) -> list[Entry]:
        """All entries of the books."""
        await self.app.storage.check()
        return await self.app.book.latest(100_000)


@asynccontextmanager
async def open_stage(
    home: Path, base_url: str, extra: str = "", point: tuple[str, str] | None = None, **environ: str
) -> AsyncIterator[Stage]:
    """Open a Fen; point: a model and an address that no settings know."""
    config = home / "fen.toml"
    config.write_text(CONFIG.format(base_url=base_url) + MORE + extra)
    settings = load_settings(config, {"FEN_HOME": str(home), **environ})
    if point is not None:
        settings, _ = point_at(settings, *point)
    async with open_app(settings) as app:
        yield Stage(app, make_means(app, open_files(settings, None)))


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def count_bodies(fake: FakeUpstream) -> Counter[bytes]:
    """How often each request was asked."""
    return Counter(record.body for record in fake.records)


def outcomes(records: Sequence[Record]) -> list[tuple[str, str, int, str, float]]:
    """What came of each sample."""
    return [(r.suite, r.sample, r.epoch, r.score.outcome, r.score.value) for r in records]


def spend(entries: Sequence[Entry]) -> Decimal:
    """What all entries cost."""
    costs = [entry.settlement.cost for entry in entries if entry.settlement is not None]
    return sum((cost.amount for cost in costs if cost is not None), Decimal(0))


def read_json(record: Any) -> Any:
    return msgspec.json.decode(record.body)
