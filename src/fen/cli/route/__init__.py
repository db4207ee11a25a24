"""`fen route`: which model a request goes to, what that is learnt from, and why."""

from __future__ import annotations

import click

from fen.cli.lazy import LazyGroup

_SUMMARIES = {
    "fit": "Learn from outcomes and votes what each model is good at.",
    "join": "Add a model to an artefact by a few outcomes, without a new fit.",
    "show": "Show what an artefact was learnt from, and how well it does.",
    "predict": "Print what is expected of each model for the prompts of a file.",
    "explain": "Show whom a route would ask about a prompt, and why.",
    "evaluate": "Show what other policies would have been worth, by the feedback on a route's answers.",
    "bench": "Measure on outcomes what routing gains over single models and their mixtures.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.route")
def command() -> None:
    """Send each request to the cheapest model that is good enough."""
