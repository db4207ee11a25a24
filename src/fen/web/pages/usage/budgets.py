# pyright: reportUnknownMemberType=false
"""Budgets: how much of each is spent and held, what is left, and until when."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime

from nicegui import ui

from fen.accounts import Budget
from fen.accounts.budget import end_window
from fen.ledger import Room
from fen.web.pages.rows import say_amount, say_text
from fen.web.pages.usage.sums import show_heading
from fen.web.pages.words import Words
from fen.wire.money import Money

SAID = ("key", "team", "tier", "run", "day", "month", "total")
"""Whose a budget is, and for how long it counts: the books' words, which are English."""

_NEARLY = 95.0
"""Per cent of a budget from which on a further call may be too dear."""


def show_budgets(say: Words, rooms: Mapping[Budget, Room], names: Mapping[str, str]) -> None:
    """Show how budgets stand now; names: of keys, by id."""
    show_heading(say("Budgets"))
    if not rooms:
        ui.label(say("No budget: nothing but the price holds anybody back.")).classes("fen-quiet")
        return
    with ui.element("div").classes("fen-cards full-width"):
        for budget, room in rooms.items():
            _show_one(say, budget, room, names.get(budget.owner, budget.owner))


def _show_one(say: Words, budget: Budget, room: Room, name: str) -> None:
    limit = budget.limit
    amount = _say(say, limit)
    title = f"{say(budget.scope)} {name}: {amount} / {say(budget.period)}"
    spent, held, left = (_say(say, money) for money in (room.spent, room.held, room.left))
    empty = room.left.amount <= 0
    nearly = _find_part(room.spent + room.held, limit.amount) >= _NEARLY
    with ui.element("section").classes("fen-card") as card:
        card.props["aria-label"] = title
        with ui.row().classes("full-width items-center no-wrap justify-between"):
            ui.label(title).classes("text-weight-medium")
            if empty:
                ui.label(say("used up")).classes("fen-flag")
            elif nearly:
                ui.label(say("almost used up")).classes("fen-flag fen-soon")
        _show_bar(title, room)
        ui.label(say("{spent} spent, {held} held by calls under way", spent=spent, held=held)).classes(
            "fen-quiet"
        )
        ui.label(say("{left} left", left=left)).classes("fen-figure" if not empty else "fen-figure fen-wrong")
        ends = end_window(budget.period, datetime.now(UTC))
        until = say("It never begins anew.") if ends is None else ""
        if ends is not None:
            until = say("It begins anew on {day}, at midnight UTC.", day=say.day(ends.date()))
        ui.label(until).classes("fen-quiet text-caption")


def _show_bar(title: str, room: Room) -> None:
    limit = room.cap.limit.amount
    spent, held = (_find_part(money, limit) for money in (room.spent, room.held))
    held = min(held, 100 - spent)
    name = html.escape(title, quote=True)
    full = " fen-full" if spent + held >= 100 else ""
    ui.html(
        f'<div class="fen-meter{full}" role="meter" aria-label="{name}" aria-valuemin="0" aria-valuemax="100"'
        f' aria-valuenow="{spent + held:.0f}"><span style="width:{spent:.2f}%"></span>'
        f'<span class="fen-held" style="width:{held:.2f}%"></span></div>',
        sanitize=False,
    ).classes("full-width")


def _find_part(money: Money, limit: object) -> float:
    whole = float(str(limit))
    return max(0.0, min(100.0, 100 * float(money.amount) / whole)) if whole else 100.0


def _say(say: Words, money: Money) -> str:
    return say_text(say_amount(say, money.amount, money.currency))
