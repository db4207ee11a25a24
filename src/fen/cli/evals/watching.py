"""What a person sees of a run while it goes on, and how they agree to its costs."""

from __future__ import annotations

import asyncio
import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fen.evals.estimate import Estimate
from fen.evals.run import Sitting
from fen.wire.errors import ConfigError

_SECONDS = 0.25


class TerminalWatch:
    """Shows a line with progress on a terminal, and nothing elsewhere; it is an `fen.evals.run.Watch`.

    agreed: whether costs were agreed to beforehand (`--yes`).
    """

    def __init__(self, *, agreed: bool) -> None:
        self._agreed = agreed
        self._task: asyncio.Task[None] | None = None
        self._bar: Progress | None = None

    def begin(self, sitting: Sitting) -> None:
        """Show the sitting's figures from now on."""
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[money]}"),
                console=Console(stderr=True),
                auto_refresh=False,
                transient=True,
            )
            self._task = asyncio.create_task(self._follow(self._bar, sitting))

    def permit(self, worst: Estimate) -> None:
        """Raise ConfigError where nobody can be asked."""
        if not self._agreed and not sys.stdin.isatty():
            raise ConfigError(
                f"found {worst.samples} samples that may cost {worst.worst} at most, and nobody to ask;"
                " expected --yes, or a terminal"
            )

    def agree(self, estimated: Estimate) -> bool:
        """Show what the rest may cost, and ask whether to go on."""
        if self._bar is not None:
            self._bar.stop()
        click.echo(describe_estimate(estimated), err=True)
        agreed = self._agreed or click.confirm("Go on?", err=True)
        if self._bar is not None and agreed:
            self._bar.start()
        return agreed

    def finish(self) -> None:
        """Take the line away."""
        if self._task is not None:
            self._task.cancel()
        if self._bar is not None:
            self._bar.stop()

    async def _follow(self, bar: Progress, sitting: Sitting) -> None:
        line = bar.add_task(sitting.run.model, total=sitting.total, completed=sitting.done, money="")
        bar.start()
        while True:
            bar.update(line, completed=sitting.done, money=str(sitting.spent))
            bar.refresh()
            await asyncio.sleep(_SECONDS)


def describe_estimate(estimated: Estimate) -> str:
    """Return in a sentence what samples may cost."""
    worst = f"at most {estimated.worst}"
    if estimated.low is None or estimated.high is None or estimated.output is None:
        return f"{estimated.samples} samples: {worst}."
    usual, long = estimated.output
    judged = ", judging included" if estimated.judged else ""
    return (
        f"{estimated.samples} samples to go: {estimated.low} to {estimated.high} expected{judged} (answers "
        f"of {usual} tokens at the median, {long} at the 95th percentile), {worst}."
    )
