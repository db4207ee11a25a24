"""Files of outcomes: what is read of a row, and what is refused by its number."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from fen.routing import Asked
from fen.routing.outcome import Evidence, Outcome, Vote
from fen.routing.outcome_files import read_evidence
from fen.storage.parquet import Coded, write_columns
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money


def read(folder: Path, *lines: str) -> Evidence:
    path = folder / "outcomes.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_evidence(path)


def test_a_line_is_an_outcome_or_a_vote(tmp_path: Path):
    found = read(
        tmp_path,
        '{"prompt": "one", "model": "m", "correct": true, "cost": 0.10, "tag": "code", "other": [1]}',
        "",
        '{"prompt": "one", "model": "n", "score": 0.5, "cost": "0.2", "currency": "CNY", "output_tokens": 7}',
        '{"prompt": "two", "model_a": "m", "model_b": "n", "winner": "tie (bothbad)"}',
    )
    assert found.outcomes == (
        Outcome(Asked("one", tag="code"), "m", 1.0, Money(Decimal("0.10"), "USD")),
        Outcome(Asked("one"), "n", 0.5, Money(Decimal("0.2"), "CNY"), 7),
    )
    assert found.votes == (Vote(Asked("two"), "m", "n", "both_bad"),)


def test_parquet_says_what_lines_say(tmp_path: Path):
    path = tmp_path / "outcomes.parquet"
    columns = {
        "prompt": Coded(("one", "天"), np.array([0, 1, 0], np.int32)),
        "model": ["m", "m", "n"],
        "correct": [True, False, True],
        "cost": [0.1, None, 0.25],
        "tag": [None, "zh", None],
        "output_tokens": [7, None, 9],
    }
    write_columns(path, columns)
    assert read_evidence(path) == read(
        tmp_path,
        '{"prompt": "one", "model": "m", "correct": true, "cost": 0.1, "output_tokens": 7}',
        '{"prompt": "天", "model": "m", "correct": false, "tag": "zh"}',
        '{"prompt": "one", "model": "n", "correct": 1, "cost": 0.25, "output_tokens": 9}',
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: "),
        ("[1]", "line 1: "),
        ('{"model": "m", "correct": true}', "line 1: found no `prompt`, expected the text"),
        ('{"prompt": "p", "correct": true}', "line 1: found no `model`, expected its id"),
        ('{"prompt": "p", "model": "m"}', "line 1: found neither, expected either `correct` or `score`"),
        ('{"prompt": "p", "model": "m", "correct": 1, "score": 1}', "line 1: found both, expected either"),
        ('{"prompt": "p", "model": "m", "score": 1.5}', "line 1: found the score 1.5, expected 0 to 1"),
        ('{"prompt": "p", "model": "m", "score": 1, "cost": -1}', "line 1: found the cost -1, expected"),
        (
            '{"prompt": "p", "model": "m", "score": 1, "cost": 1, "currency": "X"}',
            "the currency 'X', expected",
        ),
        (
            '{"prompt": "p", "model": "m", "score": 1, "output_tokens": -2}',
            "output_tokens: found -2, expected",
        ),
        (
            '{"prompt": "p", "model_a": "m", "model_b": "n", "winner": "m"}',
            "found the winner 'm', expected a",
        ),
        ('{"prompt": "p", "model_a": "m", "model_b": "m", "winner": "a"}', "found no two models, expected"),
        (" ", "found no row, expected outcomes or votes"),
    ],
)
def test_what_is_no_outcome_is_refused_by_its_line(tmp_path: Path, line: str, said: str):
    with pytest.raises(InvalidRequest) as refused:
        read(tmp_path, line)
    assert said in refused.value.message


def test_a_parquet_row_is_refused_by_its_number(tmp_path: Path):
    path = tmp_path / "outcomes.parquet"
    write_columns(path, {"prompt": ["a", "b"], "model": ["m", "m"], "score": [0.5, 7.0]})
    with pytest.raises(InvalidRequest, match="row 2: found the score 7, expected 0 to 1"):
        read_evidence(path)
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InvalidRequest, match="expected a Parquet file"):
        read_evidence(path)
