"""`fen models`: what can be asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from fen.app import Offers, Records, load_settings, read_offers
from fen.app.retiring import Retiring, list_retiring
from fen.catalogue import Card, Disagreement, Fact, Rates, describe, list_disagreements
from fen.cli.manifests import show_manifests
from fen.cli.options import as_json, config
from fen.cli.output import Column, show_json, show_table
from fen.cli.records import with_records
from fen.cli.sources import Sources, show_filled
from fen.ledger import UsageRow
from fen.routing import RoutePolicy
from fen.routing.show import describe_route, say_target
from fen.wire.money import plain
from fen.wire.usage import Meter

_COLUMNS = (
    Column("model", "id"),
    Column("upstream"),
    Column("context", "figure"),
    Column("output", "figure"),
    Column("can do"),
    Column("input price", "figure"),
    Column("output price", "figure"),
    Column("currency", "id"),
)
_ROUTES = (Column("route", "id"), Column("target"), Column("pool"))
_RETIRING = (
    Column("model", "id"),
    Column("requests", "figure"),
    Column("retires", "id"),
    Column("days left", "figure"),
    Column("instead", "id"),
    Column("source", "id"),
)
_DISAGREEMENTS = (
    Column("model", "id"),
    Column("limit", "id"),
    Column("tokens", "figure"),
    Column("counts", "id"),
    Column("source", "id"),
)
_SHOWN = 6  # members of a pool; --json has them all
_RECENT = timedelta(days=30)


@click.command()
@click.argument("query", required=False)
@click.option("--all", "everything", is_flag=True, help="Those too whose upstream is not enabled.")
@click.option("--retiring", is_flag=True, help="Those asked in the last 30 days whose vendor ends them.")
@click.option("--disagreements", is_flag=True, help="Limits of which sources say different things.")
@config
@as_json
def models(
    query: str | None,
    everything: bool,
    retiring: bool,
    disagreements: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """List the models that can answer.

    With QUERY, those with all its words in their id, name or alias. Context and output are in tokens, prices
    per million tokens as of now; "unknown" is not nothing. Of a limit of which sources disagree, the smallest
    counts, or what fen.toml says.
    """
    if retiring and disagreements:
        raise click.UsageError("--retiring and --disagreements are two lists: ask for one")
    offers = read_offers(load_settings(config, os.environ))
    if retiring:
        _show_retiring(offers, as_json)
    elif disagreements:
        _show_disagreements(offers.find(query, everything=True), as_json)
    else:
        _show_models(offers, query, everything, as_json)


def _show_models(offers: Offers, query: str | None, everything: bool, as_json: bool) -> None:
    now = datetime.now(UTC)
    cards = offers.find(query, everything)
    routes = offers.find_routes(query)
    if as_json:
        show_json(
            [_describe(card, offers, now) for card in cards]
            + [describe_route(route, offers.catalogue, now) for route in routes]
        )
        return
    show_table(_COLUMNS, (_row(card, offers.catalogue.rates(card.id, now), now.date()) for card in cards))
    if routes:
        click.echo()
        show_filled(_ROUTES, [_route_row(route) for route in routes])
    more = 0 if everything else len(offers.find(query, everything=True)) - len(cards)
    if more:
        verb = "is" if more == 1 else "are"
        click.echo(f"\n{more:,} more {verb} known: fen models --all, fen upstreams")
    if query is not None:
        show_manifests({card.id: offers.manifests(card.id) for card in cards})


def _describe(card: Card, offers: Offers, now: datetime) -> dict[str, Any]:
    """Return a model's JSON, with the manifests of the files that it runs on, where they have any."""
    manifests = offers.manifests(card.id)
    beside = {"manifests": msgspec.to_builtins(manifests)} if manifests else {}
    return describe(card, offers.catalogue, now) | beside


def _row(card: Card, rates: Rates | None, today: date) -> tuple[str, ...]:
    abilities = "unknown" if card.abilities is None else ", ".join(sorted(card.abilities)) or "text"
    read, written = _price(rates, "input"), _price(rates, "output")
    window, most = _figure(card.context_window), _figure(card.longest_output(today))
    return (card.id, card.upstream, window, most, abilities, read, written, rates.currency if rates else "-")


def _route_row(route: RoutePolicy) -> tuple[str, ...]:
    shown, more = route.pool[:_SHOWN], len(route.pool) - _SHOWN
    pool = ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
    return (route.name, say_target(route.target), pool)


def _price(rates: Rates | None, meter: Meter) -> str:
    price = None if rates is None else rates.per_million.get(meter)
    return "unknown" if price is None else plain(price)


def _figure(fact: Fact[int] | None) -> str:
    return "unknown" if fact is None else f"{fact.value:,}"


def _show_retiring(offers: Offers, as_json: bool) -> None:
    now = datetime.now(UTC)

    async def read(records: Records) -> list[UsageRow]:
        return await records.book.usage(("model",), now - _RECENT)

    found = list_retiring(offers.catalogue, with_records(read), now.date())
    if as_json:
        show_json([msgspec.to_builtins(item) for item in found])
    elif not found:
        click.echo("No vendor has announced the end of a model that was asked in the last 30 days.")
    else:
        sources = Sources()
        show_filled(_RETIRING, [_retiring_row(item, sources) for item in found])
        sources.show()


def _retiring_row(item: Retiring, sources: Sources) -> tuple[str, ...]:
    return (
        item.model,
        f"{item.requests:,}",
        item.retired.isoformat() if item.retired is not None else "unknown",
        "unknown" if item.days is None else f"{item.days:,}" if item.days > 0 else "gone",
        item.successor or "unknown",
        sources.number(item.source, item.checked),
    )


def _show_disagreements(cards: Sequence[Card], as_json: bool) -> None:
    async def read(records: Records) -> dict[tuple[str, str, str], Fact[int]]:
        await records.learnt.load()
        return records.learnt.facts()

    found = list_disagreements(cards, with_records(read))
    if as_json:
        show_json([msgspec.to_builtins(item) for item in found])
        return
    sources = Sources()
    show_filled(_DISAGREEMENTS, [line for item in found for line in _statements(item, sources)])
    sources.show()


def _statements(item: Disagreement, sources: Sources) -> list[tuple[str, ...]]:
    return [
        (
            item.model,
            item.limit,
            f"{fact.value:,}",
            "yes" if fact is item.counts else "no",
            sources.number(fact.source, fact.checked),
        )
        for fact in (item.counts, *item.others)
    ]
