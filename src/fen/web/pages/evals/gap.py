# pyright: reportUnknownMemberType=false
"""The gap between the bests of two groups of models over time: measured here, or out of a table of others."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nicegui import events, ui

from fen.evals.report import Beside, build_report
from fen.evals.report.progress import find_progress
from fen.evals.report.tables import tell_gap
from fen.evals.statistics.gap import Gap, find_gaps, read_reports, split
from fen.evals.store import list_models, read_runs
from fen.web.pages.evals.charts import draw_lines
from fen.web.pages.evals.place import Place
from fen.web.pages.evals.scores import find_words
from fen.web.pages.evals.sheet import show_table
from fen.web.pages.evals.ways import choose_several, tell, title
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError

_LARGEST = 1_000_000  # bytes of a table that is brought along


async def show_gap(visit: Visit, place: Place) -> None:
    """Show the gap of the address, and what asks for another one."""
    say, storage = visit.say, visit.app.storage
    tell(
        say(
            "Gap = (best of the group ahead - best of the group behind) / best of the group ahead, after "
            "each day with a run. The line breaks where the way of measuring changed."
        )
    )
    runs = await storage.read(read_runs)
    _choose(
        visit, place, await storage.read(list_models), sorted({one for run in runs for one in run.suites})
    )
    if place.suite is not None and place.behind and place.ahead:
        title(say("Gap on {suite}", suite=place.suite))
        gaps = await find_progress(storage, place.suite, place.behind, place.ahead)
        if gaps:
            _show_gaps(visit, gaps)
        else:
            tell(say("No day has a finished run of both groups, measured in the same way."))
    _take_in(visit)


def _choose(visit: Visit, place: Place, models: Sequence[str], suites: Sequence[str]) -> None:
    say = visit.say
    if not suites:
        return
    with ui.row().classes("full-width items-center fen-evals-pick"):
        ahead = choose_several(say("Group ahead"), models, place.ahead)
        behind = choose_several(say("Group behind"), models, place.behind)
        there = place.suite if place.suite in suites else suites[0]
        suite = (
            ui.select(list(suites), value=there, label=say("Suite")).props("outlined dense").classes("col")
        )

        def go() -> None:
            groups = {"ahead": tuple(ahead.value or ()), "behind": tuple(behind.value or ())}
            ui.navigate.to(place.link(suite=suite.value, **groups))

        ui.button(say("Show the gap"), on_click=go).props("no-caps")


def _show_gaps(visit: Visit, gaps: Sequence[Gap]) -> None:
    words = find_words(visit)
    told = visit.say("The gap over time in per cent; the table with the same figures follows.")
    pieces = [[(one.date, 100 * float(one.gap)) for one in piece] for piece in split(gaps)]
    draw_lines(pieces, words("gap_axis"), told)
    report = build_report((), {}, datetime.now(UTC), Beside(gap=tuple(gaps)))
    show_table(tell_gap(report, words))


def _take_in(visit: Visit) -> None:
    """Let a visitor bring a table along; it is shown, and kept nowhere."""
    say = visit.say
    title(say("Published scores"))
    tell(
        say(
            "A CSV file of others' scores, as fen eval gap reads it: date, best_X, score_X, best_Y, score_Y. "
            "It is shown here and not kept."
        )
    )
    shown = ui.element("div").classes("full-width")

    async def take(event: events.UploadEventArguments) -> None:
        try:
            await visit.admit()
            gaps = await asyncio.to_thread(_read, await event.file.read())
        except FenError as error:
            ui.notify(error.message, type="negative")
            return
        finally:
            upload.reset()  # another may follow
        shown.clear()
        with shown:
            _show_gaps(visit, gaps) if gaps else tell(say("No report has both groups."))

    # Quasar's own button has no name, so another one opens what it would.
    upload = ui.upload(on_upload=take, auto_upload=True, max_files=1, max_file_size=_LARGEST)
    upload.props('accept=".csv,text/csv"').classes("hidden")
    pick = ui.button(say("Choose a CSV file"), on_click=lambda: upload.run_method("pickFiles"))
    pick.props("no-caps")


def _read(data: bytes) -> tuple[Gap, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.csv"
        path.write_bytes(data)
        return find_gaps(read_reports(path))
