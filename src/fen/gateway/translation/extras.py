"""What an answer says beyond the other format: it rides along, so that nothing of a paid answer is lost."""

from __future__ import annotations

from typing import Any

from fen.gateway.translation.members import Json


class Extras:
    """Members without a counterpart, handed on in one member that bears the name of the format they are of.

    A value that a stream repeats with every event is told once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: dict[tuple[str, str], Any] = {}
        self._new: Json = {}

    def note(self, where: str, members: Json) -> None:
        """Keep members; `where` is the object that they were in, "" for the outermost."""
        for name, value in members.items():
            if (where, name) in self._told and self._told[where, name] == value:
                continue
            self._told[where, name] = value
            inside: Json = self._new.setdefault(where, {}) if where else self._new
            inside[name] = value

    def add(self, where: str, members: Json, index: int | None = None) -> None:
        """Keep the members of one of several objects, such as a block, with its index."""
        if members:
            self._new.setdefault(where, []).append(({} if index is None else {"index": index}) | members)

    def take(self) -> Json:
        """Return the member that carries what came since the last time; empty where nothing did."""
        new, self._new = self._new, {}
        return {self._name: new} if new else {}
