"""`fen arena`: blind battles, and the board that their votes make."""

from __future__ import annotations

import click

from fen.cli.lazy import LazyGroup

_SUMMARIES = {
    "rate": "Rate the models of a file of votes; no server is needed.",
    "import": "Add a file's votes to the log, where they count from then on.",
    "export": "Write the log's votes that count to a file.",
    "void": "Take votes off the board, or put them back on it.",
    "reveal": "Tell which model was behind a codename.",
    "register": "List every variant that was ever tested, and how much it was met.",
    "simulate": "Write votes of synthetic voters to a file, and print the truth.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.arena")
def command() -> None:
    """Rate models by blind votes, and look after an arena."""
