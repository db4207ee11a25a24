# pyright: reportUnknownMemberType=false
"""The page of evals: scores side by side, runs and their samples, length and speed, and a gap over time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from fen.web.pages.evals.effort import show_effort
from fen.web.pages.evals.gap import show_gap
from fen.web.pages.evals.place import Place, read_place
from fen.web.pages.evals.run import show_run
from fen.web.pages.evals.runs import show_runs
from fen.web.pages.evals.sample import show_sample
from fen.web.pages.evals.scores import show_scores
from fen.web.pages.evals.ways import show_ways
from fen.web.pages.visit import Visit

__all__ = ["show"]

_VIEWS = {"scores": show_scores, "runs": show_runs, "effort": show_effort, "gap": show_gap}


async def show(visit: Visit) -> None:
    """Show what the address asks for: a view, a run, or one of its samples."""
    place = read_place(visit.request.query_params.multi_items())
    show_ways(visit, place)
    waiting = ui.label(visit.say("Reading what was measured")).props("role=status").classes("fen-quiet")
    client = ui.context.client
    await client.connected()  # intervals of long runs take longer than a browser should wait for a page
    if client.is_deleted:
        return
    try:
        await _choose(place)(visit, place)
    finally:
        waiting.delete()


def _choose(place: Place) -> Callable[[Visit, Place], Awaitable[None]]:
    if place.run is None:
        return _VIEWS[place.view]
    return show_run if place.sample is None else show_sample
