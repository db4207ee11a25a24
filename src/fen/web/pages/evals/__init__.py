"""The page of evals: scores side by side, runs and their samples, length and speed, and a gap over time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fen.web.pages.evals.effort import show_effort
from fen.web.pages.evals.gap import show_gap
from fen.web.pages.evals.place import Place, read_place
from fen.web.pages.evals.run import show_run
from fen.web.pages.evals.runs import show_runs
from fen.web.pages.evals.sample import show_sample
from fen.web.pages.evals.scores import show_scores
from fen.web.pages.evals.ways import show_ways
from fen.web.pages.shell import waited
from fen.web.pages.visit import Visit

__all__ = ["show"]

_VIEWS = {"scores": show_scores, "runs": show_runs, "effort": show_effort, "gap": show_gap}


async def show(visit: Visit) -> None:
    """Show what the address asks for: a view, a run, or one of its samples."""
    place = read_place(visit.request.query_params.multi_items())
    show_ways(visit, place)
    async with waited(visit.say("Reading what was measured")) as listens:  # intervals of long runs take long
        if listens:
            await _choose(place)(visit, place)


def _choose(place: Place) -> Callable[[Visit, Place], Awaitable[None]]:
    if place.run is None:
        return _VIEWS[place.view]
    return show_run if place.sample is None else show_sample
