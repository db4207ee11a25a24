# pyright: reportUnknownMemberType=false
"""Sums: of all, and by key, model and tag; as a file too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nicegui import ui

from fen.app import Records
from fen.app.spending import Spending, write_table
from fen.ledger import UsageRow, sum_charges, sum_costs
from fen.web.pages.rows import Cell, Sort, say_amount, show_rows
from fen.web.pages.usage.choice import Choice
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import FenError
from fen.wire.money import Money

_MOST = 50
"""Rows of one table; the file has all."""


def show_totals(say: Words, spending: Spending) -> None:
    """Show the sums of all requests, currencies apart."""
    rows = spending.totals
    requests = sum(row.requests for row in rows)
    costs, charges = sum_costs(rows), sum_charges(rows)
    with ui.element("div").classes("full-width fen-tiles"):
        _show_tile(say("Cost"), _say_sums(say, costs))
        if charges != costs:
            _show_tile(say("Charged"), _say_sums(say, charges))
        _show_tile(say("Requests"), [say.number(requests)])
        read = sum(row.input_tokens for row in rows)
        cached = sum(row.cached_tokens for row in rows)
        written = sum(row.output_tokens for row in rows)
        _show_tile(
            say("Tokens read, cached, written"), [" · ".join(map(say.number, (read, cached, written)))]
        )
        exact = sum(row.exact for row in rows)
        _show_tile(say("Exact"), [_say_share(say, exact, requests)])
        _show_tile(say("Without a price"), [say.number(sum(row.unpriced for row in rows))])
    if not requests:
        ui.label(say("No request ended in these days.")).classes("fen-quiet")


def show_export(visit: Visit, records: Records, choice: Choice) -> None:
    """Offer the days' sums as a file."""
    say = visit.say

    async def save() -> None:
        try:
            await visit.admit()
            key = choice.key if visit.is_admin else visit.key
            text = await write_table(records, choice.days, key.id if key is not None else None)
        except FenError as error:
            ui.notify(error.message, type="negative")
            return
        name = f"fen-usage-{choice.days.first}-{choice.days.last}.csv"
        ui.download.content("\ufeff" + text, name, "text/csv")  # the mark tells spreadsheets that it is UTF-8

    with ui.row().classes("full-width items-center justify-between"):
        ui.label(say("Days are those of UTC.")).classes("fen-quiet text-caption")
        ui.button(say("Download CSV"), icon="download", on_click=save).props("flat no-caps dense")


def show_groups(say: Words, spending: Spending, names: Mapping[str, str]) -> None:
    """Show what each key, model and tag took; names: of keys, by id."""
    nobody = say("without a key")

    def find_name(row: UsageRow) -> str:
        return nobody if row.key is None else names.get(row.key, row.key)

    _show_group(say, say("By key"), say("Key"), spending.keys, find_name)
    _show_group(say, say("By model"), say("Model"), spending.models, lambda row: row.model or "")
    if any(row.tag is not None for row in spending.tags):
        untagged = say("without a tag")
        _show_group(say, say("By tag"), say("Tag"), spending.tags, lambda row: row.tag or untagged)


def show_heading(text: str) -> None:
    """Begin a part of the page."""
    ui.label(text).props("role=heading aria-level=2").classes("text-h6 q-mt-md")


def make_columns(say: Words, first: str) -> list[tuple[str, Sort]]:
    """Return the heads of a table of sums; first: what is added up by."""
    figures = (
        say("Requests"),
        say("Input"),
        say("Cached"),
        say("Output"),
        say("Cost"),
        say("Charged"),
        say("Exact"),
        say("Estimated"),
        say("Unpriced"),
    )
    return [(first, "text"), *((figure, "figure") for figure in figures)]


def say_sums(say: Words, name: str, row: UsageRow) -> tuple[Cell, ...]:
    """Return a sum as a row of such a table."""
    counts = (row.requests, row.input_tokens, row.cached_tokens, row.output_tokens)
    shares = (row.exact, row.estimated, row.unpriced)
    return (
        name,
        *(say.number(count) for count in counts),
        say_amount(say, row.cost, row.currency),
        say_amount(say, row.charge, row.charge_currency),
        *(_say_share(say, share, row.requests) for share in shares),
    )


def _show_group(
    say: Words, title: str, first: str, rows: Sequence[UsageRow], name: Callable[[UsageRow], str]
) -> None:
    if not rows:
        return
    show_heading(title)
    show_rows(title, make_columns(say, first), (say_sums(say, name(row), row) for row in rows[:_MOST]))
    if len(rows) > _MOST:
        more = say("{count} more are in the file.", count=say.number(len(rows) - _MOST))
        ui.label(more).classes("fen-quiet text-caption")


def _show_tile(name: str, figures: Sequence[str]) -> None:
    with ui.element("div").classes("fen-tile"):
        ui.label(name).classes("fen-quiet text-caption")
        for figure in figures:
            ui.label(figure).classes("fen-figure")


def _say_sums(say: Words, sums: Sequence[Money]) -> list[str]:
    cells = [say_amount(say, money.amount, money.currency) for money in sums]
    return [cell if isinstance(cell, str) else cell.text for cell in cells] or ["–"]


def _say_share(say: Words, part: int, whole: int) -> str:
    return say.share(part / whole) if whole else "–"
