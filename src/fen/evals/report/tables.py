"""A report's tables, as headings and rows of text: the terminal, Markdown and HTML show the same ones."""

from __future__ import annotations

from collections.abc import Iterable

from fen.evals.report.asides import tell_asides
from fen.evals.report.figures import (
    NONE,
    write_costs,
    write_count,
    write_money,
    write_per_correct,
    write_percent,
    write_published,
    write_seconds,
    write_share,
)
from fen.evals.report.table import Heading, Table, head
from fen.evals.report.values import ModelScore, Report, SuiteScore, Tally
from fen.evals.report.words import Words
from fen.evals.score import OUTCOMES, UNFINISHED
from fen.evals.statistics.summary import add_up

ABREAST = 4
"""More models are rows, and not columns, on a terminal and in Markdown."""


def list_tables(report: Report, words: Words) -> Iterable[Table]:
    """Return the tables that have rows, in the order in which a report shows them."""
    scored = (tell_overview, tell_dimensions, tell_scores, tell_outcomes)
    others = (tell_effort, tell_standings, tell_published, tell_gap, tell_methods)
    tables = (
        *(make(report, words) for make in scored),
        *tell_asides(report, words),
        *(make(report, words) for make in others),
    )
    return (table for table in tables if table.rows)


def tell_overview(report: Report, words: Words) -> Table:
    """Return one row for each model, best first."""
    headings = head(words, "model", kind="model") + head(
        words, "total", "answers", "completed_share", "tokens", "seconds", "cost", "per_correct"
    )
    rows = tuple((one.model, write_percent(one.total), *_sum_up(one.tally)) for one in report.models)
    return Table(words("models"), headings, rows, tuple(_tell_total(report, words)))


def _sum_up(tally: Tally) -> tuple[str, ...]:
    whole = tally.answers - sum(tally.outcomes.get(outcome, 0) for outcome in UNFINISHED)
    return (
        f"{tally.answers:,}",
        write_share(whole, tally.answers),
        write_count(tally.length.p50),
        write_seconds(tally.seconds),
        write_costs(tally),
        write_per_correct(tally.per_correct),
    )


def _tell_total(report: Report, words: Words) -> Iterable[str]:
    yield report.rule[words.language]
    said: dict[tuple[str, ...], list[str]] = {}
    for one in report.models:
        if one.missing:
            said.setdefault(one.missing, []).append(one.model)
    for missing, models in said.items():
        names = ", ".join(map(words.dimension, missing))
        yield words("missing", model=", ".join(models), names=names)
    judged = add_up(cost for one in report.models for cost in one.tally.judge_costs)
    if judged:
        yield words("judged", cost=" + ".join(map(write_money, judged)))


def tell_dimensions(report: Report, words: Words, abreast: int = ABREAST) -> Table:
    """Return the scores by dimension: up to `abreast` models side by side, more below each other."""
    scores = {(one.dimension, one.model): one for one in report.dimensions}
    first = head(words, "dimension", kind="text")
    if len(report.models) > abreast:
        headings = first + head(words, "model", kind="model") + head(words, "strict", "n")
        rows = tuple(
            (words.dimension(d), m, write_percent(one.figure), f"{one.figure.n:,}")
            for (d, m), one in scores.items()
        )
        return Table(words("dimensions"), headings, rows)
    headings = first + tuple(Heading(name, "series") for name in report.names)
    rows = tuple(
        (
            words.dimension(name),
            *(
                write_percent(found.figure) if (found := scores.get((name, m))) else NONE
                for m in report.names
            ),
        )
        for name in report.dimension_names
    )
    return Table(words("dimensions"), headings, rows)


def tell_scores(report: Report, words: Words) -> Table:
    """Return each suite's two scores, with how many the second is of, and how the interval was found.

    Where a judge scored, the strict score's letter grade stands beside it.
    """
    graded = any(one.grade for one in report.suites)
    headings = _who(report, words) + head(words, "strict", *(["grade"] if graded else []), "n")
    headings += head(words, "completed", "completed_n") + head(words, "interval", kind="text")
    rows = tuple(
        (
            *_whose(report, one),
            write_percent(one.strict),
            *([one.grade or NONE] if graded else []),
            _count(one.strict.n),
            write_percent(one.completed),
            _count(one.completed.n),
            one.strict.method,
        )
        for one in report.suites
    )
    return Table(words("scores"), headings, rows, (_tell_grades(report, words),) if graded else ())


def _tell_grades(report: Report, words: Words) -> str:
    told = ", ".join(f"{one.letter} ≥ {100 * one.least:g}" for one in report.cutoffs)
    return words("grades", cutoffs=told)


