"""Rows of files, and strata in turn."""

from pathlib import Path

import pytest

from fen.evals.rows import interleave, read_csv, read_tsv
from fen.wire.errors import ConfigError


def test_strata_come_in_turn_and_short_ones_end_first() -> None:
    assert list(interleave([[1, 4], [2], [3, 5, 6]])) == [1, 2, 3, 4, 5, 6]
    assert list(interleave([])) == []


def test_a_csv_has_text_alone_and_may_begin_with_a_mark() -> None:
    rows = list(read_csv('\ufeffa,b\nNA,"x\ny"\nnull,\n'.encode(), "f.csv", ("a", "b")))
    assert rows == [{"a": "NA", "b": "x\ny"}, {"a": "null", "b": ""}]
    with pytest.raises(ConfigError, match=r"f.csv:2: found a row with missing cells"):
        list(read_csv(b"a,b\n1\n", "f.csv", ("a", "b")))


def test_a_tsv_has_so_many_cells(tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text('"quoted\t1\n')
    assert list(read_tsv(path, 2)) == [['"quoted', "1"]]
    with pytest.raises(ConfigError, match=r"f.tsv:1: found 2 cells, expected 3"):
        list(read_tsv(path, 3))
