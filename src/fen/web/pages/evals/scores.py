# pyright: reportUnknownMemberType=false
"""Scores of several models side by side: by dimension, by suite, against cost, and how they came about."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from nicegui import ui

from fen.evals.registry import list_suites
from fen.evals.report import Entry, Language, Report, build_report, collect_entries, speak
from fen.evals.report.asides import tell_asides
from fen.evals.report.axes import Axes, choose_axes
from fen.evals.report.tables import (
    tell_dimensions,
    tell_effort,
    tell_methods,
    tell_outcomes,
    tell_overview,
    tell_scores,
    tell_sources,
    tell_standings,
)
from fen.evals.report.values import Figure
from fen.evals.report.words import Words
from fen.evals.store import list_models
from fen.web.pages.evals.charts import Dot, Whisker, draw_cost, draw_radar, draw_whiskers
from fen.web.pages.evals.place import MOST, Place
from fen.web.pages.evals.sheet import Colours, show_table
from fen.web.pages.evals.ways import pick_models, tell, tell_none, title
from fen.web.pages.visit import Visit

_AT_FIRST = 5  # models that ran last, where the address names none
_MOST_BARS = 40


async def show_scores(visit: Visit, place: Place) -> None:
    """Show the chosen models' scores, or those of the models that ran last."""
    known = await visit.app.storage.read(list_models)
    if not known:
        tell_none(visit)
        return
    chosen = place.models or tuple(known[:_AT_FIRST])
    pick_models(visit, place, known, chosen)
    report = await make_report(await collect_entries(visit.app.storage, chosen))
    if not report.models:
        tell_none(visit)
        return
    show_report(visit, report, number_models(chosen))


async def make_report(entries: Sequence[Entry]) -> Report:
    """Return the report of entries, made in another thread: intervals take their time."""

    def build() -> Report:
        return build_report(entries, {suite.name: suite for suite in list_suites()}, datetime.now(UTC))

    return await asyncio.to_thread(build)


def find_words(visit: Visit) -> Words:
    """Return the words of reports in the reader's language."""
    language: Language = "zh" if visit.say.language == "zh" else "en"
    return speak(language)


def number_models(names: Sequence[str]) -> Colours:
    """Return by model the number of its colour."""
    return {name: place for place, name in enumerate(names[:MOST])}


def show_report(visit: Visit, report: Report, colours: Colours) -> None:
    """Show a report from its totals to how it was measured."""
    words = find_words(visit)
    title(words("models"))
    tell(words("overview_lead"))
    show_table(tell_overview(report, words), colours)
    _show_dimensions(visit, report, words, colours)
    show_suites(visit, report, words, colours)
    if report.standings:
        _show_standings(report, words, colours)
    show_ends(visit, report, words, colours)


def _show_dimensions(visit: Visit, report: Report, words: Words, colours: Colours) -> None:
    axes = choose_axes(report)
    title(words("dimensions"))
    if axes.dimensions:
        tell(visit.say("Strict scores in per cent; further out is better. Intervals are in the table."))
    with ui.element("div").classes("fen-evals-side" if len(report.models) < 3 else "fen-evals-stack"):
        with ui.element("div"):
            _draw_dimensions(visit, axes, report, words, colours)
        with ui.element("div"):
            show_table(tell_dimensions(report, words, MOST), colours)


def _draw_dimensions(visit: Visit, axes: Axes, report: Report, words: Words, colours: Colours) -> None:
    if axes.dimensions:
        models = [(name, values, colours.get(name, 0)) for name, values in axes.models]
        told = visit.say("Radar of scores by dimension; the table with the same figures follows.")
        draw_radar([words.dimension(name) for name in axes.dimensions], models, told)
        if axes.dropped:
            names = ", ".join(map(words.dimension, axes.dropped))
            tell(visit.say("Not an axis, since not all of the models were asked in it: {names}", names=names))
        if axes.left_out:
            names = ", ".join(axes.left_out)
            tell(visit.say("Not in the chart, for want of three dimensions in common: {names}", names=names))
        return
    rows = [
        _whisker(f"{words.dimension(one.dimension)} · {one.model}", one.figure, colours.get(one.model, 0))
        for one in report.dimensions
        if one.figure.value is not None
    ]
    told = visit.say("Scores by dimension with 95% intervals; the table with the same figures follows.")
    draw_whiskers(rows[:_MOST_BARS], words("score_axis"), told, most=100)


def show_suites(visit: Visit, report: Report, words: Words, colours: Colours) -> None:
    """Show suites with their intervals, as a chart and as a table."""
    title(words("suites"))
    tell(visit.say("Intervals that overlap do not say that two models are tied: fen eval compare A B does."))
    several = len(report.models) > 1
    rows = [
        _whisker(one.suite + (f" · {one.model}" if several else ""), one.strict, colours.get(one.model, 0))
        for one in report.suites
        if one.strict.value is not None
    ]
    told = visit.say("Scores by suite with 95% intervals; the table with the same figures follows.")
    draw_whiskers(rows[:_MOST_BARS], words("score_axis"), told, most=100)
    if len(rows) > _MOST_BARS:
        tell(visit.say("The chart has the first {count} rows; the table has all.", count=_MOST_BARS))
    show_table(tell_scores(report, words), colours)


def _whisker(name: str, figure: Figure, colour: int) -> Whisker:
    value = _percent(figure.value)
    assert value is not None
    return Whisker(name, value, _percent(figure.low), _percent(figure.high), colour)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _show_standings(report: Report, words: Words, colours: Colours) -> None:
    title(words("pareto"))
    tell(words("pareto_lead", suites=", ".join(report.pareto_suites)))
    dots = [
        Dot(
            one.model,
            float(1000 * one.cost.amount),
            100 * (one.score.value or 0.0),
            colours.get(one.model, 0),
            one.beaten_by is None,
        )
        for one in report.standings
    ]
    axes = (words("cost_axis", currency=report.standings[0].cost.currency), words("score_axis"))
    draw_cost(dots, axes, words("pareto"))
    show_table(tell_standings(report, words), colours)


def show_ends(visit: Visit, report: Report, words: Words, colours: Colours) -> None:
    """Show how answers ended, what they took, what suites say beside, and how all was measured."""
    title(words("effort"))
    tell(words("effort_lead"))
    show_table(tell_effort(report, words), colours)
    title(words("outcomes"))
    tell(words("outcomes_lead"))
    show_table(tell_outcomes(report, words), colours)
    if report.asides:
        title(words("beside"))
        for table in tell_asides(report, words):
            title(table.title, 3)
            show_table(table, colours)
    title(words("methods"))
    tell(words("methods_lead"))
    show_table(tell_methods(report, words))
    title(words("sources"), 3)
    show_table(tell_sources(report, words))
    if report.remarks:
        title(words("remarks"))
        for line in report.remarks:
            tell(line)
