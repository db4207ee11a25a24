"""`fen value` over what is kept, and over files."""

from pathlib import Path

from tests.integration.cli.conftest import Fen


def test_superclues_relative_gap_is_the_reports(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    gap = tmp_path / "gap.csv"
    gap.write_text("date,best_global,score_global,best_chinese,score_chinese\n2024-07,GPT-4o,81,Qwen2,77\n")
    assert "4.94%" in fen("value", "--gap", str(gap)).out


def test_published_scores_make_a_frontier(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text(
        "model,dimension,score,n\nopenai/gpt-4o,MMLU,88.7,14042\nopenai/gpt-4o-mini,MMLU,82.0,14042\n"
    )
    done = fen("value", "--scores", str(scores), "--in", "1000", "--out", "500", "--json")
    assert done.status == 0, done.err
    cheap, dear = done.json["worths"]
    assert (cheap["model"], dear["model"]) == ("openai/gpt-4o-mini", "openai/gpt-4o")
    assert dear["step"]["below"] == "openai/gpt-4o-mini"
    shown = fen("value", "--scores", str(scores))
    assert "right %" in shown.out
    assert "by MMLU" in shown.out


def test_sources_are_not_mixed(fen: Fen, fen_home: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,dimension,score\nopenai/gpt-4o,MMLU,88.7\n")
    done = fen("value", "openai/gpt-4o", "--scores", str(scores))
    assert done.status == 1
    assert "expected one of them" in done.err


def test_without_runs_it_says_so(fen: Fen, fen_home: Path) -> None:
    done = fen("value")
    assert done.status == 1
    assert "found no suite" in done.err
