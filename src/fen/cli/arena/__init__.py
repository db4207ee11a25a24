"""`fen arena`: blind battles, and the board that their votes make."""

from __future__ import annotations

import click

from fen.cli.lazy import LazyGroup

_SUMMARIES = {
    "board": "Show the board that the votes of the log make.",
    "rate": "Rate the models of a file of votes; no server is needed.",
    "import": "Add a file's votes to the log, where they count from then on.",
    "export": "Write the log's votes that count to a file.",
    "audit": "Look for voters who do not read, and at what holds two models apart.",
    "rejudge": "Judge votes again by today's rules of what gives a model away.",
    "void": "Take votes off the board, or put them back on it.",
    "reveal": "Tell which model was behind a codename.",
    "retire": "Take a codename out of the arena without telling what was behind it.",
    "register": "List every variant that was ever tested, and how much it was met.",
    "simulate": "Write votes of synthetic voters to a file, and print the truth.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.arena")
def command() -> None:
    """Rate models by blind votes, and look after an arena."""
