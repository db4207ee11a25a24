from decimal import Decimal
from pathlib import Path

import pytest

from fen.evals.statistics.gap import find_gaps, read_reports, split
from fen.wire.errors import InvalidRequest
from tests.shared_data import SHARED, need

WIDE = """date,best_global,score_global,best_chinese,score_chinese,source
2024-07,GPT-4o,81,Qwen2-72B-Instruct,77,press
2023-12,GPT4-Turbo,90.63,文心一言4.0,79.02,README
"""
LONG = """model,dimension,score,date,method,group
A1,total,80,2024-01,m1,west
A2,total,70,2024-01,m1,west
B1,total,72,2024-01,m1,east
A1,total,90,2024-02,m1,west
B1,total,81,2024-02,m1,east
A1,total,50,2024-03,m2,west
B1,total,60,2024-03,m2,east
A1,total,55,2024-04,m2,west
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "gap.csv"
    path.write_text(text, "utf-8")
    return path


def test_81_against_77_is_4_94_per_cent(tmp_path: Path):
    gaps = find_gaps(read_reports(write(tmp_path, WIDE)))
    assert [gap.date for gap in gaps] == ["2023-12", "2024-07"]
    assert f"{100 * gaps[1].gap:.2f}%" == "4.94%"
    assert (gaps[1].leader.model, gaps[1].follower.model) == ("GPT-4o", "Qwen2-72B-Instruct")


def test_another_source_is_another_method_where_none_is_named(tmp_path: Path):
    gaps = find_gaps(read_reports(write(tmp_path, WIDE)))
    assert [gap.broken for gap in gaps] == [False, True]
    named = WIDE.replace(",source", ",method").replace(",press", ",m").replace(",README", ",m")
    assert [gap.broken for gap in find_gaps(read_reports(write(tmp_path, named)))] == [False, False]


def test_single_scores_with_groups_are_read_too_and_lines_stop_where_the_method_changes(tmp_path: Path):
    gaps = find_gaps(read_reports(write(tmp_path, LONG)))
    assert [gap.gap for gap in gaps] == [Decimal("0.1"), Decimal("0.1"), Decimal("-0.2")]
    assert gaps[0].leader.model == "A1"
    assert [[gap.date for gap in piece] for piece in split(gaps)] == [["2024-01", "2024-02"], ["2024-03"]]


def test_the_other_group_may_lead(tmp_path: Path):
    gaps = find_gaps(read_reports(write(tmp_path, WIDE), leader="chinese"))
    assert f"{100 * gaps[1].gap:.2f}%" == "-5.19%"
    assert find_gaps(read_reports(write(tmp_path, LONG), leader="east"))[0].leader.model == "B1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,best_a,score_a\n2024,X,1\n", "expected two groups"),
        ("date,best_a,score_a,best_b,score_b\n2024,X,0,Y,1\n", "found a leading score of 0"),
        ("date,best_a,score_a,best_b,score_b\n2024,X,high,Y,1\n", "line 2: found the score"),
        ("date,score_a,score_b\n2024,1,2\n", "expected best_a, best_b"),
        ("date,model,dimension,score,group\n2024,A,x,1,g\n", "found the groups g"),
        ("date,model,dimension,score,group\n2024,A,x,1,g\n2024,A,y,1,h\n", "found the dimensions x, y"),
        ("date,model,dimension,score\n2024,A,x,1\n", "found the groups none"),
        ("model\nA\n", "expected date"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, message: str):
    with pytest.raises(InvalidRequest, match=message):
        find_gaps(read_reports(write(tmp_path, text)))


def test_a_leader_that_is_no_group_is_refused(tmp_path: Path):
    with pytest.raises(InvalidRequest, match="expected one of global, chinese"):
        read_reports(write(tmp_path, WIDE), leader="mars")


@need("evals/superclue_gap.csv")
def test_superclues_reports_have_their_gap():
    reports = read_reports(SHARED / "evals" / "superclue_gap.csv")
    gaps = {gap.date: gap for gap in find_gaps(reports)}
    assert f"{100 * gaps['2024-07'].gap:.2f}%" == "4.94%"
    assert len(gaps) == 9
