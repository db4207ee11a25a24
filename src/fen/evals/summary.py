"""A run's figures for programs: by suite, its scores with their intervals, and what its answers took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fen.evals.purse import Purse
from fen.evals.record import Record
from fen.evals.report import Report
from fen.evals.report.values import Figure, SuiteScore
from fen.wire.money import plain


def describe_suites(report: Report, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return a run's suites as plain JSON, by name; report: of that run alone, records: all of it.

    n, strict and completed are told with their 95% intervals, cost with judging, tokens as sums. `beside` has
    the suite's own tables, by name.
    """
    scores = sorted(report.suites, key=lambda one: one.suite)
    return [
        _describe_score(one)
        | _describe_effort([record for record in records if record.suite == one.suite])
        | {"beside": {a.table.name: a.table.to_objects() for a in report.asides if a.suite == one.suite}}
        for one in scores
    ]


def _describe_score(one: SuiteScore) -> dict[str, Any]:
    return {
        "suite": one.suite,
        "n": one.tally.answers,
        "outcomes": dict(one.tally.outcomes),
        **_describe_figure("strict", one.strict),
        **_describe_figure("completed", one.completed),
        "completed_n": one.completed.n,
        "grade": one.grade,
    }


def _describe_figure(name: str, figure: Figure) -> dict[str, Any]:
    return {
        name: figure.value,
        f"{name}_low": figure.low,
        f"{name}_high": figure.high,
        f"{name}_interval": figure.method or None,
    }


def _describe_effort(records: Sequence[Record]) -> dict[str, Any]:
    cost = Purse()
    for record in records:
        cost.add(record.cost)
        if record.judge_cost is not None:
            cost.add(record.judge_cost)
    only = cost.only
    return {
        "cost": None if only is None else plain(only.amount),
        "currency": None if only is None else only.currency,
        "input_tokens": sum(record.input_tokens for record in records),
        "output_tokens": sum(record.output_tokens for record in records),
        "reasoning_tokens": sum(record.reasoning_tokens for record in records),
    }
