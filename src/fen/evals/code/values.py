"""Python values as JSON, and back as plain values: what a program that nobody trusts may hand over.

A value of a type that a model's program made is no value to compare with: its `__eq__` may say what it
likes. So only plain values cross, by their built-in type; whatever else a program returns equals nothing.
This file is also sent into the sandbox, before the programs that use it: standard library only.
"""

from __future__ import annotations

import base64
import decimal
import fractions
import json
import zlib
from collections.abc import Callable, KeysView
from typing import Any, cast

_LONG = 1 << 12  # a few answers of the published problems have megabytes
_MOST = 1 << 26
_PACKED = "z"  # no JSON begins so


class Foreign:
    """Stands for a value that is none of the plain ones: equal to nothing, not even to itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # pyright: ignore[reportAssignmentType] (as of any mutable value)


def dump(value: Any) -> str:
    """Return a value as one line: JSON, packed where it is long. Raises RecursionError at endless nesting."""
    line = json.dumps(encode(value))
    if len(line) < _LONG:
        return line
    return _PACKED + base64.b64encode(zlib.compress(line.encode(), 1)).decode()


def load(line: str) -> Any:
    """Return the plain value of `dump`'s line; raises ValueError, zlib.error or RecursionError."""
    if line.startswith(_PACKED):
        unpacking = zlib.decompressobj()
        line = unpacking.decompress(base64.b64decode(line[len(_PACKED) :]), _MOST).decode()
        if not unpacking.eof:
            raise ValueError(f"found a value that is cut or has over {_MOST} bytes, expected a whole one")
    return decode(json.loads(line))


def encode(value: Any) -> Any:
    """Return a value as JSON has it; what JSON has not becomes an object with one member."""
    if value is None or type(value) in (bool, str, float):
        return value
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return {"foreign": type(value).__name__}


def decode(value: Any) -> Any:
    """Return what `encode` was given, in plain types; raises ValueError."""
    if isinstance(value, list):
        return [decode(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        ((name, content),) = cast("dict[str, Any]", value).items()
        if name not in _READERS:
            raise ValueError(f"found {name!r}, expected the name of a type")
        return _READERS[name](content)
    return value


def _write_integer(value: int) -> Any:
    plain = int.__int__(value)
    return plain if abs(plain) < 1 << 63 else {"int": hex(plain)}  # a long one costs its square in decimal


def _write_many(name: str, kind: Any) -> Callable[[Any], Any]:
    """Return what writes a collection, by its built-in type's own iteration."""
    return lambda value: {name: [encode(one) for one in kind.__iter__(value)]}


def _write_list(value: Any, kind: Any = list) -> Any:
    return [encode(one) for one in kind.__iter__(value)]


def _write_dict(value: Any, kind: Any = dict) -> Any:
    return {"dict": [[encode(key), encode(one)] for key, one in kind.items(value)]}


def _write_keys(value: Any) -> Any:
    return {"set": [encode(one) for one in value]}


def _read_many(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda content: kind(decode(one) for one in content)


_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (bool, bool),
    (int, _write_integer),
    (float, float.__float__),
    (str, str.__str__),
    (list, _write_list),
    (tuple, _write_many("tuple", tuple)),
    (dict, _write_dict),
    (frozenset, _write_many("frozenset", frozenset)),
    (set, _write_many("set", set)),
    (KeysView, _write_keys),
    (complex, lambda value: {"complex": [value.real, value.imag]}),
    (bytes, lambda value: {"bytes": bytes.hex(value)}),
    (fractions.Fraction, lambda value: {"fraction": str(value)}),
    (decimal.Decimal, lambda value: {"decimal": str(value)}),
)

_READERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda content: int(content, 16),
    "tuple": _read_many(tuple),
    "dict": _read_many(dict),
    "set": _read_many(set),
    "frozenset": _read_many(frozenset),
    "complex": lambda content: complex(*content),
    "bytes": bytes.fromhex,
    "fraction": fractions.Fraction,
    "decimal": decimal.Decimal,
    "foreign": Foreign,
}
