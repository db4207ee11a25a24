"""Options that name outcomes, and what is said of those that were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from fen.app.route_evidence import Gathered, Sources
from fen.wire.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])


def outcome_options(command: F) -> F:
    """Add `--outcomes`, `--evals` and `--arena` to a command."""
    options = (
        click.option(
            "--outcomes",
            multiple=True,
            metavar="FILE",
            help="JSON lines or Parquet, a path or an address; may be given again.",
        ),
        click.option("--evals", is_flag=True, help="Learn from the scores of `fen eval run` too."),
        click.option("--arena", is_flag=True, help="Learn from the arena's votes too."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def make_sources(outcomes: tuple[str, ...], *, evals: bool, arena: bool) -> Sources:
    """Return what the options name; raises ConfigError where that is nothing."""
    if not (outcomes or evals or arena):
        raise ConfigError("found no outcomes, expected --outcomes FILE, --evals or --arena")
    return Sources(outcomes, evals, arena)


def say_lost(gathered: Gathered) -> str | None:
    """Return what is to be said of costs that were left out; None where there is nothing."""
    if not gathered.unconverted:
        return None
    return (
        f"{gathered.unconverted} costs are left out: they are in another currency than the rest, and the"
        " settings have no [fx] between the two"
    )
