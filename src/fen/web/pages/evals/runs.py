# pyright: reportUnknownMemberType=false
"""The list of runs: suites, model, when, state, answers and cost."""

from __future__ import annotations

from nicegui import ui

from fen.evals.browsing import RunLine, list_runs
from fen.evals.record import Run
from fen.evals.report import Heading
from fen.web.pages.evals.place import Place
from fen.web.pages.evals.sheet import Cell, Way, show_rows
from fen.web.pages.evals.ways import show_pages, tell, tell_none
from fen.web.pages.visit import Visit

_ON_A_PAGE = 20


async def show_runs(visit: Visit, place: Place) -> None:
    """Show a page of runs, newest first; where the address names a model, only its own."""
    say = visit.say
    model = place.models[0] if place.models else None
    lines, found = await list_runs(visit.app.storage, _ON_A_PAGE, _ON_A_PAGE * (place.page - 1), model)
    if not found and model is None:
        tell_none(visit)
        return
    if model is not None:
        with ui.row().classes("items-center fen-evals-links"):
            tell(say("Only runs of {model}.", model=model))
            ui.link(say("All runs"), place.link(models=(), page=1))
    headings = (
        Heading(say("Suites")),
        Heading(say("Model"), "id"),
        Heading(say("Began"), "id"),
        Heading(say("State"), "id"),
        Heading(say("Answers"), "figure"),
        Heading(say("Correct"), "figure"),
        Heading(say("Cost with judging"), "figure"),
    )
    show_rows(say("Runs"), headings, [_line(visit, place, one) for one in lines])
    pages = -(-found // _ON_A_PAGE)
    show_pages(visit, place.page, pages, lambda page: place.link(page=page))


def tell_state(visit: Visit, run: Run) -> str:
    """Return whether a run has ended."""
    return visit.say("open") if run.ended is None else visit.say("ended")


def _line(visit: Visit, place: Place, line: RunLine) -> tuple[Cell, ...]:
    say, run = visit.say, line.run
    limit = "" if run.limit is None else " " + say("({limit} of each)", limit=say.number(run.limit))
    return (
        Way(", ".join(run.suites) + limit, Place("runs", run=run.id).link()),
        Way(run.model, place.link(models=(run.model,), page=1)),
        f"{run.started:%Y-%m-%d %H:%M}",
        tell_state(visit, run),
        say.number(line.answers),
        say.number(line.outcomes["correct"]),
        line.cost,
    )
