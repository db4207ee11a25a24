"""How the catalogue is shown: OpenAI's model object with Fen's facts beside it, and lists for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from fen.catalogue.card import Card, Fact
from fen.catalogue.lookup import Catalogue
from fen.catalogue.rates import Rates
from fen.wire.money import plain
from fen.wire.usage import Meter

CREATED = 0
"""OpenAI's `created` is a time in Unix seconds; vendors do not publish it, and 0 says so."""


class Summary(msgspec.Struct, frozen=True):
    """A model in one line, with its standard prices of now per million tokens; None is unknown.

    source, checked: of the prices; a source that was not opened has no date.
    """

    id: str
    name: str
    upstream: str
    input: Decimal | None
    output: Decimal | None
    currency: str | None
    context_window: int | None
    max_output_tokens: int | None
    source: str | None
    checked: date | None


def summarize(
    catalogue: Catalogue, at: datetime, search: str = "", vendor: str | None = None
) -> Sequence[Summary]:
    """Return the models whose id, name or alias contains every word of `search`, by id."""
    words = search.lower().split()
    cards = (card for card in catalogue.cards() if vendor is None or card.vendor == vendor)
    found = [card for card in cards if _contains(card, words)]
    return [_summary(card, catalogue, at) for card in sorted(found, key=lambda card: card.id)]


def describe(card: Card, catalogue: Catalogue, at: datetime) -> dict[str, Any]:
    """Return OpenAI's model object, JSON-ready, with what Fen knows beside it.

    Each fact is an object of value, source and date, or null where it is unknown; so is the date where the
    source was not opened. Amounts are decimal text per million tokens. `pricing` is that of the instant.
    """
    return {
        "id": card.id,
        "object": "model",
        "created": CREATED,
        "owned_by": card.vendor,
        "name": card.name,
        "context_window": _fact(card.context_window),
        "max_output_tokens": _fact(card.longest_output(at.astimezone(UTC).date())),
        "abilities": _abilities(card),
        "knowledge_cutoff": _fact(card.knowledge_cutoff),
        "retirement": _retirement(card),
        "pricing": _pricing(catalogue.rates(card.id, at)),
    }


def _contains(card: Card, words: Sequence[str]) -> bool:
    text = " ".join((card.id, card.name, *card.aliases)).lower()
    return all(word in text for word in words)


def _summary(card: Card, catalogue: Catalogue, at: datetime) -> Summary:
    rates = catalogue.rates(card.id, at)
    output = card.longest_output(at.astimezone(UTC).date())
    return Summary(
        id=card.id,
        name=card.name,
        upstream=card.upstream,
        input=rates.per_million.get("input") if rates else None,
        output=rates.per_million.get("output") if rates else None,
        currency=rates.currency if rates else None,
        context_window=card.context_window.value if card.context_window else None,
        max_output_tokens=output.value if output else None,
        source=rates.source if rates else None,
        checked=rates.checked if rates else None,
    )


def _fact(fact: Fact[int] | Fact[str] | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    return {"value": fact.value, "source": fact.source, "checked": _day(fact.checked)}


def _abilities(card: Card) -> dict[str, Any] | None:
    if card.abilities is None:
        return None
    checked = _day(card.abilities_checked)
    return {"value": sorted(card.abilities), "source": card.abilities_source, "checked": checked}


def _retirement(card: Card) -> dict[str, Any] | None:
    end = card.retirement
    if end is None:
        return None
    return {
        "announced": _day(end.announced),
        "retired": _day(end.retired),
        "successor": end.successor,
        "source": end.source,
        "checked": _day(end.checked),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _pricing(rates: Rates | None) -> dict[str, Any] | None:
    if rates is None:
        return None
    return {
        "currency": rates.currency,
        "unit": "per million tokens",
        "prices": _texts(rates.per_million),
        "long_prompts": [
            {"above": bracket.above, "prices": _texts(bracket.prices)} for bracket in rates.brackets
        ],
        "source": rates.source,
        "checked": _day(rates.checked),
    }


def _texts(prices: Mapping[Meter, Decimal]) -> dict[str, str]:
    return {meter: plain(price) for meter, price in prices.items()}
