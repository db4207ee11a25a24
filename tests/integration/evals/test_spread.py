"""A spread run over several Fens with one database: the results, and the cap, are those of a run in one."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fen.evals import Suite
from fen.evals.player import Player, open_player
from fen.evals.record import Record
from fen.evals.run import Result, run_suites
from fen.evals.spread import Errand, Share, Slice, WorkerLost
from fen.wire.errors import ConfigError, FenError
from tests.fakes.suites.puzzles import LONG, PUZZLES, STUMBLING, TWICE
from tests.fakes.upstream import FakeUpstream
from tests.integration.evals.playing import (
    Onlooker,
    Stage,
    count_bodies,
    open_stage,
    outcomes,
    spend,
    usd,
)

ALONE = replace(LONG, name="alone", alone=True)


class Neighbour:
    """A Hand with a Fen of its own in this process; `dies` after so many slices, each played but not told."""

    def __init__(self, home: Path, url: str, suites: tuple[Suite, ...], dies: int | None) -> None:
        self._stack = AsyncExitStack()
        self._home, self._url, self._suites = home, url, suites
        self._player: Player | None = None
        self._dies = dies
        self.played = 0
        self.died = False

    async def open(self, errand: Errand) -> None:
        stage = await self._stack.enter_async_context(open_stage(self._home, self._url))
        self._player = await open_player(errand, self._suites, stage.means)

    async def play(self, piece: Slice) -> Share:
        assert self._player is not None
        share = await self._player.play(piece)
        self.played += share.done
        if self._dies is not None:
            self._dies -= 1
            if self._dies < 0:
                self.died = True
                raise WorkerLost("killed")
        return share

    async def stop(self) -> None:
        assert self._player is not None
        self._player.stop()

    async def close(self) -> None:
        await self._stack.aclose()


class Neighbours:
    """A Spread of them."""

    def __init__(self, home: Path, fake: FakeUpstream, *suites: Suite, dies: int | None = None) -> None:
        self.workers = 2
        self.hired: list[Neighbour] = []
        self._where = (home, fake.base_url)
        self._suites = suites
        self._dies = dies

    async def hire(self, errand: Errand) -> Neighbour:
        hand = Neighbour(*self._where, self._suites, None if self.hired else self._dies)
        self.hired.append(hand)
        try:
            await hand.open(errand)
        except BaseException:
            closing = asyncio.ensure_future(hand.close())
            while not closing.done():  # where another fails too, this is cancelled meanwhile
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([closing])
            raise
        return hand


async def play(stage: Stage, spread: Neighbours, *suites: Suite, concurrency: int = 8, **wish: Any) -> Result:
    run = await stage.begin(*suites, **wish)
    return await run_suites(run, suites, stage.means, Onlooker(), concurrency, spread)


def strip(records: tuple[Record, ...] | Any) -> list[Record]:
    """Records without what two runs never share."""
    return [replace(record, run="", seconds=0.0, calls=()) for record in records]


async def test_results_are_those_of_a_run_in_one_process(fake: FakeUpstream, tmp_path: Path) -> None:
    suites = (PUZZLES, TWICE, ALONE)
    wish: dict[str, Any] = {"epochs": 2, "options": {"puzzles.count": "60", "alone.count": "3"}}
    spread = Neighbours(tmp_path, fake, *suites)
    async with open_stage(tmp_path, fake.base_url) as stage:
        far = await play(stage, spread, *suites, **wish)
        asked = count_bodies(fake)
        near = await stage.play(*suites, fresh=True, **wish)
        assert await stage.app.book.check() == []
    assert (far.state, len(far.records), far.spent.amounts) == ("finished", 186, near.spent.amounts)
    assert strip(far.records) == strip(near.records)
    # What "twice" asks then is the same for several samples: within one process it is asked once.
    assert sum(asked.values()) <= sum(count_bodies(fake).values()) / 2 + 8
    assert len(spread.hired) == 2
    assert all(hand.played for hand in spread.hired)


async def test_the_cap_holds_over_all(fake: FakeUpstream, tmp_path: Path) -> None:
    spread = Neighbours(tmp_path, fake, PUZZLES)
    options = {"puzzles.count": "200", "puzzles.script": "-delay-2ms"}
    async with open_stage(tmp_path, fake.base_url) as stage:
        wish: dict[str, Any] = {"concurrency": 50, "options": options}
        poor = await play(stage, spread, PUZZLES, budget=usd("0.0003"), **wish)
        assert poor.state == "budget"
        assert 20 < len(poor.records) < 200
        spent = spend(await stage.entries())
        assert spent == poor.spent.amounts["USD"] <= Decimal("0.0003")
        assert spent > Decimal("0.00025")
        rich = await play(stage, spread, PUZZLES, budget=usd("1"), **wish)
        assert (rich.run.id, rich.state, len(rich.records)) == (poor.run.id, "finished", 200)
        assert await stage.app.book.check() == []
    assert set(count_bodies(fake).values()) == {1}


async def test_a_dead_workers_samples_are_not_asked_again(fake: FakeUpstream, tmp_path: Path) -> None:
    spread = Neighbours(tmp_path, fake, PUZZLES, dies=0)
    async with open_stage(tmp_path, fake.base_url) as stage:
        result = await play(stage, spread, PUZZLES, options={"puzzles.count": "150"})
        assert (result.state, len(result.records)) == ("finished", 150)
        near = await stage.play(PUZZLES, new=True, options={"puzzles.count": "150"})
    assert outcomes(result.records) == outcomes(near.records)
    assert spread.hired[0].died
    assert spread.hired[0].played > 0
    assert Counter(count_bodies(fake).values()) == {1: 150}


async def test_faults_of_suites_come_back(fake: FakeUpstream, tmp_path: Path) -> None:
    spread = Neighbours(tmp_path, fake, STUMBLING)
    async with open_stage(tmp_path, fake.base_url) as stage:
        result = await play(stage, spread, STUMBLING, options={"stumbling.count": "60"})
    assert (result.state, len(result.records)) == ("faults", 51)
    assert sorted(int(fault.sample[1:]) for fault in result.faults) == list(range(0, 60, 7))


async def test_an_upstream_that_refuses_stops_all(fake: FakeUpstream, tmp_path: Path) -> None:
    fake.key = "another"
    spread = Neighbours(tmp_path, fake, PUZZLES)
    async with open_stage(tmp_path, fake.base_url) as stage:
        with pytest.raises(FenError) as caught:
            await play(stage, spread, PUZZLES, model="fake/free", options={"puzzles.count": "200"})
    assert caught.value.code == "upstream_refused_key"
    assert len(fake.records) < 40


async def test_a_worker_with_other_samples_is_told(fake: FakeUpstream, tmp_path: Path) -> None:
    other = replace(PUZZLES, load=LONG.load, version="2")
    spread = Neighbours(tmp_path, fake, other)
    async with open_stage(tmp_path, fake.base_url) as stage:
        with pytest.raises(ConfigError, match="a worker found other samples than the command"):
            await play(stage, spread, PUZZLES)


async def test_a_worker_with_another_database_is_told(fake: FakeUpstream, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    spread = Neighbours(tmp_path / "elsewhere", fake, PUZZLES)
    async with open_stage(tmp_path, fake.base_url) as stage:
        with pytest.raises(ConfigError, match=r"a worker found no run run_.* in its database"):
            await play(stage, spread, PUZZLES)
