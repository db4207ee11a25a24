"""Runs and their samples page by page, as they lie in a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fen.evals.browsing import find_sample, is_published, list_runs, list_samples
from fen.evals.record import Record, Run
from fen.evals.report.progress import find_progress
from fen.evals.store import EvalStore, Wanted, list_models, read_speed_responses
from fen.storage import Cursor, Storage, open_storage
from fen.wire.errors import NotFound
from tests.fakes.eval_reports import half, make_records, make_run


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    """Two models' runs of two suites."""
    opened = open_storage(f"sqlite:///{tmp_path / 'fen.db'}")
    store = EvalStore(opened)

    def write(cursor: Cursor, run: Run, records: tuple[Record, ...]) -> None:
        store.begin(cursor, run, run.id)
        store.change(cursor, run)
        for record in records:
            store.record(cursor, record)
        store.keep(cursor, f"{run.id}-speed", f"speed_{run.id}/closed-1", 1, b"{}", b"{}")
        store.keep(cursor, f"{run.id}-other", run.id, 1, b"{}", b"{}")

    for number, (model, share) in enumerate((("a/one", 4), ("b/two", 8)), 1):
        run = make_run(model, number, suites=("gsm8k", "mmlu"))
        records = (*make_records(run, "gsm8k", half(share)), *make_records(run, "mmlu", half(2), cost=None))
        await opened.writer.run(write, run, records)
    yield opened
    await opened.close()


async def test_runs_come_newest_first_with_outcomes_and_cost(storage: Storage) -> None:
    lines, found = await list_runs(storage, 1)
    assert (found, lines[0].run.model, lines[0].answers) == (2, "b/two", 20)
    assert lines[0].outcomes["correct"] == 10
    assert lines[0].cost == "0.100 USD + ?"
    [older], _ = await list_runs(storage, 1, offset=1)
    assert older.run.model == "a/one"
    assert (await list_runs(storage, 9, model="a/one"))[1] == 1
    assert await storage.read(list_models) == ["b/two", "a/one"]


async def test_samples_are_picked_and_paged(storage: Storage) -> None:
    run = make_run("a/one", 1).id
    samples = await list_samples(storage, run, Wanted(suite="gsm8k", outcome="wrong"), 4, 2)
    assert (samples.found, len(samples.records)) == (6, 4)
    assert {(one.suite, one.score.outcome) for one in samples.records} == {("gsm8k", "wrong")}
    assert samples.outcomes == {
        ("gsm8k", "correct"): 4,
        ("gsm8k", "wrong"): 6,
        ("mmlu", "correct"): 2,
        ("mmlu", "wrong"): 8,
    }


async def test_a_sample_knows_its_neighbours_among_those_that_are_wanted(storage: Storage) -> None:
    run = make_run("a/one", 1).id
    found = await find_sample(storage, run, ("gsm8k", "s9", 0), Wanted(outcome="wrong"))
    assert (found.place, found.of) == (5, 14)
    assert (found.before, found.after) == (("gsm8k", "s8", 0), ("mmlu", "s2", 0))
    apart = await find_sample(storage, run, ("gsm8k", "s0", 0), Wanted(outcome="wrong"))
    assert (apart.place, apart.before, apart.after) == (-1, None, None)
    with pytest.raises(NotFound, match="expected one that it has"):
        await find_sample(storage, run, ("gsm8k", "nobody", 0), Wanted())


async def test_the_gap_is_read_from_finished_runs(storage: Storage) -> None:
    [gap] = await find_progress(storage, "gsm8k", ("a/one",), ("b/two",))
    assert (str(gap.gap), gap.leader.model) == ("0.5", "b/two")
    assert await find_progress(storage, "ruler", ("a/one",), ("b/two",)) == ()


async def test_answers_of_measurements_are_told_from_those_of_runs(storage: Storage) -> None:
    kept = await storage.read(read_speed_responses)
    assert len(kept) == 2
    assert all(one.run.startswith("speed_run_") for one in kept)


@pytest.mark.parametrize(
    ("suite", "published"), [("gsm8k", True), ("smoke", False), ("ruler", False), ("inspect:sums", False)]
)
def test_a_suite_is_published_where_all_its_files_are(suite: str, *, published: bool) -> None:
    assert is_published(suite) is published