def _who(report: Report, words: Words) -> tuple[Heading, ...]:
    """A single model needs no column of its own."""
    model = head(words, "model", kind="model") if len(report.models) > 1 else ()
    return head(words, "suite", kind="id") + model


def _whose(report: Report, one: SuiteScore) -> tuple[str, ...]:
    return (one.suite, one.model) if len(report.models) > 1 else (one.suite,)


def _count(n: int | None) -> str:
    return NONE if n is None else f"{n:,}"


def tell_outcomes(report: Report, words: Words) -> Table:
    """Return how many answers ended in which way, all six always."""
    headings = _who(report, words) + head(words, *OUTCOMES)
    rows = tuple(
        (*_whose(report, one), *(f"{one.tally.outcomes.get(outcome, 0):,}" for outcome in OUTCOMES))
        for one in report.suites
    )
    return Table(words("outcomes"), headings, rows)


def tell_effort(report: Report, words: Words) -> Table:
    """Return how long answers were, how long they took, and what they cost."""
    headings = _who(report, words) + head(
        words, "tokens_mean", "tokens_p50", "tokens_p95", "seconds", "per_answer", "per_correct"
    )
    rows = tuple((*_whose(report, one), *_tell_effort(one.tally)) for one in report.suites)
    return Table(words("effort"), headings, rows)


def _tell_effort(tally: Tally) -> tuple[str, ...]:
    return (
        write_count(tally.length.mean),
        write_count(tally.length.p50),
        write_count(tally.length.p95),
        write_seconds(tally.seconds),
        write_money(tally.per_answer),
        write_per_correct(tally.per_correct),
    )


def tell_standings(report: Report, words: Words) -> Table:
    """Return who is beaten in score and cost by whom."""
    headings = head(words, "model", kind="model") + head(words, "strict", "per_answer")
    headings += head(words, "standing", kind="text")
    rows = tuple(
        (
            one.model,
            write_percent(one.score),
            write_money(one.cost),
            words("frontier") if one.beaten_by is None else words("beaten", model=one.beaten_by),
        )
        for one in report.standings
    )
    return Table(words("pareto"), headings, rows)


def tell_published(report: Report, words: Words) -> Table:
    """Return the scores that others published."""
    headings = head(words, "model", kind="model") + head(words, "suite", kind="id")
    headings += head(words, "published", "n") + head(words, "interval", "source", "note", kind="text")
    rows = tuple(
        (
            one.model,
            one.dimension,
            write_published(one),
            _count(one.n),
            NONE if one.interval is None else one.interval.method,
            ", ".join(part for part in (one.source, one.date, one.method) if part) or NONE,
            one.mark or NONE,
        )
        for one in report.published
    )
    return Table(words("published_scores"), headings, rows)


def tell_gap(report: Report, words: Words) -> Table:
    """Return the gap between two groups, report by report."""
    groups = (report.gap[0].leader.group, report.gap[0].follower.group) if report.gap else ("", "")
    headings = head(words, "date", kind="id")
    for group in groups:
        headings += (Heading(group), *head(words, "score"))
    headings += head(words, "points", "relative") + head(words, "method", kind="text")
    rows = tuple(
        (
            one.date,
            one.leader.model,
            f"{one.leader.score}",
            one.follower.model,
            f"{one.follower.score}",
            f"{one.leader.score - one.follower.score}",
            f"{100 * one.gap:.2f}%",
            one.method or NONE,
        )
        for one in report.gap
    )
    return Table(words("gap"), headings, rows)


def tell_methods(report: Report, words: Words) -> Table:
    """Return what a reader has to know of each suite before comparing its scores."""
    headings = head(words, "suite", "version", "scorer", kind="id") + head(words, "shots")
    headings += head(words, "template", "decoding", "clustered", kind="text")
    rows = tuple(
        (
            one.suite,
            one.version,
            one.scorer,
            NONE if one.shots is None else f"{one.shots}",
            one.template,
            one.decoding,
            one.clustered or NONE,
        )
        for one in report.methods
    )
    return Table(words("methods"), headings, rows)


def tell_sources(report: Report, words: Words) -> Table:
    """Return where the suites are from."""
    headings = head(words, "suite", kind="id") + head(
        words, "dimension", "languages", "licence", "source", kind="text"
    )
    methods = {one.suite: one for one in report.methods}
    rows = tuple(
        (
            name,
            words.dimension(one.dimension),
            ", ".join(one.languages),
            one.licence or NONE,
            one.source or NONE,
        )
        for name, one in methods.items()
    )
    return Table(words("sources"), headings, rows)


def tell_runs(model: ModelScore) -> str:
    """Return which runs a model's scores are from, as one line."""
    return f"{model.model}: {', '.join(model.runs)}"
