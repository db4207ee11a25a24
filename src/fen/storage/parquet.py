"""Columns in Parquet files: names as codes, numbers as arrays. The one door to PyArrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import numpy as np
import pyarrow  # pyright: ignore[reportMissingTypeStubs]
import pyarrow.parquet  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from fen.wire.errors import InvalidRequest

pa: Any = pyarrow  # it has no types
pq: Any = pyarrow.parquet
# What Arrow raises for files and columns that are not as expected; a text that is no UTF-8 is a ValueError.
_INVALID: tuple[type[Exception], ...] = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError)
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
_GROUP = 1 << 22  # rows of a group, which is read in one piece; codes and numbers are small
_ROWS = 1000  # that are spelled out at once

Kind = Literal["text", "number", "moment", "other"]
"""What a column holds. `number`: truth values too. `moment`: a time or a date. `other`: lists, bytes ..."""


class Coded(msgspec.Struct, frozen=True):
    """A column of names: which ones there are, and the number of each row's, shape (N,); -1 for none."""

    names: tuple[str, ...]
    codes: NDArray[np.int32]


Column = Coded | NDArray[Any]


def list_kinds(source: Path | bytes) -> dict[str, Kind]:
    """Return what each of a file's columns holds; raises InvalidRequest for what is no Parquet file.

    Of several columns of one name there is only the first, and its kind is `other`.
    """
    try:
        schema = pq.read_schema(_open(source))
        kinds: dict[str, Kind] = {}
        for field in schema:
            kinds[field.name] = "other" if field.name in kinds else _find_kind(field.type)
    except _INVALID as error:
        raise _refuse(source, error) from None
    return kinds


def read_columns(
    source: Path | bytes, coded: Sequence[str], numbers: Sequence[str] = ()
) -> tuple[dict[str, Coded], dict[str, NDArray[np.float64]]]:
    """Read columns of text as codes, and columns of numbers, with NaN where there is none.

    source: a file, or its bytes. What the file stores as a dictionary is not spelled out on the way. A moment
    is a number of seconds since 1970. Raises InvalidRequest for what is no Parquet file, lacks a column, or
    has text for a number.
    """
    known, wanted = list_kinds(source), [*coded, *numbers]
    lacking = [name for name in wanted if name not in known]
    if lacking:
        raise InvalidRequest(
            f"{_name(source)}: found the columns {', '.join(known)}, expected {', '.join(lacking)} too"
        )
    nested = [name for name in wanted if known[name] == "other"]
    if nested:
        raise InvalidRequest(
            f"{_name(source)}: found something else in {', '.join(nested)}, expected text or numbers"
        )
    texts = [name for name in coded if known[name] == "text"]
    try:
        # Not `read_table`, which loads the libraries of data sets first. Columns are read so quickly that
        # threads cost more than they bring, and much more on a busy machine.
        file = pq.ParquetFile(_open(source), read_dictionary=texts)
        table = file.read(columns=wanted, use_threads=False)
    except _INVALID as error:
        raise _refuse(source, error) from None
    names = {name: _code(name, table.column(name)) for name in coded}
    return names, {name: _count(name, table.column(name)) for name in numbers}


def read_rows(source: Path | bytes, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield rows as Python values, lists and structures too; raises InvalidRequest as `read_columns` does."""
    try:
        for batch in pq.ParquetFile(_open(source)).iter_batches(_ROWS, columns=list(names)):
            yield from batch.to_pylist()
    except _INVALID as error:
        raise _refuse(source, error) from None


def write_columns(path: Path, columns: Mapping[str, Column | Sequence[Any]]) -> None:
    """Write columns of equal length; names as a dictionary and its codes."""
    table = pa.table({name: _store(column) for name, column in columns.items()})
    pq.write_table(table, path, row_group_size=_GROUP)


def _find_kind(kind: Any) -> Kind:
    types = pa.types
    if types.is_dictionary(kind):
        return _find_kind(kind.value_type)
    if any(is_text(kind) for is_text in (types.is_string, types.is_large_string, types.is_string_view)):
        return "text"
    if types.is_null(kind):
        return "text"  # a column of which nothing is known
    if any(is_number(kind) for is_number in _NUMBERS):
        return "number"
    return "moment" if types.is_timestamp(kind) or types.is_date(kind) else "other"


def _code(name: str, column: Any) -> Coded:
    try:
        if not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        chunks = column.unify_dictionaries().chunks
        if not chunks:
            return Coded((), np.zeros(0, np.int32))
        names = _spell(chunks[0].dictionary)
        parts = [chunk.indices.fill_null(-1) if chunk.null_count else chunk.indices for chunk in chunks]
        arrays = [np.asarray(part.to_numpy(zero_copy_only=False), np.int32) for part in parts]
        codes = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    except _INVALID as error:
        raise InvalidRequest(f"{name}: found {_say(error)}, expected text", param=name) from None
    if len(codes) and int(codes.max()) >= len(names):  # the reader takes the file's word for it
        raise InvalidRequest(f"{name}: found a name's number that the file has no name for", param=name)
    if None in names:
        codes = np.where(codes == names.index(None), np.int32(-1), codes)
    return Coded(tuple(str(one) for one in names), codes)


def _spell(names: Any) -> list[str | None]:
    # A cast loads the library of functions first.
    return (names if pa.types.is_string(names.type) else names.cast(pa.string())).to_pylist()


def _count(name: str, column: Any) -> NDArray[np.float64]:
    try:
        if _find_kind(column.type) == "moment":
            micros = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
            return np.asarray(micros.cast(pa.float64(), safe=False).to_numpy(), np.float64) / 1e6
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)
    except _INVALID as error:
        raise InvalidRequest(f"{name}: found {_say(error)}, expected numbers", param=name) from None


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
    return InvalidRequest(f"{_name(source)}: found {_say(error)}, expected a Parquet file")


def _say(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
