"""The report as plain values: JSON for programs, and one row a score for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from fen.evals.report.figures import to_figure
from fen.evals.report.values import DimensionScore, Figure, ModelScore, Report, SuiteScore, Tally
from fen.evals.score import OUTCOMES
from fen.evals.statistics.gap import Gap
from fen.wire.money import Money, plain

Plain = dict[str, Any]

_COLUMNS = (
    *("kind", "model", "name", "score", "low", "high", "n", "interval"),
    "grade",
    *("completed", "completed_low", "completed_high", "completed_n"),
    *OUTCOMES,
    *("tokens_mean", "tokens_p50", "tokens_p95", "seconds"),
    *("cost_per_answer", "cost_per_correct", "cost_per_correct_low", "cost_per_correct_high", "currency"),
    *("unpriced", "version", "scorer", "shots", "template", "decoding", "run", "source", "note"),
)
"""A spreadsheet's columns. kind: `suite`, `dimension`, `total` or `published`. Shares are 0 to 1."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def describe_report(report: Report) -> Plain:
    """Return the report as plain JSON: lists of flat objects; shares are 0 to 1, amounts decimal text.

    `models`: totals. `suites`, `dimensions`, `published`: scores. `beside`: rows of the suites' own tables.
    `methods`: how suites were put.
    `standings`: score and cost, and by whom a model is beaten. `gap`: points over time.
    """
    return {
        "made": report.made.isoformat(),
        "rule": report.rule["en"],
        "models": [_describe_model(one) for one in report.models],
        "suites": [_describe_suite(one, report) for one in report.suites],
        "beside": [
            {"model": one.model, "suite": one.suite, "table": one.table.name, **row}
            for one in report.asides
            for row in one.table.to_objects()
        ],
        "dimensions": [_describe_dimension(one) for one in report.dimensions],
        "standings": [
            {"model": one.model, **_figure(one.score), **_money("cost_per_answer", one.cost)}
            | {"beaten_by": one.beaten_by, "suites": list(report.pareto_suites)}
            for one in report.standings
        ],
        "published": [
            {"model": one.model, "name": one.dimension, **_figure(to_figure(one))}
            | {"date": one.date, "source": one.source, "method": one.method, "note": one.mark}
            for one in report.published
        ],
        "gap": [_describe_gap(one) for one in report.gap],
        "methods": [{name: getattr(one, name) for name in one.__struct_fields__} for one in report.methods],
        "remarks": list(report.remarks),
    }


def _describe_model(one: ModelScore) -> Plain:
    head = {"model": one.model, "runs": list(one.runs), **_figure(one.total)}
    costs = {
        "costs": [_write(cost) for cost in one.tally.costs],
        "judge_costs": [_write(cost) for cost in one.tally.judge_costs],
    }
    return head | {"groups": dict(one.groups), "missing": list(one.missing)} | _tally(one.tally) | costs


def _describe_suite(one: SuiteScore, report: Report) -> Plain:
    head = {"model": one.model, "name": one.suite, **_figure(one.strict), "grade": one.grade}
    done = one.completed
    completed = {
        "completed": done.value,
        "completed_low": done.low,
        "completed_high": done.high,
        "completed_n": done.n,
    }
    return head | completed | _tally(one.tally) | _find_method(one, report) | {"run": one.run}


def _describe_gap(one: Gap) -> Plain:
    sides = {"leader": one.leader, "follower": one.follower}
    told: Plain = {"date": one.date, "gap": plain(one.gap), "method": one.method, "broken": one.broken}
    for name, best in sides.items():
        told |= {f"{name}_group": best.group, f"{name}_model": best.model, f"{name}_score": plain(best.score)}
    return told


def _describe_dimension(one: DimensionScore) -> Plain:
    return {"model": one.model, "name": one.dimension, **_figure(one.figure), "suites": list(one.suites)}


def _find_method(one: SuiteScore, report: Report) -> Plain:
    found = [
        method
        for method in report.methods
        if (method.suite, method.version, method.scorer) == (one.suite, one.version, one.scorer)
    ]
    told: Plain = {"version": one.version, "scorer": one.scorer}
    for name in ("shots", "template", "decoding"):
        values = list(dict.fromkeys(getattr(method, name) for method in found))
        told[name] = values[0] if len(values) == 1 else None
    return told


def _figure(figure: Figure) -> Plain:
    return {
        "score": figure.value,
        "low": figure.low,
        "high": figure.high,
        "n": figure.n,
        "interval": figure.method,
    }


def _tally(tally: Tally) -> Plain:
    found: Plain = {outcome: tally.outcomes.get(outcome, 0) for outcome in OUTCOMES}
    found |= {"tokens_mean": tally.length.mean, "tokens_p50": tally.length.p50}
    found |= {"tokens_p95": tally.length.p95, "seconds": tally.seconds}
    found |= _money("cost_per_answer", tally.per_answer) | {"unpriced": tally.unpriced}
    cost = tally.per_correct
    if cost is None:
        return found | dict.fromkeys(("cost_per_correct", "cost_per_correct_low", "cost_per_correct_high"))
    found |= {"cost_per_correct": _amount(cost.amount), "cost_per_correct_low": _amount(cost.low)}
    return found | {"cost_per_correct_high": _amount(cost.high), "currency": cost.currency}


def _money(name: str, money: Money | None) -> Plain:
    if money is None:
        return {name: None, "currency": None}
    return {name: plain(money.amount), "currency": money.currency}


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _write(money: Money) -> Plain:
    return {"amount": plain(money.amount), "currency": money.currency}


def write_csv(report: Report) -> str:
    """Return one row for each score: suites, dimensions, totals, then what others published."""
    told = describe_report(report)
    rows: list[Plain] = []
    for kind, name in (("suite", "suites"), ("dimension", "dimensions"), ("published", "published")):
        rows += [{"kind": kind, **row} for row in told[name]]
    rows += [{"kind": "total", "name": "total", **row} for row in told["models"]]
    return _write_rows(rows)


def _write_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(row.get(name)) for name in _COLUMNS] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would take for a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
