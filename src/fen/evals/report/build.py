"""From records to a report: every figure is computed by `fen.evals.statistics`, and put side by side here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from fen.evals.dimensions import read_dimensions
from fen.evals.judge.letters import USUAL, CutOff, grade_letters
from fen.evals.record import Record, Run
from fen.evals.report.asides import sum_up_beside
from fen.evals.report.methods import describe_methods, find_clashes
from fen.evals.report.select import Entry
from fen.evals.report.standing import compare_costs
from fen.evals.report.tally import count_up
from fen.evals.report.values import (
    DimensionScore,
    Figure,
    ModelScore,
    Report,
    SuiteScore,
)
from fen.evals.statistics import (
    Measure,
    Summary,
    summarise_dimensions,
    summarise_suites,
    summarise_total,
)
from fen.evals.statistics.gap import Gap
from fen.evals.statistics.imported import Published
from fen.evals.suite import Suite

Score = TypeVar("Score", SuiteScore, DimensionScore)


class Beside(msgspec.Struct, frozen=True):
    """What is drawn beside measured scores: others' scores, and a gap over time."""

    published: tuple[Published, ...] = ()
    gap: tuple[Gap, ...] = ()


def build_report(
    entries: Sequence[Entry],
    suites: Mapping[str, Suite],
    made: datetime,
    beside: Beside | None = None,
    cutoffs: Sequence[CutOff] = USUAL,
) -> Report:
    """Return the report of entries; suites: those that are known, by name. cutoffs: of letter grades."""
    beside = beside or Beside()
    shared = {name: suite.clustered for name, suite in suites.items() if suite.clustered is not None}
    scored = [(entry, _score_model(entry, shared)) for entry in entries if entry.records]
    scored.sort(key=lambda pair: -1.0 if pair[1].total.value is None else pair[1].total.value, reverse=True)
    ranked = [entry for entry, _ in scored]
    scores = _order((one for entry in ranked for one in _score_suites(entry, shared)), lambda one: one.suite)
    scores = tuple(_grade(one, suites, cutoffs) for one in scores)
    standings, over = compare_costs(scores)
    return Report(
        made=made,
        models=tuple(model for _, model in scored),
        suites=scores,
        dimensions=_order(
            (one for entry in ranked for one in _score_dimensions(entry, shared)), lambda one: one.dimension
        ),
        rule={"en": read_dimensions().total.rule, "zh": read_dimensions().total.rule_zh},
        methods=describe_methods(ranked, suites),
        standings=standings,
        pareto_suites=over,
        published=beside.published,
        gap=beside.gap,
        asides=sum_up_beside(ranked, suites),
        cutoffs=tuple(cutoffs),
        remarks=(*_tell_unfinished(entries), *find_clashes(ranked)),
    )


def _score_model(entry: Entry, shared: Mapping[str, str]) -> ModelScore:
    groups = {name: group.dimensions for name, group in read_dimensions().groups.items()}
    total = summarise_total(entry.records, groups, shared)
    return ModelScore(
        model=entry.name,
        runs=tuple(run.id for run in entry.runs),
        total=to_figure(total.summary.strict),
        groups={name: one.strict.mean or 0.0 for name, one in total.groups.items()},
        missing=total.missing,
        tally=count_up(entry.records),
    )


def _score_suites(entry: Entry, shared: Mapping[str, str]) -> Iterable[SuiteScore]:
    runs = {(record.suite, record.run) for record in entry.records}
    for name, summary in summarise_suites(entry.records, shared).items():
        records = [record for record in entry.records if record.suite == name]
        yield SuiteScore(
            model=entry.name,
            run=", ".join(sorted(run for suite, run in runs if suite == name)),
            suite=name,
            version=", ".join(sorted({record.version for record in records})),
            scorer=", ".join(summary.scorers),
            strict=to_figure(summary.strict),
            completed=to_figure(summary.completed),
            tally=count_up(records),
        )


def _grade(one: SuiteScore, suites: Mapping[str, Suite], cutoffs: Sequence[CutOff]) -> SuiteScore:
    """Give a judged suite's score its letters, by the whole interval: a mean alone would be too sure."""
    figure = one.strict
    judged = one.suite in suites and suites[one.suite].needs_judge
    if not judged or figure.low is None or figure.high is None:
        return one
    return replace(one, grade=grade_letters(figure.low, figure.high, cutoffs))


def _score_dimensions(entry: Entry, shared: Mapping[str, str]) -> Iterable[DimensionScore]:
    for name, summary in summarise_dimensions(entry.records, shared).items():
        yield DimensionScore(entry.name, name, to_figure(summary.strict), _suites_of(entry, name, summary))


def _suites_of(entry: Entry, dimension: str, summary: Summary) -> tuple[str, ...]:
    there = {record.suite for record in entry.records if record.dimension == dimension}
    return summary.parts or tuple(sorted(there))


def _order(scores: Iterable[Score], name_of: Callable[[Score], str]) -> tuple[Score, ...]:
    """Put scores of one name beside each other; names in the order of `dimensions.toml`, then by letters."""
    found = list(scores)
    known = {name: place for place, name in enumerate(read_dimensions().dimensions)}
    names = sorted({name_of(one) for one in found}, key=lambda name: (known.get(name, len(known)), name))
    return tuple(one for name in names for one in found if name_of(one) == name)


def _tell_unfinished(entries: Iterable[Entry]) -> Iterable[str]:
    for entry in entries:
        for run in entry.runs:
            if run.ended is None:
                yield f"{run.id} of {entry.name} is not finished: scores are of the answers that it has"
        if not entry.records:
            yield f"{entry.name} is left out: its runs have no answers"


def to_figure(measure: Measure) -> Figure:
    """Return a measure as a report shows it."""
    interval = measure.interval
    if interval is None:
        return Figure(measure.mean, n=measure.n)
    return Figure(measure.mean, interval.low, interval.high, measure.n, interval.method)


def describe_run(run: Run, records: Sequence[Record], suites: Mapping[str, Suite], made: datetime) -> Report:
    """Return the report of one run, as `fen eval run` shows it at its end."""
    return build_report((Entry(run.model, (run,), tuple(records)),), suites, made)
