# pyright: reportUnknownMemberType=false
"""Tables: those of reports as they are, and lists whose cells lead somewhere; every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from operator import itemgetter

import msgspec
from nicegui import ui

from fen.evals.report import Heading, Table
from fen.web.pages.frame import frame_table

Colours = Mapping[str, int]
"""By model, the number of its colour."""


class Way(msgspec.Struct, frozen=True):
    """A cell that leads to an address of this site."""

    text: str
    to: str


Cell = str | Way


def show_table(table: Table, colours: Colours | None = None) -> None:
    """Show a report's table; rows that begin alike share their first cell."""
    show_rows(table.title, table.headings, table.rows, colours)
    for note in table.notes:
        ui.label(note).classes("fen-quiet fen-text fen-evals-note")


def show_rows(
    name: str, headings: Sequence[Heading], rows: Sequence[Sequence[Cell]], colours: Colours | None = None
) -> None:
    """Show rows; one that is wider than the screen scrolls alone, and by keyboard too.

    name: what a screen reader calls it.
    """
    told = colours or {}
    head = "".join(
        f'<th scope="col" class="{one.kind}">{_mark(one.title, told) if one.kind == "series" else ""}'
        f"{escape(one.title)}</th>"
        for one in headings
    )
    body = "".join(_write_group(headings, list(group), told) for _, group in groupby(rows, key=itemgetter(0)))
    ui.html(frame_table(name, head, body, "fen-evals-scroll"), sanitize=False).classes("full-width")


def _write_group(headings: Sequence[Heading], rows: Sequence[Sequence[Cell]], colours: Colours) -> str:
    written: list[str] = []
    for place, row in enumerate(rows):
        first = ""
        if place == 0:
            span = f' rowspan="{len(rows)}"' if len(rows) > 1 else ""
            scope = "rowgroup" if span else "row"
            inner = _write(headings[0], row[0], colours)
            first = f'<th scope="{scope}" class="{headings[0].kind}"{span}>{inner}</th>'
        cells = "".join(
            f'<td class="{heading.kind}">{_write(heading, cell, colours)}</td>'
            for heading, cell in zip(headings[1:], row[1:], strict=True)
        )
        written.append(f"<tr>{first}{cells}</tr>")
    return "".join(written)


def _write(heading: Heading, cell: Cell, colours: Colours) -> str:
    if isinstance(cell, Way):
        return f'<a href="{escape(cell.to, quote=True)}">{escape(cell.text)}</a>'
    mark = _mark(cell, colours) if heading.kind == "model" else ""
    return mark + escape(cell)


def _mark(model: str, colours: Colours) -> str:
    if model not in colours:
        return ""
    return f'<span class="fen-evals-chip fen-s{colours[model]}" aria-hidden="true"></span>'


def show_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Show names with what stands to them."""
    inner = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    ui.html(f'<dl class="fen-evals-facts">{inner}</dl>', sanitize=False).classes("full-width")
