"""Which records a report is made of."""

from fen.evals.report import pick_latest, pick_runs
from tests.fakes.eval_reports import half, make_records, make_run


def test_a_model_is_its_latest_answers_suite_by_suite() -> None:
    old, new = make_run(number=1), make_run(number=2)
    records = {
        old.id: make_records(old, "gsm8k", half(1)) + make_records(old, "mmlu", half(2)),
        new.id: make_records(new, "gsm8k", half(9)),
    }
    (entry,) = pick_latest([old, new], records)
    assert {record.suite: record.run for record in entry.records} == {"gsm8k": new.id, "mmlu": old.id}
    assert len(entry.records) == 20
    assert {run.id for run in entry.runs} == {old.id, new.id}


def test_a_finished_run_goes_before_a_later_one_that_is_not() -> None:
    whole, half_way = make_run(number=1), make_run(number=2, ended=None)
    records = {run.id: make_records(run, "gsm8k", half(1)) for run in (whole, half_way)}
    (entry,) = pick_latest([half_way, whole], records)
    assert {record.run for record in entry.records} == {whole.id}


def test_a_run_without_answers_is_no_entry() -> None:
    assert pick_latest([make_run()], {}) == ()


def test_runs_of_one_model_are_told_apart_by_their_ids() -> None:
    runs = [make_run(number=1), make_run(number=2), make_run("b/two", 3)]
    names = [entry.name for entry in pick_runs(runs, {})]
    assert names == ["a/one (run_00000001)", "a/one (run_00000002)", "b/two"]
