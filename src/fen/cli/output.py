"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import click
import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_GAP = 2
_NARROWEST = 12  # columns of text fold, but not below so many characters


class Column(msgspec.Struct, frozen=True):
    """A column; only `text` may be folded where the terminal is narrow, an `id` or a `figure` stays whole."""

    title: str
    kind: Literal["text", "id", "figure"] = "text"


def show_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def show_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print a table.

    On a terminal, or where COLUMNS says how wide, it fits if its ids and figures do; elsewhere every row is
    one line.
    """
    lines = [tuple(row) for row in rows]
    heads = tuple(column.title for column in columns)
    widths = [max(map(cell_len, cells)) for cells in zip(heads, *lines, strict=True)]
    console = Console(highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        text = _fit(columns, lines, widths, console)
    else:
        text = "\n".join(_pad(columns, line, widths) for line in (heads, *lines))
    click.echo("\n".join(line.rstrip() for line in text.splitlines()))


def _pad(columns: Sequence[Column], line: Sequence[str], widths: Sequence[int]) -> str:
    cells: list[str] = []
    for column, cell, width in zip(columns, line, widths, strict=True):
        space = " " * (width - cell_len(cell))
        cells.append(space + cell if column.kind == "figure" else cell + space)
    return (" " * _GAP).join(cells)


def _fit(
    columns: Sequence[Column], lines: Iterable[Sequence[str]], widths: Sequence[int], console: Console
) -> str:
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="bold")
    narrowest = len(columns) * _GAP
    for column, width in zip(columns, widths, strict=True):
        rigid = column.kind != "text"
        least = width if rigid else min(width, _NARROWEST)
        narrowest += least
        justify = "right" if column.kind == "figure" else "left"
        table.add_column(Text(column.title), justify=justify, no_wrap=rigid, min_width=least, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    console.width = max(console.width, narrowest)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one pair a line."""
    pairs = list(facts)
    width = max(cell_len(name) for name, _ in pairs)
    for name, value in pairs:
        click.echo(f"{name}{' ' * (width - cell_len(name))}  {value}")


def note(text: str) -> None:
    """Print a dim line to stderr, on a terminal only: what a person may want to know beside the output."""
    if sys.stderr.isatty():
        Console(stderr=True, highlight=False).print(Text(text), style="dim")
