"""`fen value`: quality beside what it costs, and the price of one more point."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import Settings, load_settings, read_offers
from fen.app.arena_desk import open_desk
from fen.app.evals import open_shelf
from fen.app.fx import read_rates
from fen.app.value import Rule, Value, value_board, value_published, value_runs
from fen.cli.evals.gap import show_gaps
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json
from fen.cli.sources import show_filled
from fen.evals.report import collect_entries
from fen.evals.statistics.gap import find_gaps, read_reports
from fen.evals.statistics.imported import read_published
from fen.routing.value import Figure, Worth
from fen.wire.errors import InvalidRequest
from fen.wire.money import CURRENCIES

_READ = click.Path(exists=True, dir_okay=False, path_type=Path)
_POINT = 100  # points of a share


class _Options(TypedDict):
    suites: tuple[str, ...]
    board: str | None
    scores: Path | None
    dimension: str | None
    input_tokens: int
    output_tokens: int
    currency: str
    gap: Path | None
    config: Path | None
    as_json: bool


@click.command()
@click.argument("names", nargs=-1, metavar="[RUN_OR_MODEL]...")
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only by this suite; may be repeated.")
@click.option("--arena", "board", metavar="CATEGORY", help="By the arena's board of a category, such as all.")
@click.option("--scores", type=_READ, metavar="FILE.csv", help="By scores that others published.")
@click.option("--dimension", metavar="NAME", help="Which of the file's dimensions.")
@click.option(
    "--in",
    "input_tokens",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    metavar="N",
    help="With --scores: tokens of a prompt.",
)
@click.option(
    "--out",
    "output_tokens",
    type=click.IntRange(0),
    default=500,
    show_default=True,
    metavar="M",
    help="With --scores: tokens of an answer.",
)
@click.option(
    "--currency", type=click.Choice(CURRENCIES), default="USD", show_default=True, help="Of all costs."
)
@click.option(
    "--gap", type=_READ, metavar="FILE.csv", help="Show instead how far one group is behind another."
)
@config
@as_json
def command(names: tuple[str, ...], **options: Unpack[_Options]) -> None:
    """Show what models are worth: quality beside what an answer costs.

    Quality is the share of right answers in evaluation runs (of a MODEL the latest, suite by suite), over
    what all of them were asked; or a rating of the arena; or what others published, at today's price of
    answers of N tokens in and M out. `frontier` is `yes` where no other model is as good for no more money,
    and who is where there are some, with the share of draws in which it is. `one more point` is what each
    answer costs more, a point better, coming from the model before it on the frontier. Intervals are 95%.
    """
    if options["gap"] is not None:
        show_gaps(find_gaps(read_reports(options["gap"])), options["as_json"])
        return
    value = _find(names, options)
    if options["as_json"]:
        show_json(value)
        return
    _show(value)


def _find(names: tuple[str, ...], options: _Options) -> Value:
    if sum((bool(names), options["board"] is not None, options["scores"] is not None)) > 1:
        raise InvalidRequest("found several of runs, --arena and --scores, expected one of them")
    settings = load_settings(options["config"], os.environ)
    rule = Rule(
        options["currency"], read_rates(settings.fx), options["input_tokens"], options["output_tokens"]
    )
    if options["scores"] is not None:
        scores = read_published(options["scores"])
        return value_published(scores, read_offers(settings).catalogue, rule, options["dimension"])
    return asyncio.run(_read(settings, names, options, rule))


async def _read(settings: Settings, names: tuple[str, ...], options: _Options, rule: Rule) -> Value:
    if options["board"] is not None:
        async with open_desk(settings) as desk:
            board = await desk.make_board(options["board"], style=False, everything=False)
        return value_board(board, rule)
    async with open_shelf(settings) as shelf:
        return value_runs(await collect_entries(shelf.storage, names), rule, options["suites"])


def _show(value: Value) -> None:
    share = value.unit == "share"
    columns = [
        Column("model", "id"),
        Column("right %" if share else "rating", "figure"),
        Column("95% interval", "id"),
        Column(f"{value.currency} an answer", "figure"),
        Column("95% interval", "id"),
        Column("for a right one", "figure"),
        Column("95% interval", "id"),
        Column("frontier"),
        Column("one more point", "figure"),
        Column("95% interval", "id"),
    ]
    show_filled(columns, [_line(worth, share) for worth in value.worths])
    click.echo(f"\nby {', '.join(value.over)}")
    for model, reason in value.left_out.items():
        click.echo(f"not compared: {model}: {reason}")


def _line(worth: Worth, share: bool) -> Sequence[str]:
    scale = _POINT if share else 1
    quality = tuple(_times(figure, scale) for figure in _parts(worth.quality))
    told = "yes" if worth.frontier else ", ".join(worth.dominated_by)
    often = "" if worth.often is None else f" ({100 * worth.often:.0f}%)"
    step: tuple[str, str] = ("", "")
    if worth.step is not None:
        price = [_times(figure, 1 / scale) for figure in _parts(worth.step.price)]
        step = (_digits(price[0]), _span(price[1], price[2]))
    return (
        worth.model,
        "" if quality[0] is None else f"{quality[0]:.1f}",
        "" if quality[1] is None or quality[2] is None else f"{quality[1]:.1f} {quality[2]:.1f}",
        *_pair(worth.cost),
        *(("", "") if worth.per_correct is None else _pair(worth.per_correct)),
        told + often,
        *step,
    )


def _parts(figure: Figure) -> tuple[float | None, float | None, float | None]:
    return figure.value, figure.low, figure.high


def _times(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor


def _pair(figure: Figure) -> tuple[str, str]:
    if figure.low == figure.high:
        return _digits(figure.value), ""
    return _digits(figure.value), _span(figure.low, figure.high)


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None and high is None else f"{_digits(low)} {_digits(high)}"


def _digits(number: float | None) -> str:
    return "unbounded" if number is None else f"{number:.4g}"
