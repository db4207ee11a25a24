"""What was used, and what it cost, added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import click

from fen.app import Records, describe_usage
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records
from fen.ledger import Savings, UsageRow, sum_charges, sum_costs
from fen.wire.money import Money

GROUPS = ("key", "model", "upstream", "day", "certainty", "tag")
"""What usage can be added up by."""

_SUMS = ("requests", "estimated", "input", "cached", "output", "cost", "charge")


def show_totals(
    by: Sequence[Sequence[str]],
    since: datetime | None,
    until: datetime | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Print the sums of a period, by some of GROUPS."""
    words = tuple(dict.fromkeys(word for some in by for word in some)) or ("key", "model")

    async def read(records: Records) -> tuple[list[UsageRow], dict[str, str], list[Savings]]:
        wanted = (await records.find_key(key)).id if key is not None else None
        names = {} if as_json else await records.name_keys()
        saved = [] if as_json else await records.decisions.savings((), since, until, wanted)
        return await records.book.usage(words, since, until, wanted), names, saved

    rows, names, saved = with_records(read)
    if as_json:
        show_json([describe_usage(row, words) for row in rows])
        return
    columns = [Column(word, "id" if word == "day" else "text") for word in words]
    columns += [Column(word, "figure") for word in _SUMS]
    show_table(columns, (_row(row, words, names) for row in rows))
    _show_totals(rows)
    for each in saved:
        if each.compared:
            click.echo(_tell_saved(each))


def _row(row: UsageRow, words: Iterable[str], names: dict[str, str]) -> tuple[str, ...]:
    groups = {word: str(value) if (value := getattr(row, word)) is not None else "-" for word in words}
    if row.key is not None:
        groups["key"] = names.get(row.key, row.key)
    return (
        *groups.values(),
        f"{row.requests:,}",
        f"{row.estimated:,}",
        f"{row.input_tokens:,}",
        f"{row.cached_tokens:,}",
        f"{row.output_tokens:,}",
        _amount(row.cost, row.currency),
        _amount(row.charge, row.charge_currency),
    )


def _amount(amount: Decimal | None, currency: str | None) -> str:
    return "unknown" if amount is None or currency is None else str(Money(amount, currency))


def _show_totals(rows: Sequence[UsageRow]) -> None:
    click.echo()
    for name, sums in (("cost", sum_costs(rows)), ("charge", sum_charges(rows))):
        click.echo(f"total {name}: {', '.join(map(str, sums)) or 'nothing'}")
    unpriced = sum(row.unpriced for row in rows)
    if unpriced:
        click.echo(f"not in these sums: {unpriced} requests without a known price")


def _tell_saved(row: Savings) -> str:
    verb, amount = ("saved", row.saved) if row.saved >= 0 else ("cost more by", -row.saved)
    return (
        f"routes {verb} {Money(amount, row.currency or '')} over {row.compared:,} requests, beside the"
        f" {Money(row.reference_cost, row.currency or '')} expected of their references"
    )
