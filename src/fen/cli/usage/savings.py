"""`fen usage savings`: what routes cost, beside what their references would have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from fen.app import Records
from fen.cli.options import Moment, Words, as_json
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records
from fen.ledger import Savings
from fen.wire.money import plain

_GROUPS = ("route", "key", "reference")
_SUMS = ("requests", "compared", "cost", "reference cost", "saved", "%")


@click.command()
@click.option(
    "--by", type=Words(_GROUPS), multiple=True, help="What to add up by; route,reference where left out."
)
@click.option("--since", type=Moment(), help="From this date on (whole days, UTC).")
@click.option("--until", type=Moment(), help="Up to this date, without it.")
@click.option("--key", metavar="ID|NAME", help="Of this key only.")
@as_json
def savings(
    by: Sequence[Sequence[str]],
    since: datetime | None,
    until: datetime | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Show what routes cost, beside what their references would have.

    `reference cost` is an estimate: the real input tokens at the reference's prices of that moment, and the
    output tokens that it was expected to write. `compared` are requests of which both costs are known in one
    currency; the sums are of these alone.
    """
    words = tuple(dict.fromkeys(word for some in by for word in some)) or ("route", "reference")

    async def read(records: Records) -> tuple[list[Savings], dict[str, str]]:
        wanted = (await records.find_key(key)).id if key is not None else None
        return await records.decisions.savings(words, since, until, wanted), await records.name_keys()

    rows, names = with_records(read)
    if as_json:
        show_json([_describe(row, words) for row in rows])
        return
    columns = [Column(word) for word in words]
    columns += [Column(word, "figure") for word in _SUMS]
    show_table(columns, [_line(row, words, names) for row in rows])


def _describe(row: Savings, words: Sequence[str]) -> dict[str, Any]:
    return {word: getattr(row, word) for word in words} | {
        "requests": row.requests,
        "compared": row.compared,
        "currency": row.currency,
        "cost": plain(row.cost),
        "reference_cost": plain(row.reference_cost),
        "saved": plain(row.saved),
        "share": row.share,
    }


def _line(row: Savings, words: Sequence[str], names: dict[str, str]) -> tuple[str, ...]:
    groups = [getattr(row, word) or "-" for word in words]
    if "key" in words and row.key is not None:
        groups[words.index("key")] = names.get(row.key, row.key)
    if row.currency is None:
        return (*groups, f"{row.requests:,}", "0", "", "", "", "")
    share = row.share
    return (
        *groups,
        f"{row.requests:,}",
        f"{row.compared:,}",
        *(f"{plain(amount)} {row.currency}" for amount in (row.cost, row.reference_cost, row.saved)),
        "" if share is None else f"{100 * share:.1f}",
    )
