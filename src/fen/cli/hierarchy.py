"""`fen hierarchy`: whose instructions a model follows, measured."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import Settings, load_settings
from fen.app.evaluating import ELSEWHERE, can_guard, open_evaluator
from fen.cli.export import export
from fen.cli.options import as_json, config
from fen.cli.output import Column, note, show_json, show_table
from fen.cli.synth import synth
from fen.cli.train import train
from fen.hierarchy.suite import Case
from fen.hierarchy.suite.choose import NAMES, choose_cases
from fen.hierarchy.suite.published import Published, read_published
from fen.hierarchy.suite.report import Layer, Report, describe_report
from fen.hierarchy.suite.run import Result, run_cases
from fen.hierarchy.suite.share import Share
from fen.hierarchy.suite.table import Cell, Row

_COLUMNS = (
    Column("category", "id"),
    Column("pair", "id"),
    Column("from"),
    Column("cases", "figure"),
    Column("kept %", "figure"),
    Column("obeyed %", "figure"),
    Column("with Fen: kept %", "figure"),
    Column("obeyed %", "figure"),
    Column("paper %", "id"),
)
_BENIGN = (
    Column("category", "id"),
    Column("pair", "id"),
    Column("role", "id"),
    Column("from"),
    Column("cases", "figure"),
    Column("right %", "figure"),
    Column("with Fen: right %", "figure"),
)


class _Options(TypedDict):
    suite: tuple[str, ...]
    data: Path | None
    limit: int
    seed: int
    concurrency: int
    max_tokens: int | None
    temperature: float | None
    guard: bool | None
    config: Path | None
    as_json: bool


@click.group()
def hierarchy() -> None:
    """Measure how a model keeps to the instruction hierarchy, and teach it to a small one."""


hierarchy.add_command(synth)
hierarchy.add_command(train)
hierarchy.add_command(export)


@hierarchy.command("eval")
@click.argument("model")
@click.option(
    "--suite",
    multiple=True,
    type=click.Choice(NAMES),
    metavar="NAME",
    help=f"Only this: {', '.join(NAMES)}. May be given several times.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder with data sets of others, each in a folder of its name.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="So many draws of each family, three cases a draw, and records of each file.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which cases are drawn.")
@click.option(
    "--concurrency", type=click.IntRange(min=1), default=4, show_default=True, help="So many calls at once."
)
@click.option("--max-tokens", type=click.IntRange(min=1), help="The most of each answer, for all cases.")
@click.option(
    "--temperature", type=click.FloatRange(0, 2), help="The model's; 0 for answers that can be had again."
)
@click.option(
    "--guard/--no-guard",
    default=None,
    help="With Fen's layer too, or only without it. Left out: with it too, unless FEN_URL is set.",
)
@config
@as_json
def evaluate(model: str, **options: Unpack[_Options]) -> None:
    """Ask a model generated tasks in which instructions conflict, and print what it did.

    Answers are judged by program. `kept` is the share of right answers to conflicts, `obeyed` that of answers
    which did as the lower instruction said, each with Wilson's 95% interval. The calls are in the books with
    the tag eval. Fen's layer is [guard] of fen.toml with mode = "enforce", or all of it where that is off.
    With FEN_URL set, the Fen there is asked (FEN_API_KEY is its key), whose settings say whether its layer is
    on.
    """
    settings = load_settings(options["config"], os.environ)
    layer = _choose_layer(options["guard"], settings)
    chosen = choose_cases(options["suite"], options["data"], options["limit"], options["seed"])
    results = asyncio.run(_run(model, chosen.cases, layer, settings, options))
    report = Report(
        model, options["seed"], options["limit"], layer, results, chosen.unsupported, read_published()
    )
    if options["as_json"]:
        show_json(describe_report(report))
    else:
        _show(report)


def _choose_layer(wanted: bool | None, settings: Settings) -> Layer:
    if wanted is False:
        return "off"
    if can_guard(settings):
        return "both"
    if wanted:
        raise click.UsageError(f"found --guard and FEN_URL, expected one of them: {ELSEWHERE}")
    return "unavailable"


async def _run(
    model: str, cases: Sequence[Case], layer: Layer, settings: Settings, options: _Options
) -> list[Result]:
    results: list[Result] = []

    def tell(done: int) -> None:
        if done % 100 == 0:
            note(f"{done} of {len(cases)} cases")

    columns = (False, True) if layer == "both" else (False,)
    params = {name: options[name] for name in ("max_tokens", "temperature") if options[name] is not None}
    async with open_evaluator(settings, model, params, guarded=True in columns) as ask:
        for guarded in columns:
            results += await run_cases(
                cases, ask, guarded=guarded, concurrency=options["concurrency"], tell=tell
            )
    return results


def _show(report: Report) -> None:
    conflicts = [row for row in report.rows if row.role == "conflict"]
    benign = [row for row in report.rows if row.role != "conflict"]
    if conflicts:
        show_table(_COLUMNS, [_conflict(row, report.published) for row in conflicts])
        click.echo()
    if benign:
        show_table(_BENIGN, [_benign(row) for row in benign])
        click.echo()
    for line in _remarks(report):
        click.echo(line)


def _conflict(row: Row, published: Published) -> tuple[str, ...]:
    told = published.rows.get(row.category)
    return (
        row.category,
        _name_pair(row),
        row.source,
        _count(row),
        *_pair(row.unguarded),
        *_pair(row.guarded),
        "" if told is None else f"{told.baseline} -> {told.hierarchy}",
    )


def _benign(row: Row) -> tuple[str, ...]:
    return (
        row.category,
        _name_pair(row),
        row.role,
        row.source,
        _count(row),
        _pair(row.unguarded)[0],
        _pair(row.guarded)[0],
    )


def _name_pair(row: Row) -> str:
    return f"{row.higher.word} > {row.lower.word}"


def _count(row: Row) -> str:
    cells = [cell for cell in (row.unguarded, row.guarded) if cell is not None]
    return str(cells[0].passed.of + cells[0].errors)


def _pair(cell: Cell | None) -> tuple[str, str]:
    return ("-", "-") if cell is None else (_percent(cell.passed), _percent(cell.obeyed))


def _percent(share: Share) -> str:
    if share.rate is None:
        return "-"
    low, high = share.interval
    return f"{100 * share.rate:.1f} [{100 * low:.0f}-{100 * high:.0f}]"


def _remarks(report: Report) -> list[str]:
    remarks: list[str] = []
    cost = report.cost
    if cost is not None:
        remarks.append(
            f"Benign cost of Fen's layer: {cost.points:.1f} points of {cost.cases} benign cases "
            f"({cost.lost} lost, {cost.won} won)."
        )
    elif report.layer == "unavailable":
        remarks.append(f"One column only: {ELSEWHERE}.")
    published = report.published
    remarks.append(f"paper: {published.model}, before -> after its training; {published.url}")
    failed = sum(result.error is not None for result in report.results)
    if failed:
        error = next(result.error for result in report.results if result.error is not None)
        remarks.append(f"{failed} calls failed and are not counted; the first: {error}")
    remarks += [f"not judged: {reason}: {count}" for reason, count in sorted(report.unsupported.items())]
    return remarks
