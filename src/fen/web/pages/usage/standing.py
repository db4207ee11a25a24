# pyright: reportUnknownMemberType=false
"""What stands out: savings of routes, findings of guards, the slowest and the costliest requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from nicegui import ui

from fen.app.spending import Spending
from fen.ledger import Entry, Savings
from fen.web.pages.rows import Cell, Link, Sort, say_amount, say_moment, show_rows
from fen.web.pages.usage.sums import show_heading
from fen.web.pages.words import Words


def show_savings(say: Words, spending: Spending) -> None:
    """Show what routes cost beside what their references would have."""
    show_heading(say("Savings of routes"))
    if not spending.savings:
        ui.label(say("No route answered a request in these days.")).classes("fen-quiet")
        return
    columns: list[tuple[str, Sort]] = [
        (say("Route"), "code"),
        (say("Reference"), "code"),
        (say("Requests"), "figure"),
        (say("Compared"), "figure"),
        (say("Cost"), "figure"),
        (say("Reference cost"), "figure"),
        (say("Saved"), "figure"),
        (say("Share"), "figure"),
    ]
    show_rows(say("Savings of routes"), columns, (_say_saved(say, row) for row in spending.savings))
    note = say("The reference's cost is an estimate. Sums are of the requests that could be compared.")
    ui.label(note).classes("fen-quiet text-caption")


def show_findings(say: Words, spending: Spending, names: Mapping[str, str]) -> None:
    """Show what guards found: how often each kind, and the newest."""
    show_heading(say("What guards found"))
    if not spending.kinds:
        ui.label(say("Nothing was found in these days.")).classes("fen-quiet")
        return
    with ui.row():
        for kind, count in spending.kinds.items():
            ui.label(f"{kind} {say.number(count)}").classes("fen-chip")
    columns: list[tuple[str, Sort]] = [
        (say("Time (UTC)"), "text"),
        (say("Kind"), "code"),
        (say("Where"), "text"),
        (say("Privilege"), "code"),
        (say("Score"), "figure"),
        (say("Key"), "text"),
        (say("Request"), "code"),
    ]
    rows = (
        (
            say_moment(say, kept.at),
            kept.finding.kind,
            kept.finding.where,
            kept.finding.privilege.word,
            say.number(kept.finding.score, 2),
            _name(kept.key_id, names),
            _link(kept.request_id),
        )
        for kept in spending.findings
    )
    show_rows(say("The newest findings"), columns, rows)


def show_extremes(say: Words, spending: Spending, names: Mapping[str, str]) -> None:
    """Show the slowest and the costliest requests."""
    for title, entries in (
        (say("Slowest requests"), spending.slowest),
        (say("Costliest requests"), spending.costliest),
    ):
        if entries:
            show_heading(title)
            show_rows(title, _make_columns(say), _say_entries(say, entries, names))


def _make_columns(say: Words) -> Sequence[tuple[str, Sort]]:
    return [
        (say("Time (UTC)"), "text"),
        (say("Request"), "code"),
        (say("Key"), "text"),
        (say("Model"), "text"),
        (say("Input"), "figure"),
        (say("Output"), "figure"),
        (say("Seconds"), "figure"),
        (say("Cost"), "figure"),
        (say("Status"), "figure"),
    ]


def _say_entries(
    say: Words, entries: Iterable[Entry], names: Mapping[str, str]
) -> Iterable[tuple[Cell, ...]]:
    for entry in entries:
        hold, ended = entry.hold, entry.settlement
        if ended is None:
            continue
        cost = ended.cost
        yield (
            say_moment(say, hold.held_at),
            _link(hold.request_id),
            _name(hold.key_id, names),
            hold.model,
            say.number(ended.usage.prompt_tokens),
            say.number(ended.usage.completion_tokens),
            say.number(ended.duration_ms / 1000, 2),
            "–" if cost is None else say_amount(say, cost.amount, cost.currency),
            str(ended.status),
        )


def _say_saved(say: Words, row: Savings) -> tuple[Cell, ...]:
    sums = (row.cost, row.reference_cost, row.saved)
    return (
        row.route or "–",
        row.reference or "–",
        say.number(row.requests),
        say.number(row.compared),
        *(say_amount(say, amount, row.currency) for amount in sums),
        "–" if row.share is None else say.share(row.share),
    )


def _name(key_id: str | None, names: Mapping[str, str]) -> str:
    return "–" if key_id is None else names.get(key_id, key_id)


def _link(request_id: str) -> Link:
    return Link(request_id, "/usage?" + urlencode({"request": request_id}))
