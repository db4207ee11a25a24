"""A run's budget is a hard cap, whatever is asked at once; it ends the run cleanly."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from fen.evals.asking import make_budgets
from fen.evals.run import Result
from fen.ledger import Room
from fen.wire.errors import ConfigError
from fen.wire.money import Money
from tests.fakes.suites.puzzles import JUDGED, LONG, PUZZLES, TWICE
from tests.fakes.upstream import FakeUpstream
from tests.integration.evals.playing import Onlooker, Stage, open_stage, read_json, spend, usd
from tests.sizes import pick

RUNS = pick(4, 100)
SEED = 20261126


async def look(stage: Stage, result: Result) -> Room:
    """How the run's cap stands."""
    [budget] = make_budgets(result.run)
    await stage.app.storage.check()
    [room] = await stage.app.book.rooms([budget.cap(0)])
    return room


async def test_no_run_passes_its_budget(fake: FakeUpstream, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    full, limits = Decimal("0.0035"), dict[str, Decimal]()
    states: set[str] = set()
    options = {"puzzles.count": "60", "twice.count": "30", "puzzles.script": "-delay-2ms"}
    async with open_stage(tmp_path, fake.base_url) as stage:
        for number in range(RUNS):
            limit = Money(round(full * chance.randint(2, 25) / 100, 9), "USD")
            result = await stage.play(
                PUZZLES, TWICE, fresh=True, concurrency=50, budget=limit, seed=number, options=options
            )
            room = await look(stage, result)
            assert room.held.amount == 0
            assert room.spent.amount == result.spent.amounts.get("USD", Decimal(0)) <= limit.amount
            assert (result.state, result.run.ended is None) == (
                ("finished", False) if len(result.records) == 90 else ("budget", True)
            )
            limits[room.cap.id] = limit.amount
            states.add(result.state)
        assert await stage.app.book.check() == []
        spent = dict.fromkeys(limits, Decimal(0))
        for entry in await stage.entries():
            [reservation] = entry.hold.reservations
            assert entry.settlement is not None
            assert entry.settlement.cost is not None
            spent[reservation.cap] += entry.settlement.cost.amount
    assert len(limits) == RUNS
    assert states == {"budget", "finished"}
    assert all(spent[cap] <= limit for cap, limit in limits.items())
    # No answer was cut to what a budget had left: it would have been scored as the model's.
    assert {read_json(record)["max_tokens"] for record in fake.records} == {20}


async def test_more_money_goes_on_where_less_ended(fake: FakeUpstream, tmp_path: Path) -> None:
    async with open_stage(tmp_path, fake.base_url) as stage:
        poor = await stage.play(budget=usd("0.00008"), concurrency=50)
        assert (poor.state, 0 < len(poor.records) < 30) == ("budget", True)
        still = await stage.play(budget=usd("0.00008"), concurrency=50)
        assert (still.run.id, still.state) == (poor.run.id, "budget")
        rich = await stage.play(budget=usd("1"), concurrency=50)
        assert (rich.run.id, rich.state, len(rich.records)) == (poor.run.id, "finished", 30)
        assert len(fake.records) == 30
        assert (await look(stage, rich)).spent == Money(spend(await stage.entries()), "USD")


async def test_the_judges_calls_count_too(fake: FakeUpstream, tmp_path: Path) -> None:
    async with open_stage(tmp_path, fake.base_url) as stage:
        result = await stage.play(JUDGED, judge="fake/short", budget=usd("1"), limit=5)
        assert result.state == "finished"
        entries = await stage.entries()
        assert {entry.hold.model for entry in entries} == {"fake/short", "fake/gpt-4o-mini"}
        assert (await look(stage, result)).spent.amount == spend(entries)


async def test_an_answer_that_cannot_be_gone_on_with_is_no_answer(fake: FakeUpstream, tmp_path: Path) -> None:
    """A budget that ends within a continued answer leaves no cut one behind."""
    wish = {"model": "fake/short", "limit": 3, "options": {"long.script": "0", "long.most": "400"}}
    async with open_stage(tmp_path, fake.base_url) as stage:
        result = await stage.play(LONG, budget=usd("0.0005"), concurrency=2, **wish)
        assert result.state == "budget"
        assert "truncated" not in {record.score.outcome for record in result.records}
        assert (await look(stage, result)).spent.amount == spend(await stage.entries()) <= Decimal("0.0005")
        done = await stage.play(LONG, budget=usd("1"), concurrency=2, **wish)
        assert [record.score.outcome for record in done.records].count("truncated") == 0


@pytest.mark.parametrize(
    ("model", "judge", "message"),
    [
        ("fake/unpriced", None, "--budget: model: found no known price of fake/unpriced"),
        ("fake/gpt-4o-mini", "fake/unpriced", "--budget: model: found no known price of fake/unpriced"),
        (
            "fake/text-only",
            None,
            "--budget: model: found a price of fake/text-only in CNY and a budget in USD",
        ),
    ],
)
async def test_without_a_price_no_call_is_made(
    fake: FakeUpstream, tmp_path: Path, model: str, judge: str | None, message: str
) -> None:
    async with open_stage(tmp_path, fake.base_url) as stage:
        watch = Onlooker()
        with pytest.raises(ConfigError, match=message):
            await stage.play(watch=watch, model=model, judge=judge, budget=usd("1"))
        assert (fake.records, watch.permitted) == ([], [])
