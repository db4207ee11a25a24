# pyright: reportUnknownMemberType=false
"""The page of the arena: two answers side by side without names, a vote, and then who it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from fen.web.api.arena import name_voter, write_cookie
from fen.web.pages.arena.page import ArenaPage
from fen.web.pages.visit import Visit

if TYPE_CHECKING:
    from fen.app.arena import Players

_EXAMPLE = '[arena]\nmodels = ["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5"]'


async def show(visit: Visit) -> None:
    """Show the page."""
    arena = await visit.arena.open()
    players = await arena.count_players()
    _explain(visit, players)
    if players.count < 2:
        return
    voter, token = name_voter(arena, visit.request)
    visit.keep(write_cookie(token, secure=visit.app.settings.pages.https))
    ArenaPage(visit, arena, voter, players)


def _explain(visit: Visit, players: Players) -> None:
    """Say who plays where nobody chose, or where there are too few, and how to choose."""
    say = visit.say
    if players.chosen and players.count >= 2:
        return
    told = (
        say("The arena has {count} model, and a battle needs two.", count=players.count)
        if players.chosen
        else say("No models are chosen yet, so Fen's own small model meets itself at two settings.")
    )
    with ui.card().props("role=note").classes("fen-arena-note"):
        ui.label(told)
        ui.label(say("To choose, write two or more ids into fen.toml; docs/arena.md tells more."))
        ui.html(f"<code>{_EXAMPLE}</code>", sanitize=False, tag="pre").classes("fen-code").props("tabindex=0")
