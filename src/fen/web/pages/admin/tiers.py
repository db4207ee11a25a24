"""Tiers: what each allows, as `fen tiers list` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from fen.accounts.tier import describe_tier
from fen.web.pages.admin.desk import Desk
from fen.web.pages.rows import Sort, show_rows
from fen.web.pages.words import Words


async def show(desk: Desk) -> None:
    """Show all tiers; where nothing stands, the model's own limit holds, or none."""
    say = desk.say
    columns: list[tuple[str, Sort]] = [
        (say("Name"), "text"),
        (say("Context"), "figure"),
        (say("Output"), "figure"),
        (say("Abilities"), "text"),
        (say("Models"), "text"),
        (say("Requests a minute"), "figure"),
        (say("Tokens a minute"), "figure"),
        (say("At once"), "figure"),
        (say("Budgets"), "text"),
        (say("Mark-up"), "figure"),
    ]
    rows = [_say_row(say, describe_tier(tier)) for tier in desk.records.tiers.values()]
    show_rows(say("Tiers"), columns, rows)
    told = say("Where nothing stands, the model's own limit holds, or none. Tiers are changed in fen.toml.")
    ui.label(told).classes("fen-quiet text-caption")


def _say_row(say: Words, tier: Mapping[str, Any]) -> tuple[str, ...]:
    def count(name: str) -> str:
        return "" if tier[name] is None else say.number(tier[name])

    abilities = tier["abilities"]
    return (
        tier["name"],
        count("context_window"),
        count("max_output_tokens"),
        "" if abilities is None else ", ".join(abilities) or say("text alone"),
        ", ".join(tier["models"] or ()),
        count("rpm"),
        count("tpm"),
        count("concurrency"),
        ", ".join(tier["budgets"]),
        str(tier["markup"]),
    )
