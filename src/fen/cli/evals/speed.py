"""`fen eval speed`: how soon a model answers, how fast, and how many callers it serves."""

from __future__ import annotations

import asyncio
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import Settings, load_settings
from fen.app.evals import point_at
from fen.app.speed import open_track
from fen.cli.evals.options import Amount
from fen.cli.evals.watching import TerminalWatch
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.evals.speed.measure import Level, Percentiles, Promise
from fen.evals.speed.run import Load, Speed, run_levels
from fen.wire.money import Money

_COLUMNS = (
    Column("load", "id"),
    Column("calls", "figure"),
    Column("failed", "figure"),
    Column("first p50", "figure"),
    Column("p95", "figure"),
    Column("content p50", "figure"),
    Column("p95", "figure"),
    Column("token p50", "figure"),
    Column("p95", "figure"),
    Column("tokens/s of one", "figure"),
    Column("of all", "figure"),
    Column("characters/s", "figure"),
    Column("goodput/s", "figure"),
    Column("kept", "figure"),
)


class _Options(TypedDict):
    concurrency: tuple[int, ...]
    rate: tuple[float, ...]
    requests: int
    input_tokens: int
    output_tokens: int
    first: float | None
    per_token: float | None
    budget: Money | None
    base_url: str | None
    yes: bool
    config: Path | None
    as_json: bool


class _Numbers(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """Positive numbers with commas between."""

    name = "numbers"

    def __init__(self, kind: type[int] | type[float]) -> None:
        self._kind = kind

    def convert(
        self,
        value: str | tuple[int | float, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int | float, ...]:
        """Return the numbers in their order; none of an empty text."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(self._kind(part) for part in value.split(",") if part.strip())
        except ValueError:
            numbers = (0,)
        if not all(0 < number < float("inf") for number in numbers):
            self.fail(f"found {value!r}, expected positive numbers with commas between: 1,8", param, ctx)
        return numbers


@click.command()
@click.argument("model")
@click.option(
    "--concurrency",
    type=_Numbers(int),
    default="1,8",
    show_default=True,
    metavar="N,...",
    help="Closed loops: so many calls under way. Empty for none.",
)
@click.option(
    "--rate", type=_Numbers(float), default="", metavar="R,...", help="Open loops: calls begun a second."
)
@click.option(
    "--requests", type=click.IntRange(min=1), default=20, show_default=True, help="Calls of each load."
)
@click.option(
    "--input-tokens", type=click.IntRange(min=1), default=200, show_default=True, help="Of each, about."
)
@click.option(
    "--output-tokens", type=click.IntRange(min=2), default=128, show_default=True, help="Of each, at most."
)
@click.option(
    "--first", type=click.FloatRange(min=0), metavar="SECONDS", help="The promise: to the first piece."
)
@click.option(
    "--per-token", type=click.FloatRange(min=0), metavar="SECONDS", help="The promise: for each token."
)
@click.option("--budget", type=Amount(), metavar="MONEY", help="The most that it may cost, such as 2USD.")
@click.option("--base-url", metavar="URL", help="Where the model is, if no settings know it.")
@click.option("--yes", is_flag=True, help="Do not ask whether it may cost money.")
@config
@as_json
def command(model: str, **options: Unpack[_Options]) -> None:
    """Measure the speed of MODEL through Fen, at each load in turn, and print a table.

    Every prompt is another one, so that no cache answers it. The time to the first piece is that of anything,
    reasoning too, and then of content. The time between tokens is taken from the usage, since one piece of a
    stream may carry several. Goodput counts the calls a second that kept --first and --per-token.
    """
    settings, name = point_at(load_settings(options["config"], os.environ), model, options["base_url"])
    load = Load(
        closed=options["concurrency"],
        rates=options["rate"],
        requests=options["requests"],
        input_tokens=options["input_tokens"],
        output_tokens=options["output_tokens"],
        promise=Promise(options["first"], options["per_token"]),
        seed=secrets.token_hex(8),
    )
    if not load.closed and not load.rates:
        raise click.UsageError("found neither --concurrency nor --rate, expected one of them")
    measured = asyncio.run(_measure(settings, name, load, options))
    if measured is None:
        return
    if options["as_json"]:
        show_json(measured)
        return
    click.echo(f"{name}  about {load.input_tokens} tokens in, at most {load.output_tokens} out; seconds\n")
    show_table(_COLUMNS, [_line(level) for level in measured.levels])


async def _measure(settings: Settings, model: str, load: Load, options: _Options) -> Speed | None:
    """Return what was measured; None where nobody agreed to its costs."""
    watch = TerminalWatch(agreed=options["yes"])
    async with open_track(settings, model, load, options["budget"]) as track:
        if not track.cost.free:
            watch.permit(track.cost)
            if not watch.agree(track.cost):
                return None
        began = datetime.now(UTC)
        return Speed(model, began, load, tuple(await run_levels(track.ask_at, load)))


def _line(level: Level) -> tuple[str, ...]:
    return (
        f"{level.load:g} at once" if level.loop == "closed" else f"{level.load:g} a second",
        str(level.n),
        str(level.failed),
        *_pair(level.first),
        *_pair(level.content),
        *_pair(level.token),
        "" if level.speed is None else f"{level.speed:.1f}",
        f"{level.tokens_per_s:.1f}",
        f"{level.characters_per_s:.0f}",
        f"{level.goodput:.2f}",
        f"{level.kept:.0%}",
    )


def _pair(percentiles: Percentiles | None) -> tuple[str, str]:
    return ("", "") if percentiles is None else (f"{percentiles.p50:.3f}", f"{percentiles.p95:.3f}")
