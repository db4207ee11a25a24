"""JSON and CSV: every score with its interval, its counts, its money and its method."""

import csv
import io
from pathlib import Path

import msgspec

from fen.evals.report import Beside, Entry, describe_report, write_csv
from fen.evals.score import OUTCOMES
from fen.evals.statistics.gap import find_gaps, read_reports
from fen.evals.statistics.imported import read_published
from tests.fakes.eval_reports import half, make_entry, make_records, make_report, make_run


def read_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_json_has_a_flat_object_for_each_score(tmp_path: Path) -> None:
    gap = tmp_path / "gap.csv"
    gap.write_text("date,best_x,score_x,best_y,score_y\n2024-07,A,81,B,77\n")
    report = make_report(
        make_entry("a/one", {"gsm8k": half(6)}, 1, "0.02"),
        make_entry("b/two", {"gsm8k": half(3)}, 2),
        beside=Beside(gap=find_gaps(read_reports(gap))),
    )
    told = msgspec.json.decode(msgspec.json.encode(describe_report(report)))
    first, second = told["suites"]
    assert (first["model"], first["name"], first["score"], first["n"]) == ("a/one", "gsm8k", 0.6, 10)
    assert first["low"] < 0.6 < first["high"]
    assert "Wilson" in first["interval"]
    assert (first["correct"], first["wrong"], first["api_error"]) == (6, 4, 0)
    assert (first["completed"], first["completed_n"]) == (0.6, 10)
    assert (first["cost_per_answer"], first["currency"]) == ("0.02", "USD")
    assert (first["version"], first["scorer"], first["decoding"]) == ("1", "exact/1", "temperature 0")
    assert not [value for value in first.values() if isinstance(value, dict | list)]
    assert second["model"] == "b/two"
    assert [one["name"] for one in told["dimensions"]] == ["calculation", "calculation"]
    assert told["models"][0]["runs"] == ["run_00000001"]
    assert {one["model"]: one["beaten_by"] for one in told["standings"]} == {"a/one": None, "b/two": None}
    assert told["gap"][0]["leader_score"] == "81"
    assert told["gap"][0]["gap"].startswith("0.0493")
    assert "mean of the groups" in told["rule"]


def test_csv_has_a_row_for_each_score_and_says_of_which_kind(tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,dimension,score,n,source\na/one,HumanEval,71.5,164,a paper\n")
    report = make_report(
        make_entry("a/one", {"gsm8k": half(6), "mmlu": half(6)}), beside=Beside(read_published(scores))
    )
    rows = read_rows(write_csv(report))
    assert [row["kind"] for row in rows] == [*["suite"] * 2, *["dimension"] * 2, "published", "total"]
    assert all(row["score"] and row["low"] and row["high"] for row in rows)
    assert set(OUTCOMES) <= rows[0].keys()
    assert "is no k/164" in rows[4]["note"]
    assert rows[4]["source"] == "a paper"


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    run = make_run("=HYPERLINK(1)")
    rows = read_rows(write_csv(make_report(Entry(run.model, (run,), make_records(run, "gsm8k", half(5))))))
    assert {row["model"] for row in rows} == {"'=HYPERLINK(1)"}


def test_what_is_not_known_is_empty_and_not_nought() -> None:
    report = make_report(make_entry("a/one", {"gsm8k": half(6)}, cost=None))
    told = describe_report(report)["suites"][0]
    assert (told["cost_per_answer"], told["cost_per_correct"], told["unpriced"]) == (None, None, 10)
    assert read_rows(write_csv(report))[0]["cost_per_answer"] == ""
