"""`fen usage`: what was used, what it cost, and what it would have cost elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from fen.cli.lazy import LazyGroup
from fen.cli.options import Moment, Words, as_json
from fen.cli.usage.totals import GROUPS, show_totals

_SUMMARIES = {
    "savings": "Show what routes cost beside what their references would have.",
    "what-if": "Price the recorded traffic anew, on other models or dates.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.usage", invoke_without_command=True)
@click.option("--by", type=Words(GROUPS), multiple=True, help="What to add up by; key,model where left out.")
@click.option("--since", type=Moment(), help="From this date or time on (UTC).")
@click.option("--until", type=Moment(), help="Up to this date or time, without it.")
@click.option("--key", metavar="ID|NAME", help="Of this key only.")
@as_json
@click.pass_context
def usage(
    context: click.Context,
    by: Sequence[Sequence[str]],
    since: datetime | None,
    until: datetime | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Add up what was used and what it cost.

    Requests under way are not in the sums. `input` are fresh tokens; what a cache had is in `cached`.
    Different currencies are never added. What routes saved stands below, where there was one.
    """
    if context.invoked_subcommand is None:
        show_totals(by, since, until, key, as_json)
