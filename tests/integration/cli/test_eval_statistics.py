"""`fen eval compare`, `plan`, `gap` and `import`, over runs in the database and files beside it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from fen.app import load_settings
from fen.app.evals import open_shelf
from fen.evals.record import Record, Run
from tests.fakes.worths import make_records
from tests.integration.cli.conftest import Fen

STARTED = datetime(2026, 1, 31, tzinfo=UTC)


def keep(*runs: tuple[str, str, Sequence[Record]]) -> None:
    """Write ended runs down, each a day after the one before: id, model and records."""

    async def write() -> None:
        async with open_shelf(load_settings(None, os.environ)) as shelf:
            for day, (name, model, records) in enumerate(runs):
                suites = tuple(sorted({record.suite for record in records}))
                started = STARTED + timedelta(days=day)
                run = Run(id=name, model=model, suites=suites, started=started, ended=started)
                await shelf.storage.writer.run(shelf.store.begin, run, name)
                for record in records:
                    own = msgspec.structs.replace(record, run=name)
                    await shelf.storage.writer.run(shelf.store.record, own)
                await shelf.storage.writer.run(shelf.store.change, run)

    asyncio.run(write())


@pytest.fixture
def runs(fen: Fen, fen_home: Path) -> None:
    strong = make_records("1" * 50 + "0" * 10, cost="0.02")
    weak = make_records("0" * 20 + "1" * 30 + "1" * 5 + "0" * 5, cost="0.01")
    other = {"suite": "xstest", "dimension": "safety", "scorer": "refusal/1"}
    keep(
        ("run_old", "x/strong", make_records("0" * 60)),
        ("run_strong", "x/strong", [*strong, *make_records("1100", cost="0.02", **other)]),
        ("run_weak", "x/weak", [*weak, *make_records("110", cost="0.01", **other)]),
    )


@pytest.mark.usefixtures("runs")
def test_two_models_are_compared_on_what_both_answered(fen: Fen) -> None:
    text = fen("eval", "compare", "x/strong", "x/weak").out
    assert "A is better: +25.0 points for A (" in text
    assert "no difference found at 95%: " in text
    assert "xstest: 1 questions left out only A answered" in text
    assert "One more right answer of A costs 0.0" in text
    assert "McNemar mid-p" in text


@pytest.mark.usefixtures("runs")
def test_a_comparison_as_json_has_every_figure(fen: Fen) -> None:
    found = fen("eval", "compare", "run_weak", "run_strong", "--json").json
    assert (found["a"], found["b"], found["basis"]) == ("x/weak", "x/strong", "strict")
    gsm8k, xstest = found["suites"]
    assert (gsm8k["name"], gsm8k["items"], gsm8k["won"], gsm8k["lost"]) == ("gsm8k", 60, 5, 20)
    assert gsm8k["difference"] == pytest.approx(-0.25)
    assert gsm8k["told_apart"] is True
    assert xstest["verdict"].startswith("no difference found at 95%")
    assert [one["name"] for one in found["dimensions"]] == ["calculation", "safety"]
    assert found["dimensions"][0]["adjusted"] == pytest.approx(2 * gsm8k["p"])
    assert found["one_more"]["kind"] == "saving"


@pytest.mark.usefixtures("runs")
def test_two_runs_of_one_model_are_told_apart_by_their_ids(fen: Fen) -> None:
    found = fen("eval", "compare", "run_old", "run_strong", "--json").json
    assert (found["a"], found["b"]) == ("x/strong (run_old)", "x/strong (run_strong)")


@pytest.mark.usefixtures("runs")
def test_a_name_without_answers_is_an_error(fen: Fen) -> None:
    done = fen("eval", "compare", "x/strong", "x/wek")
    assert done.status != 0
    assert "found no run of 'x/wek'" in done.err


@pytest.mark.usefixtures("runs")
def test_a_pilot_says_how_many_questions_and_how_much_money(fen: Fen) -> None:
    found = fen("eval", "plan", "x/strong", "x/weak", "--json").json
    plan = found["gsm8k"]
    assert plan["pilot"] == 60
    assert plan["discordance"] == pytest.approx(25 / 60)
    assert 40 < plan["items"] < 70
    assert plan["farthest"] > plan["items"]
    (cost,) = plan["costs"]
    assert float(cost["amount"]) == pytest.approx(plan["items"] * 0.03)
    assert "questions needed" in fen("eval", "plan", "x/strong", "x/weak").out


def test_two_accuracies_give_a_plan_without_a_pilot(fen: Fen) -> None:
    by_share = fen("eval", "plan", "0.82", "0.779", "--json").json
    by_cent = fen("eval", "plan", "82%", "77.9", "--json").json
    assert by_share["accuracies"]["items"] == by_cent["accuracies"]["items"] == 1499
    done = fen("eval", "plan", "0.82", "0.779", "--discordance", "0.01")
    assert "expected 0.041 to 0.401" in done.err
    assert fen("eval", "plan", "0.82", "some-model").status != 0


def test_a_gap_is_shown_and_broken_where_the_method_changed(fen: Fen, tmp_path: Path) -> None:
    path = tmp_path / "gap.csv"
    path.write_text(
        "date,best_global,score_global,best_chinese,score_chinese,source\n"
        "2023-12,GPT4-Turbo,90.63,文心一言4.0,79.02,README\n"
        "2024-07,GPT-4o,81,Qwen2-72B-Instruct,77,press\n",
        "utf-8",
    )
    rows = fen("eval", "gap", str(path)).rows
    assert rows[2] == ["2024-07", "GPT-4o", "81", "Qwen2-72B-Instruct", "77", "4.94%", "press", "2"]
    assert fen("eval", "gap", str(path), "--json").json[1]["broken"] is True


def test_published_scores_are_shown_with_intervals_and_marks(fen: Fen, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(
        "model,dimension,score,n\nGPT-4o mini,HumanEval,87.2,164\nGemini Flash,HumanEval,71.5,164\n", "utf-8"
    )
    text = fen("eval", "import", str(path)).out
    assert "81.2 to 91.5" in text
    assert "71.5% is no k/164" in text
    assert "2 scores, 1 of them no share of their n" in text
    assert "not given: date, source, method, group" in text
    assert fen("eval", "import", str(path), "--json").json[0]["right"] == 143
