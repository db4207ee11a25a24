"""Walks a JSON tree for the texts in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar, cast

Path = tuple[str | int, ...]

T = TypeVar("T")

_NOTHING: frozenset[str] = frozenset()


def walk_texts(value: Any, path: Path, skipped: Collection[str] = _NOTHING) -> Iterator[tuple[Path, str]]:
    """Yield every string in a tree with its path, in order; members whose name is skipped are left out.

    It needs no recursion, so that no depth of nesting is too much for it.
    """
    stack: list[tuple[Any, Path]] = [(value, path)]
    while stack:
        node, at = stack.pop()
        if isinstance(node, str):
            if node:
                yield at, node
        elif isinstance(node, list):
            items = cast(list[Any], node)
            stack += [(items[i], (*at, i)) for i in range(len(items) - 1, -1, -1)]
        elif isinstance(node, dict):
            members = list(cast(dict[str, Any], node).items())
            stack += [(inner, (*at, name)) for name, inner in reversed(members) if name not in skipped]


def as_kind(value: Any, kind: type[T]) -> T | None:
    """Return a value where it is of that type, None otherwise."""
    return value if isinstance(value, kind) else None


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON object; an empty one where it is none."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a JSON array; an empty one where it is none."""
    return cast(list[Any], value) if isinstance(value, list) else []
