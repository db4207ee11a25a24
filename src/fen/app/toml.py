"""TOML with places: every complaint names file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from fen.wire.errors import ConfigError

T = TypeVar("T")
Place = Sequence[str | int]
"""The names, and in lists the numbers, that lead from the top to a member."""

_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


class TomlFile:
    """A parsed file that can say on which line a member stands."""

    def __init__(self, path: Path, text: str, tree: dict[str, Any]) -> None:
        self.path = path
        self.tree = tree
        self._text = text

    def keys(self, place: Place) -> list[str]:
        """Return the names in a table.

        Raises ConfigError where the place holds something else.
        """
        node = self._look_up(place)
        if not isinstance(node, dict):
            raise self.complain(place, f"found {_show(node)}, expected a table")
        return list(cast("dict[str, Any]", node))

    def check_text(self, place: Place) -> None:
        """Raise ConfigError where a place holds no text."""
        node = self._look_up(place)
        if not isinstance(node, str):
            raise self.complain(place, f"found {_show(node)}, expected text")

    def check_names(self, place: Place, known: Iterable[str]) -> None:
        """Raise ConfigError for a name that is not known."""
        allowed = sorted(known)
        for name in self.keys(place):
            if name not in allowed:
                message = f"found an unknown key, expected one of {', '.join(allowed)}"
                raise self.complain((*place, name), message)

    def convert(self, place: Place, kind: type[T]) -> T:
        """Return the table at a place as a value of `kind`, a struct.

        Raises ConfigError for unknown names and malformed values.
        """
        self.check_names(place, (field.encode_name for field in msgspec.structs.fields(kind)))  # pyright: ignore[reportArgumentType]
        try:
            return msgspec.convert(self._look_up(place), kind)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$")
            inner = (*place, *_read_path(path.rstrip("`")))
            found = _show(self._look_up(inner))
            raise self.complain(inner, f"found {found}, {_translate(text)}") from None

    def complain(self, place: Place, message: str) -> ConfigError:
        """Return a ConfigError that names file, line and member."""
        return ConfigError(f"{self.path}:{self._line(place)}: {_join(place)}: {message}")

    def _look_up(self, place: Place) -> Any:
        node: Any = self.tree
        for step in place:
            node = _step(node, step)
        return node

    def _line(self, place: Place) -> int:
        # tomllib keeps no positions. A prefix of the file that ends between two statements parses; the first
        # one that has the member ends with its statement, which begins behind the prefix before.
        lines = self._text.splitlines()
        while self._look_up(place) is None:  # what is missing has the line of the table that lacks it
            place = place[:-1]
        begin = 1
        for end in range(1, len(lines) + 1):
            try:
                node: Any = tomllib.loads("\n".join(lines[:end]))
            except tomllib.TOMLDecodeError:
                continue
            for step in place:
                node = _step(node, step)
            if node is not None:
                return begin
            begin = end + 1
        return 1


def read_toml(path: Path) -> TomlFile:
    """Read a file.

    Raises ConfigError when it cannot be read or is not TOML.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}, expected a readable TOML file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: found bytes that are not UTF-8 ({error}), expected TOML") from None
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line, why = _read_position(str(error), text)
        raise ConfigError(f"{path}:{line}: found what is not TOML: {why}") from None


def locate(path: Path | None, place: Place, message: str) -> ConfigError:
    """Return a ConfigError about a member of a file that was read before; without a file, about the place."""
    if path is None:
        return ConfigError(f"{_join(place)}: {message}")
    return read_toml(path).complain(place, message)


def _read_position(message: str, text: str) -> tuple[int, str]:
    """Take `(at line 3, column 5)` or `(at end of document)` off a message of tomllib's."""
    why, _, position = message.rpartition(" (at ")
    match = re.match(r"line ([0-9]+), (column [0-9]+)\)", position)
    if match is None:
        return max(1, len(text.splitlines())), message
    return int(match[1]), f"{why} ({match[2]})"


def _read_path(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for name, number in re.findall(r"\.([^.\[]+)|\[([0-9]+)\]", path):
        steps.append(int(number) if number else name)
    return steps


def _translate(text: str) -> str:
    """From msgspec's words to those of TOML: "Expected `int | null`, got `str`"."""
    text = text.partition(", got ")[0].replace(" | null", "")
    for name, word in _NAMES.items():
        text = text.replace(f"`{name}`", word)
    return text[0].lower() + text[1:]


def _step(node: Any, step: str | int) -> Any:
    if isinstance(step, int):
        items = cast("list[Any]", node) if isinstance(node, list) else []
        return items[step] if step < len(items) else None
    return cast("dict[str, Any]", node).get(step) if isinstance(node, dict) else None


def _join(place: Place) -> str:
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", step)
            text += "." * bool(text) + (step if bare else f'"{step}"')
    return text


def _show(value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
