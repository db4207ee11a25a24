"""`fen prices`: what tokens cost, did cost, and cost under load."""

from __future__ import annotations

import click

from fen.cli.lazy import DefaultGroup

_SUMMARIES = {
    "show": "Show what models cost, and did cost; the command where none is named.",
    "history": "Show what became of a model: releases, prices, limits, its end.",
    "timeline": "Show what became of all models between two days, as a table or a plot.",
    "claims": "Hold what was said of prices against the price book.",
    "compare": "Show what a request costs on each model, cheapest first.",
    "plan": "Show what a load costs a month on each model, and what it needs.",
    "audit": "List where other sources say something else.",
    "update": "Show what a newer source would append to the price book, or append it.",
}


@click.group(
    cls=DefaultGroup,
    summaries=_SUMMARIES,
    package="fen.cli.prices",
    default="show",
    options_metavar="",
    subcommand_metavar="[MODEL|QUERY] | COMMAND [ARGS]...",
)
def command() -> None:
    """Show what models cost, and did cost.

    `fen prices MODEL` and `fen prices QUERY` are short for `fen prices show`.
    """
