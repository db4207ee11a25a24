"""A run from its samples to its records: what is asked, kept, counted and asked again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fen.evals.rescore import rescore_run
from fen.evals.run import Result
from fen.evals.store import find_run, read_records, read_responses, read_runs
from fen.evals.suite import Suite
from fen.wire.errors import ConfigError, NotFound, UpstreamFailed
from fen.wire.money import Money
from tests.fakes.busy import BusyUpstream
from tests.fakes.suites.puzzles import JUDGED, LONG, PUZZLES, STUMBLING, TWICE, make_suite, score
from tests.fakes.upstream import FakeUpstream
from tests.integration.evals.playing import (
    MODEL,
    Onlooker,
    Stage,
    count_bodies,
    open_stage,
    outcomes,
    read_json,
    spend,
    usd,
)


@pytest.fixture
async def stage(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, fake.base_url) as opened:
        yield opened


async def read_back(stage: Stage, result: Result) -> Result:
    """Check that the database says what the result says."""
    storage, run_id = stage.app.storage, result.run.id
    assert await storage.read(lambda connection: read_records(connection, run_id)) == result.records
    assert await storage.read(lambda connection: find_run(connection, run_id)) == result.run
    return result


async def test_each_sample_is_asked_once_recorded_and_paid(stage: Stage, fake: FakeUpstream) -> None:
    result = await read_back(stage, await stage.play())
    assert (result.state, len(result.records), result.run.ended is not None) == ("finished", 30, True)
    assert {record.score.outcome for record in result.records} == {"correct", "wrong"}
    assert set(count_bodies(fake).values()) == {1}
    entries = await stage.entries()
    assert len(entries) == len(fake.records) == 30
    assert {(entry.hold.tag, entry.hold.stream) for entry in entries} == {("eval", False)}
    costs = [record.cost.amount for record in result.records if record.cost is not None]
    assert sum(costs) == spend(entries) == result.spent.amounts["USD"] > 0


async def test_what_was_asked_and_answered_is_kept(stage: Stage) -> None:
    result = await stage.play()
    keys = [key for record in result.records for key in record.calls]
    kept = await stage.app.storage.read(lambda connection: read_responses(connection, keys))
    assert len(kept) == 30
    for record in result.records:
        [found] = [kept[key] for key in record.calls]
        number = int(record.sample[1:])
        assert f"Question {number} " in read_json_text(found.request)
        assert found.response.text.split() == [f"word{n}" for n in range(1 + number % 4)]
        assert found.response.cost == record.cost
        assert (found.run, found.response.finish_reason) == (result.run.id, "stop")
        [entry] = await stage.app.book.find(found.response.request_id)
        assert entry.settlement is not None
        assert entry.settlement.cost == record.cost


def read_json_text(request: bytes) -> str:
    return request.decode()


async def test_the_next_run_asks_only_what_is_not_kept(stage: Stage, fake: FakeUpstream) -> None:
    first = await stage.play(limit=10)
    second = await stage.play(limit=20)
    assert second.run.id != first.run.id
    assert {record.sample for record in first.records} < {record.sample for record in second.records}
    assert len(fake.records) == 20
    assert spend(await stage.entries()) == first.spent.amounts["USD"] + second.spent.amounts["USD"]
    assert (await stage.play(limit=20)).spent.amounts == {}
    assert len(fake.records) == 20


async def test_epochs_and_fresh_runs_are_asked_anew(stage: Stage, fake: FakeUpstream) -> None:
    result = await stage.play(limit=5, epochs=3)
    assert sorted({record.epoch for record in result.records}) == [0, 1, 2]
    assert set(count_bodies(fake).values()) == {3}
    again = await stage.play(limit=5, fresh=True)
    assert len(fake.records) == 20
    assert again.spent.amounts["USD"] > 0


async def test_a_run_that_was_broken_off_is_gone_on_with(stage: Stage, fake: FakeUpstream) -> None:
    wish = {"limit": 25, "options": {"puzzles.script": "-delay-20ms"}}
    task = asyncio.create_task(stage.play(concurrency=4, **wish))
    await fake.until(lambda record: record.finished.is_set(), count=9)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    asked = len(fake.records)
    result = await read_back(stage, await stage.play(concurrency=4, **wish))
    runs = await stage.app.storage.read(read_runs)
    assert [run.id for run in runs] == [result.run.id]
    assert len(result.records) == 25
    whole = [entry for entry in await stage.entries() if entry.settlement and entry.settlement.status == 200]
    assert len(whole) == 25  # what had been answered was not asked again
    assert len(fake.records) <= asked + 25 - (len(whole) - (len(fake.records) - asked))
    other = await stage.play(new=True, **wish)
    assert other.run.id != result.run.id
    assert outcomes(other.records) == outcomes(result.records)


async def test_several_calls_a_sample_and_a_timed_one(stage: Stage, fake: FakeUpstream) -> None:
    result = await read_back(stage, await stage.play(TWICE, limit=6))
    assert all(len(record.calls) == 2 for record in result.records)
    keys = [key for record in result.records for key in record.calls]
    kept = await stage.app.storage.read(lambda connection: read_responses(connection, keys))
    for record in result.records:
        first, second = (kept[key].response for key in record.calls)
        assert first.timing is None
        assert second.timing is not None
        assert len(second.timing.pieces) == 2
        assert 0 < second.timing.first <= second.timing.last <= second.seconds
        assert second.cost is not None
        assert second.request_id.startswith("req_")
        assert record.output_tokens == first.output_tokens + 2
    assert sum(bool(read_json(record).get("stream")) for record in fake.records) == 6
    assert spend(await stage.entries()) == result.spent.amounts["USD"]
    assert (await stage.play(TWICE, limit=6)).spent.amounts == {}


async def test_only_a_continued_call_goes_past_the_models_limit(stage: Stage) -> None:
    options = {"long.script": "0", "puzzles.script": "0"}  # answers of 10, 20, 30 and 40 tokens
    options |= {"long.most": "400", "puzzles.most": "400"}
    result = await stage.play(PUZZLES, LONG, model="fake/short", limit=8, options=options)
    for record in result.records:
        assert record.output_tokens == 8 if record.suite == "puzzles" else record.output_tokens > 8
    cut = [record.score.outcome for record in result.records if record.suite == "puzzles"]
    assert cut == ["truncated"] * 8


async def test_a_judges_money_is_counted_apart(stage: Stage) -> None:
    result = await stage.play(JUDGED, judge="fake/text-only", limit=5)
    assert {record.score.value for record in result.records} == {0.75}
    assert {record.judge_cost and record.judge_cost.currency for record in result.records} == {"CNY"}
    assert set(result.spent.amounts) == {"USD", "CNY"}
    with pytest.raises(ConfigError, match="suite judged: found no judge, expected --judge MODEL"):
        await stage.play(JUDGED)


async def test_a_suites_fault_ends_its_own_sample_only(stage: Stage, fake: FakeUpstream) -> None:
    result = await stage.play(STUMBLING)
    assert (result.state, len(result.records), result.run.ended) == ("faults", 25, None)
    assert sorted(fault.sample for fault in result.faults) == ["q0", "q14", "q21", "q28", "q7"]
    assert "KeyError: 'q14' (" in next(fault.error for fault in result.faults if fault.sample == "q14")
    mended = make_suite("stumbling", score=score)
    done = await stage.play(mended)
    assert (done.run.id, done.state, len(done.records)) == (result.run.id, "finished", 30)
    assert len(fake.records) == 30


async def test_failed_calls_are_tried_again_and_then_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fen.evals.patience.FIRST_PAUSE", 0.01)
    fake = BusyUpstream(breaks=4, status=500, retry="0")
    async with fake, open_stage(tmp_path, fake.base_url, "[retry]\nretries = 0\n") as stage:
        [lost] = (await stage.play(limit=1)).records
        assert len(fake.records) == 3
        assert (lost.score.outcome, lost.score.detail["status"]) == ("api_error", 502)
        assert (lost.calls, lost.cost) == ((), usd("0"))
        [again] = (await stage.play(limit=1)).records  # the first of its two tries fails
        assert again.score.outcome != "api_error"
        assert len(fake.records) == 5


async def test_what_no_call_survives_stops_the_run(fake: FakeUpstream, tmp_path: Path) -> None:
    async with FakeUpstream(key="secret") as locked, open_stage(tmp_path, locked.base_url) as stage:
        with pytest.raises(UpstreamFailed, match="own key or account"):
            await stage.play()
        assert len(locked.records) <= 8
        with pytest.raises(NotFound, match="no-such"):
            await stage.play(model="fake/no-such")


async def test_nobody_stands_in_for_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fen.evals.patience.FIRST_PAUSE", 0.01)
    extra = '[retry]\nretries = 0\n[models."fake/proud"]\nupstream = "fake"\nupstream_model = "status-500"\n'
    extra += f'max_output_tokens = 99\nfallbacks = ["{MODEL}"]\n'
    async with FakeUpstream() as fake, open_stage(tmp_path, fake.base_url, extra) as stage:
        result = await stage.play(model="fake/proud", limit=2)
        assert [record.score.outcome for record in result.records] == ["api_error"] * 2
        assert {read_json(record)["model"] for record in fake.records} == {"status-500"}


async def test_a_pilot_says_what_the_rest_may_cost(stage: Stage, fake: FakeUpstream) -> None:
    watch = Onlooker(agrees=False)
    declined = await stage.play(watch=watch)
    assert (declined.state, len(declined.records)) == ("declined", 20)
    [worst], [shown] = watch.permitted, watch.shown
    assert (worst.samples, worst.low, shown.samples) == (30, None, 10)
    assert shown.low is not None
    assert shown.high is not None
    assert shown.low.amounts["USD"] <= shown.high.amounts["USD"] <= shown.worst.amounts["USD"]
    watch.agrees = True
    done = await stage.play(watch=watch)
    assert (done.run.id, len(done.records), len(fake.records)) == (declined.run.id, 30, 30)
    assert done.spent.amounts["USD"] <= shown.worst.amounts["USD"]
    held = [entry.hold.cost_max.amount for entry in await stage.entries() if entry.hold.cost_max]
    assert sum(held) == worst.worst.amounts["USD"]


async def test_what_costs_nothing_asks_nobody(stage: Stage) -> None:
    watch = Onlooker(agrees=False)
    assert (await stage.play(watch=watch, model="fake/free", limit=5)).state == "finished"
    assert (watch.permitted, watch.shown) == ([], [])
    result = await stage.play(watch=watch, model="fake/free", limit=5)
    assert {record.cost for record in result.records} == {Money(usd("0").amount, "USD")}


@pytest.mark.parametrize("changed", [PUZZLES, make_suite("puzzles", scorer="always/1", score=JUDGED.score)])
async def test_rescoring_asks_nothing(stage: Stage, fake: FakeUpstream, changed: Suite) -> None:
    result = await stage.play(limit=6)
    rescored = await rescore_run(result.run, (changed,), stage.means)
    assert len(fake.records) == 6
    assert (rescored.changed, rescored.left) == (0, 0)
    assert outcomes(rescored.records) == outcomes(result.records)
    assert len(rescored.faults) == (0 if changed is PUZZLES else 6)  # it asks for a judge, and there is none


async def test_another_scorer_changes_the_records(stage: Stage) -> None:
    async def turn_round(sample, responses, aids):
        old = await score(sample, responses, aids)
        return type(old)("wrong" if old.value else "correct", 1 - old.value)

    result = await stage.play(TWICE, PUZZLES, limit=6)
    suites = (TWICE, make_suite("puzzles", score=turn_round, scorer="opposite/1"))
    rescored = await rescore_run(result.run, suites, stage.means)
    assert rescored.changed == 6
    kept = await stage.app.storage.read(lambda connection: read_records(connection, result.run.id))
    turned = [record for record in kept if record.suite == "puzzles"]
    assert {record.scorer for record in turned} == {"opposite/1"}
    before = [record.score.value for record in result.records if record.suite == "puzzles"]
    assert [record.score.value for record in turned] == [1 - value for value in before]


async def test_an_address_that_no_settings_know(fake: FakeUpstream, tmp_path: Path) -> None:
    async with FakeUpstream(key="sesame") as other:
        place = ("tokens-3", other.base_url)
        async with open_stage(tmp_path, fake.base_url, point=place, FEN_EVAL_API_KEY="sesame") as stage:
            result = await stage.play(model=f"127.0.0.1:{other.port}/tokens-3", limit=4)
            assert [record.score.outcome for record in result.records].count("api_error") == 0
            assert {read_json(record)["model"] for record in other.records} == {"tokens-3"}
            assert {record.cost for record in result.records} == {None}
            assert result.spent.unknown == len(other.records) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"puzzle.count": "3"}, "--set puzzle.count: found the suite 'puzzle', expected one of puzzles"),
        ({"puzzles.counts": "3"}, "found the option 'counts', expected one of count, script, most"),
    ],
)
async def test_an_option_that_nobody_has(stage: Stage, options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        await stage.play(options=options)


async def test_a_run_on_either_database(fake: FakeUpstream, tmp_path: Path, database_url: str) -> None:
    async with open_stage(tmp_path, fake.base_url, FEN_DATABASE_URL=database_url) as stage:
        poor = await stage.play(PUZZLES, TWICE, limit=20, budget=usd("0.0001"), concurrency=20)
        assert poor.state == "budget"
        assert poor.spent.amounts["USD"] == spend(await stage.entries()) <= usd("0.0001").amount
        result = await read_back(stage, await stage.play(PUZZLES, TWICE, limit=20, budget=usd("1")))
        assert (result.run.id, result.state, len(result.records)) == (poor.run.id, "finished", 40)
        assert len(fake.records) == 60  # `twice` asks two calls
        rescored = await rescore_run(result.run, (PUZZLES, TWICE), stage.means)
        assert (rescored.changed, rescored.left) == (0, 0)
        assert [run.id for run in await stage.app.storage.read(read_runs)] == [result.run.id]
        with pytest.raises(NotFound, match="run 'run_x': found none"):
            await stage.app.storage.read(lambda connection: find_run(connection, "run_x"))
