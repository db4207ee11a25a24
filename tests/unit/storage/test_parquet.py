"""Columns in Parquet files: what each holds, how it is read, and what a wrong one is told."""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fen.storage.parquet import Coded, list_kinds, read_columns, read_rows, write_columns
from fen.wire.errors import InvalidRequest

pa: Any = import_module("pyarrow")
pq: Any = import_module("pyarrow.parquet")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    columns = {
        "name": pa.array(["b", None, "a", "b"]),
        "coded": pa.array(["x", "y", "x", None]).dictionary_encode(),
        "number": pa.array([1, None, 3, 4]),
        "amount": pa.array([Decimal("1.5"), Decimal(2), None, Decimal(0)]),
        "true": pa.array([True, False, None, True]),
        "at": pa.array([AT, None, AT, AT]),
        "day": pa.array([date(2026, 1, 2), None, None, None]),
        "nothing": pa.array([None] * 4),
        "list": pa.array([[{"role": "user"}], [], None, []]),
        "bytes": pa.array([b"\xff", b"", None, b""]),
    }
    pq.write_table(pa.table(columns), tmp_path / "f.parquet", row_group_size=3)
    return tmp_path / "f.parquet"


def test_kinds_are_told(file: Path) -> None:
    assert list_kinds(file) == {
        "name": "text",
        "coded": "text",
        "number": "number",
        "amount": "number",
        "true": "number",
        "at": "moment",
        "day": "moment",
        "nothing": "text",
        "list": "other",
        "bytes": "other",
    }
    assert list_kinds(file.read_bytes()) == list_kinds(file)


def test_text_is_codes_whatever_the_groups_of_rows(file: Path) -> None:
    texts, _ = read_columns(file, ["name", "coded", "nothing", "number"])
    spelt = {
        name: [None if code < 0 else one.names[code] for code in one.codes] for name, one in texts.items()
    }
    assert spelt == {
        "name": ["b", None, "a", "b"],
        "coded": ["x", "y", "x", None],
        "nothing": [None] * 4,
        "number": ["1", None, "3", "4"],
    }


def test_numbers_lack_what_is_not_there_and_moments_are_seconds(file: Path) -> None:
    _, numbers = read_columns(file, [], ["number", "amount", "true", "at", "day"])
    nan = float("nan")
    assert numbers["number"].tolist() == pytest.approx([1, nan, 3, 4], nan_ok=True)
    assert numbers["amount"].tolist() == pytest.approx([1.5, 2, nan, 0], nan_ok=True)
    assert numbers["true"].tolist() == pytest.approx([1, 0, nan, 1], nan_ok=True)
    assert numbers["at"][0] == AT.timestamp()
    assert numbers["day"][0] == datetime(2026, 1, 2, tzinfo=UTC).timestamp()


def test_rows_are_python_values(file: Path) -> None:
    assert [row["list"] for row in read_rows(file, ["list"])] == [[{"role": "user"}], [], None, []]


@pytest.mark.parametrize(
    ("texts", "numbers", "told"),
    [
        (["list"], [], "found something else in list, expected text or numbers"),
        ([], ["bytes"], "found something else in bytes, expected text or numbers"),
        ([], ["name"], "name: found Failed to parse string: 'b'"),
        (["lost"], [], "expected lost too"),
    ],
)
def test_a_wrong_column_is_told(file: Path, texts: list[str], numbers: list[str], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        read_columns(file, texts, numbers)


def test_what_is_no_file_of_parquet_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("left,right\n")
    for source in (tmp_path / "f", tmp_path / "none", b"PAR1", b""):
        with pytest.raises(InvalidRequest, match="expected a Parquet file"):
            list_kinds(source)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    name = Coded(("a", "b"), np.array([1, -1, 0], np.int32))
    write_columns(tmp_path / "f.parquet", {"name": name, "number": np.array([0.5, np.nan, 1.0])})
    texts, numbers = read_columns(tmp_path / "f.parquet", ["name"], ["number"])
    assert (texts["name"].names, texts["name"].codes.tolist()) == (("a", "b"), [1, -1, 0])
    assert numbers["number"].tolist() == pytest.approx([0.5, np.nan, 1.0], nan_ok=True)
