"""Columns in Parquet files: names as codes, numbers as arrays. The one door to PyArrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import pyarrow  # pyright: ignore[reportMissingTypeStubs]
import pyarrow.parquet  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from fen.wire.errors import InvalidRequest

pa: Any = pyarrow  # it has no types
pq: Any = pyarrow.parquet
_INVALID: type[ValueError] = pa.ArrowInvalid


class Coded(msgspec.Struct, frozen=True):
    """A column of names: which ones there are, and the number of each row's, shape (N,); -1 for none."""

    names: tuple[str, ...]
    codes: NDArray[np.int32]


Column = Coded | NDArray[Any]


def list_columns(source: Path | bytes) -> tuple[str, ...]:
    """Return the names of a file's columns; raises InvalidRequest for what is no Parquet file."""
    try:
        return tuple(pq.read_schema(_open(source)).names)
    except (_INVALID, OSError) as error:
        raise _refuse(source, error) from None


def read_columns(
    source: Path | bytes, coded: Sequence[str], numbers: Sequence[str] = ()
) -> tuple[dict[str, Coded], dict[str, NDArray[np.float64]]]:
    """Read columns of text as codes, and columns of numbers, with NaN where there is none.

    source: a file, or its bytes. What the file stores as a dictionary is not spelled out on the way. Raises
    InvalidRequest for what is no Parquet file, lacks a column, or has text for a number.
    """
    known, wanted = list_columns(source), [*coded, *numbers]
    lacking = [name for name in wanted if name not in known]
    if lacking:
        raise InvalidRequest(
            f"{_name(source)}: found the columns {', '.join(known)}, expected {', '.join(lacking)} too"
        )
    try:
        # Not `read_table`, which loads the libraries of data sets first.
        table = pq.ParquetFile(_open(source), read_dictionary=list(coded)).read(columns=wanted)
    except (_INVALID, OSError) as error:
        raise _refuse(source, error) from None
    names = {name: _code(table.column(name)) for name in coded}
    return names, {name: _count(name, table.column(name)) for name in numbers}


def write_columns(path: Path, columns: Mapping[str, Column | Sequence[Any]]) -> None:
    """Write columns of equal length; names as a dictionary and its codes."""
    pq.write_table(pa.table({name: _store(column) for name, column in columns.items()}), path)


def _code(column: Any) -> Coded:
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    chunks = column.unify_dictionaries().chunks
    if not chunks:
        return Coded((), np.zeros(0, np.int32))
    names = tuple(str(name) for name in chunks[0].dictionary.to_pylist())
    parts = [chunk.indices.fill_null(-1) if chunk.null_count else chunk.indices for chunk in chunks]
    codes = np.concatenate([part.to_numpy(zero_copy_only=False) for part in parts], dtype=np.int32)
    return Coded(names, codes)


def _count(name: str, column: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
    except _INVALID as error:
        raise InvalidRequest(f"{name}: found {error}, expected numbers", param=name) from None


def _store(column: Column | Sequence[Any]) -> Any:
    if isinstance(column, Coded):
        codes = pa.array(column.codes, mask=column.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(column.names, pa.string()))
    return pa.array(cast("Any", column))


def _open(source: Path | bytes) -> Any:
    return pa.BufferReader(source) if isinstance(source, bytes) else str(source)


def _name(source: Path | bytes) -> str:
    return "the file" if isinstance(source, bytes) else str(source)


def _refuse(source: Path | bytes, error: Exception) -> InvalidRequest:
    said = str(error).splitlines()[0][:200]
    return InvalidRequest(f"{_name(source)}: found {said}, expected a Parquet file")
