"""`fen arena rate` and `fen arena simulate`: files in, boards out, no server and no settings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fen


@pytest.fixture
def votes(fen: Fen, tmp_path: Path) -> Path:
    file = tmp_path / "votes.jsonl"
    assert (
        fen("arena", "simulate", str(file), "--models", "4", "--votes", "3000", "--voters", "50").status == 0
    )
    return file


def test_simulated_votes_are_rated_to_the_truth(fen: Fen, tmp_path: Path) -> None:
    file = str(tmp_path / "votes.parquet")
    told = fen("arena", "simulate", file, "--models", "5", "--votes", "200000", "--taste", "0", "--json")
    truth = {row["model"]: row["rating"] for row in told.json}
    found = fen("arena", "rate", file, "--json").json
    assert {row["model"] for row in found} == set(truth)
    assert all(abs(row["rating"] - truth[row["model"]]) < 6 for row in found)
    assert {"model", "rating", "low", "high", "rank_low", "rank_high", "votes"} <= set(found[0])


def test_the_table_says_what_the_json_says(fen: Fen, votes: Path) -> None:
    rows = fen("arena", "rate", str(votes)).rows
    found = fen("arena", "rate", str(votes), "--json").json
    assert [row[2] for row in rows[1:5]] == [one["model"] for one in found]
    assert rows[1][3] == f"{found[0]['rating']:.1f}"
    assert rows[-1] == ["3000", "votes;", "intervals", "by", "voters", "where", "that", "is", "wider"]
    assert "independent" in fen("arena", "rate", str(votes), "--no-clustered").rows[-1]


def test_styles_are_printed_with_their_coefficients(fen: Fen, tmp_path: Path) -> None:
    file = str(tmp_path / "votes.jsonl")
    fen("arena", "simulate", file, "--style", "length", "0.4", "--votes", "20000")
    found = fen("arena", "rate", file, "--coefficients", "--json").json
    assert [one["style"] for one in found] == ["length", "side"]
    assert 0.25 < found[0]["value"] < 0.45
    assert "log-odds" in fen("arena", "rate", file, "--style").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rate", "no.jsonl"), "no.jsonl: found No such file or directory"),
        (("rate", "{votes}", "--category", "zh"), "category: found none, expected zh"),
        (("rate", "{votes}", "--anchor", "x"), "expected x too"),
        (("rate", "{votes}", "--style"), "style: found no column of numbers"),
        (("simulate", "votes.csv"), "expected .jsonl or .parquet"),
        (("simulate", "votes.jsonl", "--taste", "1"), "found --taste without --voters"),
    ],
)
def test_a_wrong_file_or_option_ends_in_one_line(
    fen: Fen, votes: Path, words: tuple[str, ...], told: str
) -> None:
    done = fen("arena", *(word.format(votes=votes) for word in words))
    assert done.status in (1, 2)
    assert told in done.err
    assert "Traceback" not in done.err


def test_the_program_keeps_openblas_from_spinning(votes: Path) -> None:
    look = (
        "import os, sys; from fen.cli.program import main\n"
        "sys.argv = ['fen', 'arena', 'rate', sys.argv[1], '--json']\n"
        "try: main()\n"
        "finally: print(os.environ['OPENBLAS_NUM_THREADS'], file=sys.stderr)\n"
    )
    clean = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    for said, kept in ((clean, "1"), ({**clean, "OPENBLAS_NUM_THREADS": "2"}, "2")):
        done = subprocess.run(
            [sys.executable, "-c", look, str(votes)], env=said, capture_output=True, text=True, check=True
        )
        assert len(json.loads(done.stdout)) == 4
        assert done.stderr.strip() == kept
