"""A report's charts: which of its figures go into which picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from msgspec.structs import replace

from fen.evals.report.charts import (
    Bar,
    Dot,
    Group,
    Line,
    Spoke,
    Stack,
    draw_bars,
    draw_lines,
    draw_radar,
    draw_scatter,
    draw_stacks,
)
from fen.evals.report.charts.radar import LEAST as LEAST_AXES
from fen.evals.report.charts.scatter import Axes
from fen.evals.report.figures import to_figure, write_percent
from fen.evals.report.values import Figure, Report
from fen.evals.report.words import Words
from fen.evals.score import OUTCOMES
from fen.evals.statistics.gap import Gap, split

__all__ = [
    "LEAST_AXES",
    "MOST",
    "draw_dimensions",
    "draw_gap",
    "draw_outcomes",
    "draw_pareto",
    "draw_suites",
]

MOST = 6
"""So many models are told apart in a radar or in bars; the tables have the others."""


def draw_dimensions(report: Report, words: Words) -> str:
    """Return a radar of the first models, or bars where there are fewer than three dimensions."""
    names = report.dimension_names
    scores = {(one.model, one.dimension): one.figure for one in report.dimensions}
    models = report.names[:MOST]
    description = "; ".join(
        f"{words.dimension(name)}: "
        + ", ".join(f"{m} {write_percent(scores[m, name])}" for m in models if (m, name) in scores)
        for name in names
    )
    title = words("dimensions")
    if len(names) < LEAST_AXES:
        groups = [
            Group(
                words.dimension(name),
                tuple(
                    _bar(m, scores[m, name], series) for series, m in enumerate(models) if (m, name) in scores
                ),
            )
            for name in names
        ]
        return draw_bars(_join(groups), title=title, description=description)
    spokes = [
        Spoke(m, tuple(scores[m, name].value if (m, name) in scores else None for name in names))
        for m in models
    ]
    return draw_radar([words.dimension(name) for name in names], spokes, title=title, description=description)


def draw_suites(report: Report, words: Words) -> str:
    """Return bars by suite: measured scores first, then published ones of the same name, hollow."""
    names = {_fold(name): name for name in report.suite_names}
    for one in report.published:
        names.setdefault(_fold(one.dimension), one.dimension)
    groups = [Group(name, tuple(_bars_of(folded, report, words))) for folded, name in names.items()]
    description = "; ".join(
        f"{group.name}: " + ", ".join(f"{bar.name} {bar.shown}" for bar in group.bars) for group in groups
    )
    return draw_bars(_join(groups), title=words("suites"), description=description)


def _join(groups: Sequence[Group]) -> Sequence[Group]:
    """Of a single model, bars are named by their groups: its name would stand in each."""
    bars = [bar for group in groups for bar in group.bars]
    if len(bars) > len(groups) or len({bar.name for bar in bars}) > 1 or any(bar.published for bar in bars):
        return groups
    named = (replace(bar, name=group.name) for group in groups for bar in group.bars)
    return (Group("", tuple(named)),)


def _fold(name: str) -> str:
    """MATH-500 and math500 are the same suite."""
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def _bars_of(folded: str, report: Report, words: Words) -> Iterable[Bar]:
    colours = {model: index for index, model in enumerate(report.names)}
    for one in report.published:
        colours.setdefault(one.model, len(colours))
    for one in report.suites:
        if _fold(one.suite) == folded and colours[one.model] < MOST and one.strict.value is not None:
            yield _bar(one.model, one.strict, colours[one.model])
    for one in report.published:
        if _fold(one.dimension) == folded:
            yield _bar(one.model, to_figure(one), colours[one.model], words("published"))


def _bar(name: str, figure: Figure, series: int, published: str = "") -> Bar:
    n = "" if figure.n is None else f"n {figure.n:,}"
    return Bar(
        name=name,
        value=figure.value or 0.0,
        low=figure.low,
        high=figure.high,
        shown=write_percent(figure),
        count=", ".join(filter(None, (n, published))),
        series=series,
        published=bool(published),
    )


def draw_outcomes(report: Report, words: Words) -> str:
    """Return stacked bars of how answers ended, one for each suite and model."""
    stacks: list[Stack] = []
    several = len(report.models) > 1
    before = None
    for one in report.suites:
        heading = one.suite if several and one.suite != before else None
        counts = tuple(one.tally.outcomes.get(outcome, 0) for outcome in OUTCOMES)
        stacks.append(Stack(one.model if several else one.suite, counts, heading))
        before = one.suite
    kinds = [words(outcome) for outcome in OUTCOMES]
    description = "; ".join(
        f"{one.suite}, {one.model}: "
        + ", ".join(f"{words(outcome)} {one.tally.outcomes.get(outcome, 0)}" for outcome in OUTCOMES)
        for one in report.suites
    )
    return draw_stacks(kinds, stacks, title=words("outcomes"), description=description)


def draw_pareto(report: Report, words: Words) -> str:
    """Return score over cost, with the frontier."""
    colours = {model: index for index, model in enumerate(report.names)}
    dots = [
        Dot(
            name=one.model,
            cost=float(1000 * one.cost.amount),
            score=one.score.value or 0.0,
            low=one.score.low,
            high=one.score.high,
            series=colours[one.model],
            leads=one.beaten_by is None,
        )
        for one in report.standings
    ]
    currency = report.standings[0].cost.currency
    axes = Axes(words("cost_axis", currency=currency), words("score_axis"))
    description = "; ".join(
        f"{one.model}: {write_percent(one.score)}, {one.cost}, "
        + (words("frontier") if one.beaten_by is None else words("beaten", model=one.beaten_by))
        for one in report.standings
    )
    return draw_scatter(dots, axes, title=words("pareto"), description=description)


def draw_gap(gaps: Sequence[Gap], words: Words) -> str:
    """Return the relative gap over time, one line for each stretch of the same method."""
    pieces = split(gaps)
    lines = [
        Line(piece[0].method, tuple((_to_day(one.date), float(100 * one.gap)) for one in piece))
        for piece in pieces
    ]
    breaks = [
        _to_day(before[-1].date) + (_to_day(after[0].date) - _to_day(before[-1].date)) / 2
        for before, after in pairwise(pieces)
    ]
    description = "; ".join(f"{one.date}: {100 * one.gap:.2f}% ({one.method})" for one in gaps)
    return draw_lines(lines, breaks, title=words("gap"), description=description, unit=words("gap_axis"))


def _to_day(told: str) -> date:
    """A month or a year stands for its first day."""
    return date.fromisoformat(told + "-01-01"[len(told) - 4 :] if len(told) < 10 else told)
