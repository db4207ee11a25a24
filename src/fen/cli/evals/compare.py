"""`fen eval compare`: two models on the questions that both answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import msgspec

from fen.cli.evals.sides import Side, read_sides, read_words
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.evals.statistics.comparison import Comparison, compare_all
from fen.evals.statistics.difference import Difference, tell
from fen.evals.statistics.one_more import OneMore, find_one_more, tell_price
from fen.evals.statistics.paired import Words


class _Options(TypedDict):
    completed: bool
    other_strata: bool
    config: Path | None
    as_json: bool


@click.command()
@click.argument("a", metavar="RUN_OR_MODEL")
@click.argument("b", metavar="RUN_OR_MODEL")
@click.option("--completed", is_flag=True, help="Only questions of which both have a completed answer.")
@click.option(
    "--other-strata",
    is_flag=True,
    help="Ask another question: how far the result carries to other strata (subjects) than these.",
)
@config
@as_json
def command(a: str, b: str, **options: Unpack[_Options]) -> None:
    """Compare two models on the questions that both answered, the same versions of them.

    A run is compared as it is; a model by its latest answers, suite by suite. Each difference has its
    interval; of questions answered once, right or wrong, p is McNemar's mid-p, else that of t over what
    questions share. The p of dimensions are corrected for their number by Holm.
    """
    sides = read_sides(a, b, options["config"])
    basis = "completed" if options["completed"] else "strict"
    comparison, more = compare_sides(sides, read_words(), basis == "completed", options["other_strata"])
    if options["as_json"]:
        show_json(describe(sides, comparison, more))
    else:
        show(sides, comparison, more)


def compare_sides(
    sides: tuple[Side, Side], words: Mapping[str, Words], completed: bool, other_strata: bool
) -> tuple[Comparison, OneMore]:
    """Return the differences, and what one more right answer costs."""
    first, second = sides
    comparison = compare_all(
        first.records,
        second.records,
        words,
        basis="completed" if completed else "strict",
        strata="random" if other_strata else "fixed",
    )
    return comparison, find_one_more(first.records, second.records)


def describe(sides: tuple[Side, Side], comparison: Comparison, more: OneMore) -> dict[str, Any]:
    """Return the comparison as plain JSON; figures are shares, not points."""
    first, second = sides

    def put(one: Difference) -> dict[str, Any]:
        verdict = tell(one, first.name, second.name)
        return {**msgspec.structs.asdict(one), "told_apart": one.told_apart, "verdict": verdict}

    return {
        "a": first.name,
        "b": second.name,
        "basis": comparison.basis,
        "suites": [put(one) for one in comparison.suites],
        "dimensions": [put(one) for one in comparison.dimensions],
        "one_more": more,
    }


def show(sides: tuple[Side, Side], comparison: Comparison, more: OneMore) -> None:
    """Print the comparison: by suite, by dimension, and what is to be read beside it."""
    first, second = sides
    click.echo(f"A: {first.name}\nB: {second.name}\n")
    for title, found in (("suite", comparison.suites), ("dimension", comparison.dimensions)):
        show_table(_name_columns(title), [_line(one) for one in found])
        click.echo()
    for line in _remark(comparison):
        click.echo(line)
    click.echo(tell_price(more, "A", "B"))


def _name_columns(title: str) -> tuple[Column, ...]:
    return (
        Column(title, "id"),
        Column("questions", "figure"),
        Column("A %", "figure"),
        Column("B %", "figure"),
        Column("A better", "figure"),
        Column("B better", "figure"),
        Column("p" if title == "suite" else "p (Holm)", "figure"),
        Column("A - B in points"),
        Column("how it was found"),
    )


def _line(one: Difference) -> tuple[str, ...]:
    p = one.p if one.adjusted is None else one.adjusted
    return (
        one.name,
        str(one.items),
        _percent(one.a),
        _percent(one.b),
        str(one.won),
        str(one.lost),
        "-" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}",
        tell(one, "A", "B"),
        "; ".join(part for part in (one.test, one.interval.method if one.interval else "") if part),
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _remark(comparison: Comparison) -> Sequence[str]:
    remarks: list[str] = []
    if comparison.basis == "completed":
        remarks.append("of questions that both completed")
    for one in comparison.suites:
        left_out = (
            (one.only_a, "only A answered"),
            (one.only_b, "only B answered"),
            (one.unlike, "that were asked or scored in other versions"),
        )
        remarks += [f"{one.name}: {count} questions left out {why}" for count, why in left_out if count]
    return remarks
