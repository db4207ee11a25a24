"""TOML with places: every complaint names file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from fen.wire.errors import ConfigError

T = TypeVar("T")


class TomlFile:
    """A parsed file that can say on which line a member stands."""

    def __init__(self, path: Path, text: str, tree: dict[str, Any]) -> None:
        self.path = path
        self.tree = tree
        self._text = text

    def keys(self, place: Sequence[str]) -> list[str]:
        """Return the names in a table.

        Raises ConfigError where the place holds something else.
        """
        node = self._look_up(place)
        if not isinstance(node, dict):
            raise self.complain(place, f"found {_show(node)}, expected a table")
        return list(cast("dict[str, Any]", node))

    def check_names(self, place: Sequence[str], known: Iterable[str]) -> None:
        """Raise ConfigError for a name that is not known."""
        allowed = sorted(known)
        for name in self.keys(place):
            if name not in allowed:
                message = f"found the unknown key {name!r}, expected one of {', '.join(allowed)}"
                raise self.complain((*place, name), message)

    def convert(self, place: Sequence[str], kind: type[T]) -> T:
        """Return the table at a place as a value of `kind`.

        Raises ConfigError for unknown names and malformed values.
        """
        self.check_names(place, (field.encode_name for field in msgspec.structs.fields(kind)))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType, reportArgumentType]
        try:
            return msgspec.convert(self._look_up(place), kind)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$.")
            inner = tuple(step.split("[")[0] for step in path.rstrip("`").split(".") if step)
            found = self._look_up((*place, *inner))
            raise self.complain(
                (*place, *inner), f"found {_show(found)}: {text[0].lower()}{text[1:]}"
            ) from None

    def complain(self, place: Sequence[str], message: str) -> ConfigError:
        """Return a ConfigError that names file, line and member."""
        return ConfigError(f"{self.path}:{self._line(place)}: {'.'.join(place)}: {message}")

    def _look_up(self, place: Sequence[str]) -> Any:
        node: Any = self.tree
        for step in place:
            if not isinstance(node, dict) or step not in node:
                break
            node = cast("dict[str, Any]", node)[step]
        return node

    def _line(self, place: Sequence[str]) -> int:
        # tomllib keeps no positions; the first line that, with all before it, has the member is its line.
        lines = self._text.splitlines()
        for number in range(1, len(lines) + 1):
            try:
                node: Any = tomllib.loads("\n".join(lines[:number]))
            except tomllib.TOMLDecodeError:
                continue
            for step in place:
                node = cast("dict[str, Any]", node).get(step) if isinstance(node, dict) else None
            if node is not None:
                return number
        return 1


def read_toml(path: Path) -> TomlFile:
    """Read a file.

    Raises ConfigError when it cannot be read or is not TOML.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}, expected a readable TOML file") from None
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _show(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
