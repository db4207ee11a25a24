"""What a suite's records say beside its score, as small tables that every form of a report shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from fen.evals.record import Record

Unit = Literal["word", "share", "count", "number"]
"""`word`: a text or a yes or no. `share`: 0 to 1, shown in percent. `count`: a whole number. `number`: any
other, shown with two decimals."""

Cell = str | bool | int | float | None
"""A figure is None where there is none."""


class Aside(msgspec.Struct, frozen=True):
    """A table that belongs beside a score.

    name, columns: what a report's `words.toml` knows them by, each column with its unit; the name is shown as
    it is where it knows none. rows: a cell for each column.
    """

    name: str
    columns: Mapping[str, Unit]
    rows: tuple[tuple[Cell, ...], ...]

    def to_objects(self) -> list[dict[str, Cell]]:
        """Return the rows as plain JSON."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


SumUp = Callable[[Sequence[Record]], Sequence[Aside]]
"""Returns a suite's tables of one model's records of that suite; none where they say nothing more."""
