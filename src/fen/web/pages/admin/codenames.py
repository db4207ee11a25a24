# pyright: reportUnknownMemberType=false
"""The arena's codenames: every variant that was ever tested, with the model behind it, for administrators."""

from __future__ import annotations

from typing import get_args

from nicegui import ui

from fen.arena.register import Register
from fen.arena.store.variants import VariantStore
from fen.arena.variant import Status
from fen.web.pages.admin.desk import Desk
from fen.web.pages.rows import Sort, show_rows

SAID = ("under test", "revealed", "retired")
"""What became of a variant, in the order of the register's states."""

_STATES = dict(zip(get_args(Status), SAID, strict=True))


async def show(desk: Desk) -> None:
    """Show the register of variants."""
    say, storage = desk.say, desk.visit.app.storage
    entries = await Register(storage, VariantStore(storage)).list()
    if not entries:
        told = say("No codename was ever tested: [arena.stealth.NAME] in fen.toml makes one.")
        ui.label(told).classes("fen-quiet")
        return
    columns: list[tuple[str, Sort]] = [
        (say("Codename"), "text"),
        (say("Status"), "text"),
        (say("Model behind it"), "code"),
        (say("Battles"), "figure"),
        (say("Votes"), "figure"),
        (say("From"), "text"),
        (say("To"), "text"),
        (say("Why"), "text"),
    ]
    rows = [
        (
            entry.variant.name,
            say(_STATES[entry.variant.status]),
            entry.variant.model,
            say.number(entry.exposure.battles),
            say.number(entry.exposure.votes),
            *("" if at is None else say.day(at.date()) for at in (entry.exposure.first, entry.exposure.last)),
            entry.variant.why,
        )
        for entry in entries
    ]
    show_rows(say("Codenames"), columns, rows)
    told = say("Players and the public register see the model behind a codename once it is revealed.")
    ui.label(told).classes("fen-quiet text-caption")
