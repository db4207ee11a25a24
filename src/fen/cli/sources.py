"""Where figures are from: numbers in a table, and what they stand for below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from fen.cli.output import Column, show_table

NOT_CHECKED = "not checked"


class Sources:
    """Numbers sources in the order in which they are named; one that is named again keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, source: str, checked: date | None, note: str | None = None) -> str:
        """Return the mark of a source, such as `[1]`."""
        seen = checked.isoformat() if checked is not None else NOT_CHECKED
        text = f"{source} ({note}, {seen})" if note else f"{source} ({seen})"
        return f"[{self._numbers.setdefault(text, len(self._numbers) + 1)}]"

    def show(self) -> None:
        """Print what the marks stand for, below a table."""
        if self._numbers:
            click.echo()
        for text, number in self._numbers.items():
            click.echo(f"[{number}] {text}")


def show_filled(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> None:
    """Print a table without the columns in which no line has anything."""
    filled = [place for place in range(len(columns)) if not lines or any(line[place] for line in lines)]
    show_table([columns[place] for place in filled], [[line[place] for place in filled] for line in lines])
