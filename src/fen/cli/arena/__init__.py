"""`fen arena`: blind battles, and the board that their votes make."""

from __future__ import annotations

import click

from fen.cli.lazy import LazyGroup

_SUMMARIES = {
    "rate": "Rate the models of a file of votes; no server is needed.",
    "simulate": "Write votes of synthetic voters to a file, and print the truth.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.arena")
def command() -> None:
    """Rate models by blind votes, and look after an arena."""
