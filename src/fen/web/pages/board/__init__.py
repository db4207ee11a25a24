"""The page of the arena's board: ratings with intervals, groups, cost, all of it live."""

from __future__ import annotations

from fen.web.pages.board.downloads import make_router
from fen.web.pages.visit import Visit

__all__ = ["make_router", "show"]


async def show(visit: Visit) -> None:
    """Show the page; raises FenError where the arena cannot be opened, or has no such board."""
    arena = await visit.arena.open()
    from fen.web.pages.board.live import LivePage  # noqa: PLC0415  numpy, which the arena loads in its own way

    await LivePage(visit, arena).open()
