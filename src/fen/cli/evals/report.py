"""`fen eval report`: the scores of runs side by side, as tables, a page, or files for other programs."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from fen.app import load_settings
from fen.app.evals import open_shelf
from fen.cli.evals.tables import show_report
from fen.cli.options import as_json, config
from fen.cli.output import show_json
from fen.evals.judge import CutOff, read_cutoffs
from fen.evals.judge.letters import USUAL
from fen.evals.registry import list_suites
from fen.evals.report import (
    LANGUAGES,
    Beside,
    Entry,
    Language,
    Report,
    build_report,
    collect_entries,
    describe_report,
    speak,
    write_csv,
    write_html,
    write_markdown,
)
from fen.evals.statistics.gap import find_gaps, read_reports
from fen.evals.statistics.imported import read_published
from fen.wire.errors import ConfigError, NotFound

_FILE = click.Path(dir_okay=False, allow_dash=True)
_READ = click.Path(exists=True, dir_okay=False, path_type=Path)


class Grades(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] (generic since click 8.5)
    """Cut-offs of letter grades: `A=0.85,B=0.7,C=0`."""

    name = "cutoffs"

    def convert(
        self, value: str | tuple[CutOff, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[CutOff, ...]:
        """Return the cut-offs, the best first."""
        if isinstance(value, tuple):
            return value
        try:
            return read_cutoffs(value)
        except ConfigError as error:
            self.fail(error.message, param, ctx)


class _Options(TypedDict):
    html: str | None
    markdown: str | None
    csv: str | None
    published: tuple[Path, ...]
    gap: Path | None
    grades: tuple[CutOff, ...]
    lang: Language
    config: Path | None
    as_json: bool


@click.command()
@click.argument("names", nargs=-1, metavar="[RUN_OR_MODEL]...")
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page that needs no network and no script.")
@click.option("--markdown", type=_FILE, metavar="FILE", help="Write Markdown.")
@click.option("--csv", type=_FILE, metavar="FILE", help="Write a row for each score.")
@click.option(
    "--with",
    "published",
    type=_READ,
    multiple=True,
    metavar="SCORES.csv",
    help="Show what others published beside it: model,dimension,score and, where known, n,date,source.",
)
@click.option("--gap", type=_READ, metavar="FILE.csv", help="Draw the gap between two groups over time.")
@click.option(
    "--grades",
    type=Grades(),
    default=",".join(f"{one.letter}={one.least:g}" for one in USUAL),
    show_default=True,
    metavar="CUTOFFS",
    help="Letters for what a judge scored, from the best down, each with its least score.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the report.")
@config
@as_json
def command(names: tuple[str, ...], **options: Unpack[_Options]) -> None:
    """Show the scores of runs side by side.

    A RUN is shown as it is; a MODEL by its latest answers, suite by suite; without names all models are. Each
    score has its interval and says how it came about. Of a FILE, - is standard output; where none is wanted,
    tables are printed.
    """
    entries = asyncio.run(_collect(names, options))
    beside = Beside(
        tuple(one for path in options["published"] for one in read_published(path)),
        find_gaps(read_reports(options["gap"])) if options["gap"] is not None else (),
    )
    if not entries and not beside.published and not beside.gap:
        raise NotFound("found no runs, expected one: `fen eval run smoke --model MODEL` makes one")
    report = build_report(
        entries, {suite.name: suite for suite in list_suites()}, datetime.now(UTC), beside, options["grades"]
    )
    if not _write_files(report, options) and not options["as_json"]:
        show_report(report, options["lang"])
    if options["as_json"]:
        show_json(describe_report(report))


async def _collect(names: tuple[str, ...], options: _Options) -> tuple[Entry, ...]:
    async with open_shelf(load_settings(options["config"], os.environ)) as shelf:
        return await collect_entries(shelf.storage, names)


def _write_files(report: Report, options: _Options) -> bool:
    """Write the files that are wanted; returns whether there were any."""
    words = speak(options["lang"])
    texts = (
        (options["html"], lambda: write_html(report, words)),
        (options["markdown"], lambda: write_markdown(report, words)),
        (options["csv"], lambda: write_csv(report)),
    )
    wanted = [(name, write()) for name, write in texts if name is not None]
    for name, text in wanted:
        with click.open_file(name, "w", encoding="utf-8", atomic=name != "-") as file:
            file.write(text)
        if name != "-":
            click.echo(f"written: {name}", err=True)
    return bool(wanted)
