"""Fen's own members in JSON lines: `left, right, outcome`, what else is known of a vote, and styles.

What a line has beside the known members is a style where it is a number, and is not read where it is not.
Which these are is learnt on the way: whichever line has a new one, the decoder is made anew with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import attrgetter
from typing import IO, Any

import msgspec

from fen.arena.ballots import Outcome
from fen.arena.files.columns import KNOWN, TEXTS, Columns
from fen.arena.files.lines import FAULTS, Block, Names, Numbers, Rows, collect, make_columns, read_times
from fen.arena.files.table import is_plain
from fen.wire.errors import InvalidRequest

_TYPES: dict[str, Any] = {
    "left": str,
    "right": str,
    "outcome": Outcome,
    "voter": str | int | None,
    "category": str | list[str] | None,
    "time": float | str | None,
    "left_cost": float | None,
    "right_cost": float | None,
    "propensity": float | None,
}
_UNNAMEABLE = frozenset('"\\')  # what the decoder takes in no name
_MOST = 200  # members that are not known, of a whole file


class Reader:
    """Reads a file; `where` is how errors name it."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._further: dict[str, Any] = {}
        self._decoder = self._make_decoder()
        self._texts = {name: Names() for name in TEXTS}
        self._numbers = {name: Numbers() for name in KNOWN if name not in TEXTS}
        self._rows = 0
        self._block = Block((), 1)

    def read(self, file: IO[bytes]) -> Columns:
        """Return its columns; raises InvalidRequest for a line that is no vote, with its number."""
        at = collect(file, self._where, self._decode, self._take)
        return make_columns(self._where, self._texts, self._numbers, at)

    def _decode(self, block: Block) -> Rows:
        self._block = block
        while True:
            try:
                return block.decode(self._decoder)
            except FAULTS:
                number, line, error = block.find_fault(self._decoder)
                if not self._learn(line, number):
                    raise InvalidRequest(f"{self._where}: line {number}: {error}") from None

    def _learn(self, line: bytes, number: int) -> bool:
        """Make the decoder anew with members that are not known yet; False where there are none."""
        try:
            found = msgspec.json.decode(line, type=dict[str, Any])
        except FAULTS:
            return False
        fresh = [name for name in found if name not in _TYPES and name not in self._further]
        if not fresh:
            return False
        if len(self._further) + len(fresh) > _MOST:
            raise InvalidRequest(
                f"{self._where}: found more than {_MOST} different members, expected {', '.join(KNOWN)}"
                " and some styles"
            )
        for name in fresh:
            if not is_plain(name) or not _UNNAMEABLE.isdisjoint(name):
                told = f"{self._where}: line {number}: found the member {name[:64]!a}"
                raise InvalidRequest(f"{told}, expected a name of one line")
            value = found[name]
            is_style = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
            self._further[name] = float | None if is_style else msgspec.Raw
            if is_style:
                self._numbers[name] = Numbers(self._rows)
        self._decoder = self._make_decoder()
        return True

    def _make_decoder(self) -> msgspec.json.Decoder[Any]:
        further = list(self._further)
        fields: list[tuple[Any, ...]] = [
            (name, kind) if name in ("left", "right", "outcome") else (name, kind, None)
            for name, kind in _TYPES.items()
        ]
        # A style may have a name that no attribute can have.
        fields += [(f"further_{at}", self._further[name], None) for at, name in enumerate(further)]
        row = msgspec.defstruct(
            "VoteLine",
            fields,
            rename={f"further_{at}": name for at, name in enumerate(further)},
            forbid_unknown_fields=True,
            gc=False,
        )
        return msgspec.json.Decoder(row)

    def _take(self, rows: Rows) -> None:
        styles = {f"further_{at}": name for at, name in enumerate(self._further) if name in self._numbers}
        fields = (*_TYPES, *styles)
        # Column by column of all rows at once, which is much quicker than row by row.
        columns = zip(*map(attrgetter(*fields), rows), strict=True) if rows else repeat((), len(fields))
        for field, values in zip(fields, columns, strict=True):
            name = styles.get(field, field)
            if name in _SPELT:
                self._texts[name].add([_SPELT[name](value) for value in values])
            elif name in self._texts:
                self._texts[name].add(values)
            else:
                self._numbers[name].add(read_times(values, self._refuse) if name == "time" else values)
        self._rows += len(rows)

    def _refuse(self, row: int, said: str) -> InvalidRequest:
        return InvalidRequest(f"{self._where}: line {int(self._block.numbers()[row])}: {said}")


def _spell(voter: str | int | None) -> str | None:
    return voter if voter is None or isinstance(voter, str) else str(voter)


def _join(category: str | Sequence[str] | None) -> str | None:
    return category if category is None or isinstance(category, str) else ",".join(category)


_SPELT: dict[str, Callable[[Any], str | None]] = {"voter": _spell, "category": _join}
