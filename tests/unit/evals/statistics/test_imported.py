from decimal import Decimal
from pathlib import Path

import pytest

from fen.evals.statistics.imported import find_counts, read_published
from fen.hierarchy.suite.share import wilson
from fen.wire.errors import InvalidRequest

ARTICLE = """model,dimension,score,n,date,source,method
GPT-4o mini,MMLU,82.0,14042,2024-07-18,OpenAI,as published
Gemini Flash,MMLU,77.9,14042,2024-07-18,OpenAI,as published
Claude Haiku,MMLU,73.8,14042,2024-07-18,OpenAI,as published
GPT-4o mini,HumanEval,87.2,164,2024-07-18,OpenAI,as published
Gemini Flash,HumanEval,71.5,164,2024-07-18,OpenAI,as published
Claude Haiku,HumanEval,75.9,164,2024-07-18,OpenAI,as published
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "scores.csv"
    path.write_text(text, "utf-8")
    return path


def test_the_articles_table_has_intervals_and_marks(tmp_path: Path):
    found = {(one.model, one.dimension): one for one in read_published(write(tmp_path, ARTICLE))}
    mini = found["GPT-4o mini", "HumanEval"]
    assert mini.right == 143
    assert mini.interval is not None
    assert (mini.interval.low, mini.interval.high) == wilson(143, 164)
    assert mini.mark == ""
    assert found["Gemini Flash", "HumanEval"].mark == "71.5% is no k/164: 117/164 is 71.3%, 118/164 is 72.0%"
    assert found["Claude Haiku", "HumanEval"].mark == "75.9% is no k/164: 124/164 is 75.6%, 125/164 is 76.2%"
    for model in ("GPT-4o mini", "Gemini Flash", "Claude Haiku"):
        one = found[model, "MMLU"]
        assert one.mark == ""
        assert one.interval is not None
        assert one.interval.low < one.share < one.interval.high
        assert one.interval.high - one.interval.low < 0.015


def test_a_marked_score_has_an_interval_that_holds_both_neighbours(tmp_path: Path):
    flash = read_published(write(tmp_path, ARTICLE))[4]
    assert flash.interval is not None
    assert (flash.interval.low, flash.interval.high) == (wilson(117, 164)[0], wilson(118, 164)[1])


@pytest.mark.parametrize(
    ("score", "n", "counts"),
    [
        ("87.2", 164, [143]),
        ("87.20", 164, [143]),
        ("87.195", 164, [143]),
        ("87.21", 164, []),
        ("71.5", 164, []),
        ("12.5", 8, [1]),
        ("12", 8, [1]),
        ("13", 8, [1]),
        ("0", 10, [0]),
        ("100", 10, [10]),
        ("50", 1000, list(range(495, 506))),
    ],
)
def test_a_percentage_is_tried_against_every_count_within_its_rounding(score: str, n: int, counts: list[int]):
    assert list(find_counts(Decimal(score), n)) == counts


def test_without_n_there_is_no_interval(tmp_path: Path):
    (found,) = read_published(write(tmp_path, "model,dimension,score,n\nA,B,82.0,\n"))
    assert (found.interval, found.n, found.mark) == (None, None, "")


def test_other_columns_and_a_byte_order_mark_are_left_alone(tmp_path: Path):
    path = write(tmp_path, "\ufeffmodel, dimension,score,remark\n通义千问,知识,82.0%,第一\n")
    (found,) = read_published(path)
    assert (found.model, found.score) == ("通义千问", Decimal("82.0"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,score\nA,1\n", "expected dimension"),
        ("", "found the columns none"),
        ("model,dimension,score\nA,B,high\n", "line 2: found the score 'high'"),
        ("model,dimension,score\nA,B,101\n", "expected per cent, 0 to 100"),
        ("model,dimension,score\nA,B,nan\n", "found the score 'nan'"),
        ("model,dimension,score,n\nA,B,1,1.5\n", "found n '1.5'"),
        ("model,dimension,score,n\nA,B,1,0\n", "found n '0'"),
        ("model,dimension,score,date\nA,B,1,July\n", "found the date 'July'"),
        ("model,dimension,score\nA,,1\n", "no dimension"),
        ("model,dimension,score\nA,B\n", "expected 3"),
        ("model,dimension,score\nA,B,1,2\n", "expected 3"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, text: str, message: str):
    with pytest.raises(InvalidRequest, match=message):
        read_published(write(tmp_path, text))


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_published(tmp_path / "none.csv")
