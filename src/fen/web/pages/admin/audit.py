# pyright: reportUnknownMemberType=false
"""The audit log: who changed what, the newest first, as `fen audit` says."""

from __future__ import annotations

from nicegui import ui

from fen.web.pages.admin.desk import Desk
from fen.web.pages.rows import Sort, say_moment, show_rows

_MOST = 100


async def show(desk: Desk) -> None:
    """Show the newest events."""
    say = desk.say
    events = await desk.records.audit.list(None, _MOST)
    if not events:
        ui.label(say("Nothing was changed yet.")).classes("fen-quiet")
        return
    columns: list[tuple[str, Sort]] = [
        (say("Time (UTC)"), "text"),
        (say("Who"), "text"),
        (say("Action"), "code"),
        (say("What"), "code"),
        (say("Detail"), "text"),
    ]
    rows = [
        (
            say_moment(say, event.at),
            event.actor,
            event.action,
            event.subject,
            ", ".join(f"{name}={value}" for name, value in event.detail.items()),
        )
        for event in events
    ]
    show_rows(say("Audit log"), columns, rows)
