"""Values with arrays in them, as a zip file of `.npy` members and texts; nothing is ever unpickled.

A packed value is a frozen Struct whose members are arrays, plain values, or other such Structs, or None. It
is read back by its type's annotations.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.wire.errors import InvalidRequest

T = TypeVar("T", bound=msgspec.Struct)

Arrays = dict[str, NDArray[Any]]
_ARRAY = ".npy"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever the same value is packed
_FAULTS = (zipfile.BadZipFile, EOFError, ValueError, KeyError, NotImplementedError, zlib.error)


def take_apart(value: msgspec.Struct, prefix: str = "") -> tuple[dict[str, Any], Arrays]:
    """Return a Struct's plain members, nested as they are, and its arrays by place (`quality.weights`)."""
    plain: dict[str, Any] = {}
    arrays: Arrays = {}
    for field in msgspec.structs.fields(value):
        member, place = getattr(value, field.name), f"{prefix}{field.name}"
        if isinstance(member, np.ndarray):
            arrays[place] = member
        elif isinstance(member, msgspec.Struct) and has_arrays(type(member)):
            plain[field.name], below = take_apart(member, f"{place}.")
            arrays |= below
        else:
            plain[field.name] = msgspec.to_builtins(member)
    return plain, arrays


def put_together(
    kind: type[T], plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], prefix: str = ""
) -> T:
    """Return the Struct that was taken apart; raises ValueError or KeyError where members are missing."""
    hints = get_type_hints(kind)
    members: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        place, found = f"{prefix}{field.name}", _find_kind(hints[field.name])
        if place in arrays:
            members[field.name] = arrays[place]
        elif field.name not in plain:
            if field.required:
                raise KeyError(place)
        elif plain[field.name] is None or not has_arrays(found):
            members[field.name] = msgspec.convert(plain[field.name], hints[field.name])
        else:
            members[field.name] = put_together(found, plain[field.name], arrays, f"{place}.")
    return kind(**members)


def has_arrays(kind: Any) -> bool:
    """Whether a type is a Struct with arrays among its members, or theirs."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return False
    return any(_is_array(hint) or has_arrays(_find_kind(hint)) for hint in get_type_hints(kind).values())


def write_zip(path: Path, told: Mapping[str, bytes], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write texts and arrays, then put the file in its place at once."""
    part = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, text in told.items():
                opened.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
            for name, array in arrays.items():
                opened.writestr(
                    zipfile.ZipInfo(name + _ARRAY, _EPOCH), write_array(array), zipfile.ZIP_DEFLATED
                )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_array(array: NDArray[Any]) -> bytes:
    """Return an array in NumPy's own format; raises ValueError for one of objects."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def read_texts(path: Path, *names: str) -> list[bytes]:
    """Return the texts of some members; raises InvalidRequest for what is no such file."""
    try:
        with zipfile.ZipFile(path) as opened:
            return [opened.read(name) for name in names]
    except _FAULTS as error:
        raise refuse(path, error) from None


def read_arrays(path: Path) -> Arrays:
    """Return all arrays of a file; raises InvalidRequest for one that is damaged."""
    arrays: Arrays = {}
    try:
        with zipfile.ZipFile(path) as opened:
            for name in opened.namelist():
                if name.endswith(_ARRAY):
                    buffer = io.BytesIO(opened.read(name))
                    arrays[name.removesuffix(_ARRAY)] = np.lib.format.read_array(buffer, allow_pickle=False)
    except _FAULTS as error:
        raise refuse(path, error) from None
    return arrays


def refuse(path: Path, error: Exception) -> InvalidRequest:
    """Return the error about a file that is not whole."""
    said = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return InvalidRequest(f"{path}: found {said}, expected an artefact that `fen route fit` has written")


def _find_kind(hint: Any) -> Any:
    """Return the Struct type of an annotation that allows None beside it; the annotation itself otherwise."""
    if get_origin(hint) in (Union, UnionType):
        kinds = [one for one in get_args(hint) if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def _is_array(hint: Any) -> bool:
    return get_origin(_find_kind(hint)) is np.ndarray
