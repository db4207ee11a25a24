"""`fen eval report` over runs that are in the database."""

import asyncio
import csv
import io
from pathlib import Path

import pytest

from fen.evals.record import Record, Run
from fen.evals.store import EvalStore
from fen.storage import open_storage
from tests.fakes.eval_reports import half, make_records, make_run
from tests.integration.cli.conftest import Fen


@pytest.fixture
def keep(fen_home: Path) -> "Keep":
    return Keep(f"sqlite:///{fen_home}/fen.db")


class Keep:
    """Writes runs and their records down, as `fen eval run` does."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, run: Run, *records: Record) -> Run:
        asyncio.run(self._keep(run, records))
        return run

    async def _keep(self, run: Run, records: tuple[Record, ...]) -> None:
        storage = open_storage(self._url)
        store = EvalStore(storage)
        await storage.writer.run(store.begin, run, run.id)
        for record in records:
            await storage.writer.run(store.record, record)
        await storage.writer.run(store.change, run)
        await storage.close()


def test_without_runs_it_says_how_to_make_one(fen: Fen, fen_home: Path) -> None:
    done = fen("eval", "report")
    assert done.status == 1
    assert "fen eval run smoke" in done.err


def test_tables_show_both_scores_their_n_and_all_outcomes(fen: Fen, keep: Keep) -> None:
    run = make_run("fen/tiny")
    keep(run, *make_records(run, "gsm8k", ["correct", "wrong", "truncated", "refused"]))
    rows = fen("eval", "report").rows
    (scores,) = [row for row in rows if row[:1] == ["gsm8k"] and "Wilson," in row]
    assert scores[1] == "25.0"
    assert scores[3:5] == ["4", "33.3"]
    assert ["gsm8k", "1", "1", "1", "1", "0", "0"] in rows
    assert any("mean of the groups" in " ".join(row) for row in rows)
    assert any(row[0] == "gsm8k" and "exact/1" in row and "temperature" in row for row in rows if row)


def test_a_model_is_shown_by_its_latest_answers_and_a_run_as_it_is(fen: Fen, keep: Keep) -> None:
    old, new, other = make_run(number=1), make_run(number=2), make_run("b/two", 3)
    keep(old, *make_records(old, "gsm8k", half(1)), *make_records(old, "mmlu", half(4)))
    keep(new, *make_records(new, "gsm8k", half(9)))
    keep(other, *make_records(other, "gsm8k", half(5)))

    def read(*names: str) -> dict[tuple[str, str], float]:
        told = fen("eval", "report", *names, "--json").json
        return {(one["model"], one["name"]): one["score"] for one in told["suites"]}

    latest = {("a/one", "gsm8k"): 0.9, ("a/one", "mmlu"): 0.4}
    assert read("a/one") == latest
    assert read() == latest | {("b/two", "gsm8k"): 0.5}
    assert read(old.id) == {("a/one", "gsm8k"): 0.1, ("a/one", "mmlu"): 0.4}
    assert read(old.id, new.id[:-1] + "2", "b/two") == {
        (f"a/one ({old.id})", "gsm8k"): 0.1,
        (f"a/one ({old.id})", "mmlu"): 0.4,
        (f"a/one ({new.id})", "gsm8k"): 0.9,
        ("b/two", "gsm8k"): 0.5,
    }
    assert "b/two" in fen("eval", "report", "b/twoo").err


def test_files_are_written_and_nothing_else_is_printed(fen: Fen, keep: Keep, tmp_path: Path) -> None:
    run = make_run()
    keep(run, *make_records(run, "gsm8k", half(5)))
    page, table = tmp_path / "report.html", tmp_path / "report.md"
    done = fen("eval", "report", "--html", str(page), "--markdown", str(table), "--csv", "-", "--lang", "zh")
    assert done.status == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert '<html lang="zh">' in page.read_text()
    assert table.read_text().startswith("# 评测报告")
    assert [row["kind"] for row in csv.DictReader(io.StringIO(done.out))] == ["suite", "dimension", "total"]
    assert done.err.count("written:") == 2


def test_the_articles_table_is_drawn_with_intervals_and_what_is_odd_is_marked(
    fen: Fen, keep: Keep, tmp_path: Path
) -> None:
    scores = tmp_path / "scores.csv"
    models = ("gpt-4o-mini", "gemini-flash", "claude-haiku")
    lines = [f"{model},MMLU,{score},14042" for model, score in zip(models, (82.0, 77.9, 73.8), strict=True)]
    lines += [
        f"{model},HumanEval,{score},164" for model, score in zip(models, (87.2, 71.5, 75.9), strict=True)
    ]
    scores.write_text("\n".join(["model,dimension,score,n", *lines]) + "\n")
    run = make_run("gpt-4o-mini")
    keep(run, *make_records(run, "mmlu", half(8)))
    page = tmp_path / "report.html"
    assert fen("eval", "report", "--with", str(scores), "--html", str(page)).status == 0
    text = page.read_text()
    assert text.count('class="hollow') == 6
    assert text.count('class="bar') == 1 + 1  # its dimension and its suite
    assert "82.0 [81.4-82.6]" in text
    assert "71.5% is no k/164" in text
    assert "75.9% is no k/164" in text
    assert "87.2% is no k/164" not in text  # 143 of 164


def test_letters_are_given_by_cut_offs_of_the_users_own(fen: Fen, keep: Keep) -> None:
    run = make_run()
    keep(run, *make_records(run, "role_play", half(20, 20)))
    grades = {
        words: fen("eval", "report", *words, "--json").json["suites"][0]["grade"]
        for words in ((), ("--grades", "pass=0.5,fail=0"), ("--grades", "S=1,T=0"))
    }
    assert list(grades.values()) == ["A/B", "pass", "S/T"]
    assert "expected grades from the best down" in fen("eval", "report", "--grades", "B=0,A=1").err


def test_superclues_relative_gap_is_told(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    gap = tmp_path / "gap.csv"
    gap.write_text("date,best_global,score_global,best_chinese,score_chinese\n2024-07,GPT-4o,81,Qwen2,77\n")
    done = fen("eval", "report", "--gap", str(gap))
    assert done.status == 0, done.err
    assert "4.94%" in done.out


def test_a_report_of_other_peoples_scores_needs_no_run(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,dimension,score\nm,MMLU,82\n")
    rows = fen("eval", "report", "--with", str(scores)).rows
    assert any(row[:3] == ["m", "MMLU", "82"] for row in rows)


def test_a_name_cannot_steer_the_terminal(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,dimension,score\n\x1b[31mred\u202e,MMLU,82\n")
    out = fen("eval", "report", "--with", str(scores)).out
    assert "red" in out
    assert not set(out) & set("\x1b\u202e")
