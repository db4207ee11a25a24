# pyright: reportUnknownMemberType=false
"""One run: what was asked for, its scores, and its samples page by page."""

from __future__ import annotations

import asyncio
from functools import partial
from html import escape

from nicegui import ui

from fen.evals.browsing import Samples, is_published, list_samples
from fen.evals.record import Record, Run
from fen.evals.report import Entry, Heading
from fen.evals.score import OUTCOMES
from fen.evals.store import read_records
from fen.web.pages.evals.place import Place
from fen.web.pages.evals.runs import tell_state
from fen.web.pages.evals.scores import find_words, make_report, number_models, show_ends, show_suites
from fen.web.pages.evals.sheet import Cell, Way, show_facts, show_rows
from fen.web.pages.evals.ways import show_pages, tell, title
from fen.web.pages.visit import Visit

_ON_A_PAGE = 50
_LONGEST = 64


async def show_run(visit: Visit, place: Place) -> None:
    """Show a run; the samples come first, since its scores are in the comparison too."""
    assert place.run is not None
    offset = _ON_A_PAGE * (place.page - 1)
    samples = await list_samples(visit.app.storage, place.run, place.wanted, _ON_A_PAGE, offset)
    _tell_run(visit, samples.run)
    await _show_samples(visit, place, samples)
    if place.page == 1 and samples.outcomes:
        run = samples.run
        records = await visit.app.storage.read(partial(read_records, run_id=run.id))
        report = await make_report((Entry(run.model, (run,), tuple(records)),))
        words, colours = find_words(visit), number_models(report.names)
        show_suites(visit, report, words, colours)
        show_ends(visit, report, words, colours)


def _tell_run(visit: Visit, run: Run) -> None:
    say = visit.say
    title(f"{', '.join(run.suites)} · {run.model}")
    ended = "" if run.ended is None else f", {run.ended:%Y-%m-%d %H:%M} UTC"
    facts = [
        (say("Run"), run.id),
        (say("Began"), f"{run.started:%Y-%m-%d %H:%M} UTC"),
        (say("State"), tell_state(visit, run) + ended),
        (say("Samples of each suite"), say("all") if run.limit is None else say.number(run.limit)),
        (say("Times asked"), say.number(run.epochs)),
        (say("Seed"), str(run.seed)),
    ]
    facts += [(say("Judge"), run.judge)] if run.judge is not None else []
    facts += [(say("Budget"), str(run.budget))] if run.budget is not None else []
    show_facts(facts)


async def _show_samples(visit: Visit, place: Place, samples: Samples) -> None:
    say = visit.say
    title(say("Samples"))
    _show_filters(visit, place, samples)
    may = {suite: await may_read(visit, suite) for suite in {one.suite for one in samples.records}}
    headings = (
        Heading(say("Sample"), "id"),
        Heading(say("Suite"), "id"),
        Heading(say("Time"), "figure"),
        Heading(say("Outcome"), "id"),
        Heading(say("Value"), "figure"),
        Heading(say("Read out of the answer")),
        Heading(say("Tokens"), "figure"),
        Heading(say("Seconds"), "figure"),
        Heading(say("Cost"), "figure"),
    )
    rows = [_line(visit, place, one, shown=may[one.suite]) for one in samples.records]
    show_rows(say("Samples"), headings, rows)
    if not all(may.values()):
        tell(tell_closed(visit))
    pages = -(-samples.found // _ON_A_PAGE)
    show_pages(visit, place.page, pages, lambda page: place.link(page=page))


def tell_closed(visit: Visit) -> str:
    """Return why questions and answers are not shown."""
    return visit.say(
        "Questions and answers of suites that are not published are shown to administrators alone."
    )


async def may_read(visit: Visit, suite: str) -> bool:
    """Whether a visitor may read what a suite asks and what was answered: all may where it is published."""
    return visit.is_admin or await asyncio.to_thread(is_published, suite)


def _show_filters(visit: Visit, place: Place, samples: Samples) -> None:
    """Links that pick samples by how they ended, and by suite where there are several."""
    words, say = find_words(visit), visit.say
    suites = list(dict.fromkeys(suite for suite, _ in samples.outcomes))
    counts = dict.fromkeys(OUTCOMES, 0)
    for (suite, outcome), count in samples.outcomes.items():
        if place.suite in (None, suite):
            counts[outcome] += count
    ways: list[tuple[str, Place, bool]] = []
    everything = place_of(place, outcome=None)
    ways.append((f"{say('all')} {sum(counts.values())}", everything, place.outcome is None))
    for outcome, count in counts.items():
        if count:
            ways.append(
                (f"{words(outcome)} {count}", place_of(place, outcome=outcome), place.outcome == outcome)
            )
    _show_links(say("By outcome"), ways)
    if len(suites) > 1:
        ways = [(say("all suites"), place_of(place, suite=None), place.suite is None)]
        ways += [(suite, place_of(place, suite=suite), place.suite == suite) for suite in suites]
        _show_links(say("By suite"), ways)


def place_of(place: Place, **changes: str | None) -> Place:
    """Return the first page of a list with other filters."""
    filters = {"suite": place.suite, "outcome": place.outcome} | changes
    return Place("runs", run=place.run, suite=filters["suite"], outcome=filters["outcome"])


def _show_links(name: str, ways: list[tuple[str, Place, bool]]) -> None:
    inner = "".join(
        f'<a href="{escape(to.link(), quote=True)}"{" aria-current=true" if here else ""}>{escape(text)}</a>'
        for text, to, here in ways
    )
    ui.html(f'<nav class="fen-evals-filters" aria-label="{escape(name)}">{inner}</nav>', sanitize=False)


def _line(visit: Visit, place: Place, record: Record, *, shown: bool) -> tuple[Cell, ...]:
    say, words = visit.say, find_words(visit)
    to = Place(
        "runs",
        run=place.run,
        suite=record.suite,
        sample=record.sample,
        epoch=record.epoch,
        outcome=place.outcome,
    )
    return (
        Way(record.sample, to.link()),
        record.suite,
        say.number(record.epoch + 1),
        words(record.score.outcome),
        say.number(record.score.value, 2),
        _shorten(record.score.answer or "") if shown else "…",
        say.number(record.output_tokens),
        say.number(record.seconds, 2),
        say("not known") if record.cost is None else str(record.cost),
    )


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
