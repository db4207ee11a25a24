# pyright: reportUnknownMemberType=false
"""Rows as an HTML table, and figures as a reader's language has them: what usage and administration show."""

from __future__ import annotations

import html
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec
from nicegui import ui
from nicegui.events import GenericEventArguments

from fen.web.pages.frame import frame_table
from fen.web.pages.words import Words
from fen.wire.money import plain

Sort = Literal["text", "figure", "code"]


class Link(msgspec.Struct, frozen=True):
    """A cell that leads somewhere. path: of this site."""

    text: str
    path: str


class Exact(msgspec.Struct, frozen=True):
    """A cell whose text is rounded; the whole of it is shown where a pointer rests on it."""

    text: str
    whole: str


class Press(msgspec.Struct, frozen=True):
    """A cell that is a button. word: what is told where it is pressed. name: what a screen reader says."""

    text: str
    word: str
    name: str


Cell = str | Link | Exact | Press


def show_rows(
    name: str,
    columns: Sequence[tuple[str, Sort]],
    rows: Iterable[Sequence[Cell]],
    on_press: Callable[[str], Awaitable[None]] | None = None,
) -> None:
    """Show a table; name: what it is called for whoever hears it. columns: their heads, and what is in them.

    on_press: is told the word of the button that was pressed.
    """
    head = "".join(f'<th scope="col"{_kind(sort)}>{html.escape(word)}</th>' for word, sort in columns)
    sorts: list[Sort] = [sort for _, sort in columns]
    body = "".join(
        "<tr>"
        + "".join(f"<td{_kind(sort)}>{_write(cell)}</td>" for cell, sort in zip(row, sorts, strict=True))
        + "</tr>"
        for row in rows
    )
    table = ui.html(frame_table(name, head, body, "fen-rows"), sanitize=False).classes("full-width")
    if on_press is not None:
        press = on_press

        async def tell(event: GenericEventArguments) -> None:
            await press(str(event.args))

        # One listener for all rows, so that a long table is one element and not thousands.
        find = "event => { const b = event.target.closest('[data-word]'); if (b) emit(b.dataset.word); }"
        table.on("click", tell, js_handler=find)


def say_amount(say: Words, amount: Decimal | None, currency: str | None) -> Cell:
    """Return an amount with four figures that count, and at least two decimals; the whole of it beside."""
    if amount is None or currency is None:
        return "–"
    digits = 2
    if amount:
        digits = min(12, max(2, 3 - math.floor(math.log10(abs(amount)))))
    shown = say.number(amount.quantize(Decimal(1).scaleb(-digits)), digits)
    if digits > 2:
        kept = shown.rstrip("0")
        shown = kept + "0" * max(0, len(shown) - digits + 2 - len(kept))
    return Exact(f"{shown} {currency}", f"{plain(amount)} {currency}")


def say_text(cell: Cell) -> str:
    """Return a cell's text."""
    return cell if isinstance(cell, str) else cell.text


def say_moment(say: Words, at: datetime | None) -> str:
    """Return a moment in UTC; nothing for none."""
    return "" if at is None else say.moment(at.astimezone(UTC))


def _kind(sort: Sort) -> str:
    return "" if sort == "text" else f' class="fen-{"number" if sort == "figure" else "id"}"'


def _write(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{html.escape(cell.path, quote=True)}">{html.escape(cell.text)}</a>'
    if isinstance(cell, Exact):
        return f'<span title="{html.escape(cell.whole, quote=True)}">{html.escape(cell.text)}</span>'
    if isinstance(cell, Press):
        word, name = (html.escape(text, quote=True) for text in (cell.word, cell.name))
        text = html.escape(cell.text)
        return f'<button class="fen-press" data-word="{word}" aria-label="{name}">{text}</button>'
    return html.escape(cell)
