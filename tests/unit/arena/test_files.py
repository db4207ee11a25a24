"""Files of votes: what is read, what is written, and what a bad row is told."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fen.arena.ballots import OUTCOMES
from fen.arena.columns import read_ballots
from fen.arena.files import FileVote, VoteTable, read_votes, write_ballots, write_votes
from fen.arena.simulate import World, draw_ballots
from fen.storage.parquet import Coded, write_columns
from fen.wire.errors import InvalidRequest

VOTE = {"left": "a", "right": "b", "outcome": "left"}


def lines(*rows: dict[str, Any] | str) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows).encode()


def spell(table: VoteTable) -> list[tuple[str, str, str]]:
    ballots = table.ballots
    return [
        (ballots.models[left], ballots.models[right], OUTCOMES[outcome])
        for left, right, outcome in zip(ballots.left, ballots.right, ballots.outcome, strict=True)
    ]


def refused(source: Path | bytes) -> str:
    with pytest.raises(InvalidRequest) as caught:
        read_votes(source)
    return caught.value.message


class TestLines:
    def test_each_line_is_a_vote(self) -> None:
        table = read_votes(lines(VOTE, {"left": "c", "right": "a", "outcome": "both_bad"}, VOTE))
        assert spell(table) == [("a", "b", "left"), ("c", "a", "both_bad"), ("a", "b", "left")]
        assert table.ballots.voter is None
        assert table.ballots.style == {}

    def test_what_else_is_known_of_a_vote_is_kept(self) -> None:
        further = {"voter": 7, "category": ["zh", "coding"], "time": "2026-01-02T03:04:05Z", "left_cost": 0.5}
        table = read_votes(lines(VOTE | further, VOTE | {"voter": "x", "time": 1e9, "propensity": 0.25}))
        assert table.voters == ("7", "x")
        assert table.time is not None
        assert table.time.tolist() == [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp(), 1e9]
        assert table.left_cost is not None
        assert table.left_cost.tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
        assert table.right_cost is None
        assert len(table.of_category("coding")) == len(table.of_category("zh")) == 1

    def test_a_style_may_come_late_and_be_missing(self) -> None:
        table = read_votes(lines(VOTE, VOTE | {"same-vendor": 1}, VOTE | {"note": "x", "class": -0.5}))
        assert table.ballots.style["same-vendor"].tolist() == pytest.approx([np.nan, 1, np.nan], nan_ok=True)
        assert list(table.ballots.style) == ["same-vendor", "class"]

    def test_voters_without_a_name_are_one_each(self) -> None:
        table = read_votes(lines(VOTE, VOTE | {"voter": "x"}, VOTE, VOTE | {"voter": "x"}))
        assert table.ballots.voter is not None
        assert table.ballots.voter.tolist() == [1, 0, 2, 0]

    def test_an_array_a_mark_of_utf_8_and_empty_lines_are_no_matter(self) -> None:
        array = json.dumps([VOTE, VOTE | {"outcome": "tie"}], indent=2).encode()
        assert spell(read_votes(array)) == [("a", "b", "left"), ("a", "b", "tie")]
        assert len(read_votes(b"\xef\xbb\xbf" + lines(VOTE, "", VOTE))) == 2

    @pytest.mark.parametrize(
        ("rows", "told"),
        [
            ([VOTE, "", VOTE | {"outcome": "won"}], "line 3: Invalid enum value 'won' - at `$.outcome`"),
            ([VOTE, {"left": "a"}], "line 2: Object missing required field `right`"),
            ([VOTE, "", "", VOTE | {"right": "a"}], "line 4: found a on both sides, expected two models"),
            ([VOTE, VOTE | {"right": 3}], "line 2: Expected `str`, got `int` - at `$.right`"),
            ([VOTE, "{"], "line 2: Input data was truncated"),
            ([VOTE, "[1]"], "line 2: Expected `object`, got `array`"),
            ([VOTE, VOTE | {"time": "noon"}], "line 2: time: found 'noon', expected an ISO 8601 time"),
            ([VOTE, VOTE | {"left_cost": -1}], "line 2: left_cost: found -1, expected a cost of 0 or more"),
            (
                [VOTE, VOTE | {"propensity": 0}],
                "line 2: propensity: found 0, expected a chance above 0 and at most 1",
            ),
            ([VOTE | {"long": 1}, VOTE | {"long": "x"}], "line 2: Expected `float | null`, got `str`"),
            ([VOTE | {"left": "a\x1b[2J"}], r"line 1: left: found 'a\x1b[2J', expected a name of one line"),
            ([{"a": 1}], "line 1: found the members ['a'], expected left, right, outcome, or model_a"),
            (["hello"], "line 1: found JSON is malformed"),
            ([], "found no votes, expected JSON lines or Parquet"),
            (["[1, 2"], "expected a JSON array or JSON lines"),
        ],
    )
    def test_a_bad_row_is_told_with_its_number(self, rows: list[Any], told: str) -> None:
        message = refused(lines(*rows))
        assert message.startswith("the file: ")
        assert told in message

    def test_too_many_models_are_refused_before_they_take_all_memory(self) -> None:
        rows = [VOTE | {"left": f"m{number}"} for number in range(3000)]
        assert "found 3001 models, expected at most 2000" in refused(lines(*rows))

    def test_too_many_members_are_refused(self) -> None:
        assert "more than 200 different members" in refused(
            lines(*(VOTE | {f"x{number}": 1} for number in range(300)))
        )

    def test_what_is_no_file_is_told(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "no.jsonl") == (
            "no.jsonl: found No such file or directory, expected a file of votes"
        )
        assert "Is a directory" in refused(tmp_path)


class TestParquet:
    def write(self, tmp_path: Path, **columns: Any) -> Path:
        usual = {"left": ["a", "a"], "right": ["b", "c"], "outcome": ["left", "tie"]}
        write_columns(tmp_path / "v.parquet", {**usual, **columns})
        return tmp_path / "v.parquet"

    def test_columns_are_read_by_their_names(self, tmp_path: Path) -> None:
        moment = np.array(["2026-01-02T03:04:05", "NaT"], "datetime64[us]")
        file = self.write(tmp_path, time=moment, length=[0.5, -0.5], note=["x", "y"], voter=["v", None])
        table = read_votes(file)
        assert spell(table) == [("a", "b", "left"), ("a", "c", "tie")]
        assert table.time is not None
        assert table.time[0] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
        assert np.isnan(table.time[1])
        assert table.ballots.style["length"].tolist() == [0.5, -0.5]
        assert list(table.ballots.style) == ["length"]
        assert read_ballots(file.read_bytes()).models == ("a", "b", "c")

    @pytest.mark.parametrize(
        ("columns", "told"),
        [
            ({"left": ["a", None]}, "row 2: found no left, expected one"),
            ({"outcome": ["left", "won"]}, "row 2: outcome: found 'won', expected left, right, tie"),
            ({"right": ["b", "a"]}, "row 2: found a on both sides, expected two models"),
            ({"left_cost": ["free", "0"]}, "left_cost: found Failed to parse string"),
            ({"left": [["a"], ["b"]]}, "found something else in left, expected text or numbers"),
        ],
    )
    def test_a_bad_row_is_told_with_its_number(self, tmp_path: Path, columns: Any, told: str) -> None:
        assert told in refused(self.write(tmp_path, **columns))

    def test_other_columns_and_broken_files_are_told(self, tmp_path: Path) -> None:
        write_columns(tmp_path / "v.parquet", {"x": [1]})
        assert "found the columns ['x'], expected left, right, outcome" in refused(tmp_path / "v.parquet")
        whole = self.write(tmp_path).read_bytes()
        assert "expected a Parquet file" in refused(whole[: len(whole) // 2])

    def test_names_that_no_row_uses_do_not_matter(self, tmp_path: Path) -> None:
        outcome = Coded(("left", "tie", "odd"), np.array([0, 1], np.int32))
        assert len(read_votes(self.write(tmp_path, outcome=outcome))) == 2


PUBLISHED = {
    "question_id": "q1",
    "model_a": "vicuna-13b",
    "model_b": "koala-13b",
    "winner": "model_a",
    "judge": "arena_user_973",
    "conversation_a": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "# Hi\n- a\n- b"}],
    "conversation_b": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hi there"}],
    "turn": 1,
    "anony": True,
    "language": "English",
    "tstamp": 1682351591.1322,
}


class TestPublished:
    ROWS = (
        PUBLISHED,
        PUBLISHED | {"winner": "tie (bothbad)", "language": "Chinese", "turn": 3, "judge": "arena_user_1"},
        PUBLISHED | {"winner": "model_b", "anony": False},
        PUBLISHED | {"winner": "tie", "model_b": "vicuna-13b"},
    )

    def check(self, table: VoteTable) -> None:
        assert spell(table) == [
            ("vicuna-13b", "koala-13b", "left"),
            ("vicuna-13b", "koala-13b", "both_bad"),
        ]
        assert table.ballots.voter is not None
        assert [table.voters[number] for number in table.ballots.voter] == ["arena_user_973", "arena_user_1"]
        assert table.time is not None
        assert table.time[0] == 1682351591.1322
        assert len(table.of_category("en")) == 1
        assert len(table.of_category("zh")) == len(table.of_category("multi_turn")) == 1
        assert table.left_out == {"not blind": 1, "the same model twice": 1}

    def test_lines_and_tables_are_read_alike(self, tmp_path: Path) -> None:
        self.check(read_votes(lines(*self.ROWS)))
        self.check(read_votes(json.dumps(self.ROWS).encode()))
        columns = {name: [row[name] for row in self.ROWS] for name in PUBLISHED}
        write_columns(tmp_path / "train.parquet", columns)
        self.check(read_votes(tmp_path / "train.parquet"))
        for source in (tmp_path / "train.parquet", lines(*self.ROWS)):
            looked = read_votes(source, looks=True).ballots.style
            assert looked["headers"].tolist() == looked["lists"].tolist() == [1.0, 1.0]

    def test_styles_are_taken_from_the_counts_where_they_are_published(self) -> None:
        told = {
            "sum_assistant_a_tokens": 300,
            "sum_assistant_b_tokens": 100,
            "header_count_a": {"h1": 1, "h2": 2},
            "header_count_b": {"h1": 0, "h2": 1},
            "list_count_a": {"ordered": 0, "unordered": 0},
            "list_count_b": {"ordered": 0, "unordered": 0},
            "bold_count_a": {"**": 0, "__": 0},
            "bold_count_b": {"**": 4, "__": 0},
        }
        row = PUBLISHED | {"winner": "both_bad", "conv_metadata": told}
        style = read_votes(lines(row), looks=True).ballots.style
        assert {name: one.tolist() for name, one in style.items()} == {
            "length": [0.5],
            "headers": [0.5],
            "lists": [0.0],
            "bold": [-1.0],
        }
        assert read_votes(lines(row)).ballots.style == {}

    def test_a_winner_that_is_none_is_told_with_its_row(self) -> None:
        message = refused(lines(PUBLISHED, PUBLISHED | {"winner": "model_c"}))
        assert "line 2: outcome: found 'model_c'" in message


class TestWriting:
    VOTES = (
        FileVote("a", "b", "left"),
        FileVote(
            "b",
            "c",
            "both_bad",
            voter="v1",
            category="zh,coding",
            time=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
            left_cost=0.25,
            right_cost=0.125,
            propensity=0.5,
            style={"length": -0.5},
        ),
    )

    @pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
    def test_what_is_written_is_read_again(self, tmp_path: Path, suffix: str) -> None:
        assert write_votes(tmp_path / f"v.{suffix}", self.VOTES) == 2
        table = read_votes(tmp_path / f"v.{suffix}")
        assert spell(table) == [("a", "b", "left"), ("b", "c", "both_bad")]
        assert table.voters[0] == "v1"
        assert len(table.of_category("zh")) == 1
        columns = (table.time, table.left_cost, table.right_cost, table.ballots.propensity)
        assert all(one is not None and np.isnan(one[0]) for one in columns)
        assert [one[1] for one in columns if one is not None] == [
            datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC).timestamp(),
            0.25,
            0.125,
            0.5,
        ]
        assert table.ballots.style["length"][1] == -0.5

    @pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
    def test_ballots_are_written_with_their_voters_and_styles(self, tmp_path: Path, suffix: str) -> None:
        drawn = draw_ballots(World(np.array([0.5, 0.0, -0.5]), style={"length": 0.2}), 500, 1, voters=20)
        assert write_ballots(tmp_path / f"v.{suffix}", drawn) == 500
        found = read_votes(tmp_path / f"v.{suffix}")
        assert found.ballots.models == drawn.models
        assert (found.ballots.left == drawn.left).all()
        assert (found.ballots.outcome == drawn.outcome).all()
        assert (found.ballots.style["length"] == drawn.style["length"]).all()
        assert drawn.voter is not None
        assert found.ballots.voter is not None
        assert [found.voters[one] for one in found.ballots.voter] == [f"v{one}" for one in drawn.voter]

    def test_a_name_that_says_no_kind_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequest, match=r"expected \.jsonl or \.parquet"):
            write_votes(tmp_path / "v.csv", self.VOTES)


def test_a_category_that_is_not_there_is_told_with_those_that_are() -> None:
    table = read_votes(lines(VOTE | {"category": "zh, coding"}, VOTE | {"category": "en"}))
    with pytest.raises(InvalidRequest, match="found coding, en, zh, expected maths"):
        table.of_category("maths")
