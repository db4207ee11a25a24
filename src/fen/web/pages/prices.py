"""The page of prices."""

from __future__ import annotations

from nicegui import ui

from fen.web.pages.visit import Visit


async def show(visit: Visit) -> None:
    """Show the page."""
    ui.label("…")
