"""What the settings give to whoever compares prices: models by name, and a common currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from fen.app.fx import read_rates
from fen.app.offers import Offers, read_offers
from fen.app.settings import Settings
from fen.app.tables import FxTable
from fen.catalogue import Card
from fen.catalogue.compare import Convert
from fen.catalogue.history import find_end, find_start
from fen.ledger import Exchange, Fx, change_money
from fen.wire.errors import ConfigError
from fen.wire.money import CURRENCIES, Money


class Common(msgspec.Struct, frozen=True):
    """A common currency, and the dated rates that lead to it from others."""

    currency: str
    fx: Fx

    @property
    def rates(self) -> tuple[Exchange, ...]:
        """The rates, in the order of the settings."""
        return tuple(self.fx.values())

    def convert(self, money: Money) -> Money | None:
        """Return an amount in the common currency; None where no rate leads there."""
        return change_money(money, self.currency, self.fx)


class PriceMeans(msgspec.Struct, frozen=True):
    """What is offered, and the common currency; None where no rate is stated."""

    offers: Offers
    common: Common | None

    @property
    def convert(self) -> Convert:
        """Return what changes an amount into the common currency."""
        return self.common.convert if self.common is not None else lambda _: None

    def find(self, names: Sequence[str], at: datetime) -> list[Card]:
        """Return the models of names and queries; without any, those that can answer.

        A query finds the models with all its words in their id, name or alias, less those that were not
        served on that day. Raises ConfigError where a name finds nothing.
        """
        if not names:
            return self.offers.find(None, everything=False)
        found: dict[str, Card] = {}
        for name in names:
            card = self.offers.catalogue.find_ever(name)
            cards = [card] if card is not None else self._served(name, at)
            if not cards:
                raise ConfigError(
                    f"found {name!r}, which no model is called, expected a model or some of its words"
                )
            found |= {card.id: card for card in cards}
        return list(found.values())

    def _served(self, query: str, at: datetime) -> list[Card]:
        catalogue, day = self.offers.catalogue, at.astimezone(UTC).date()
        served: list[Card] = []
        for card in self.offers.find(query, everything=True):
            start, end = find_start(catalogue, card), find_end(catalogue, card)
            if (start is None or start <= day) and (end is None or day < end):
                served.append(card)
        return served


def read_price_means(settings: Settings, currency: str | None = None) -> PriceMeans:
    """Return what the settings give; `currency` is the common one, dollars where it is left out.

    Raises ConfigError where a currency is asked for to which no rate of `[fx]` leads.
    """
    common = find_common(settings.fx, currency)
    return PriceMeans(read_offers(settings), common)


def make_price_means(
    offers: Offers, tables: Mapping[str, FxTable], currency: str | None = None
) -> PriceMeans:
    """Return the same of offers that are there already; raises ConfigError as `read_price_means` does."""
    return PriceMeans(offers, find_common(tables, currency))


def find_common(tables: Mapping[str, FxTable], currency: str | None = None) -> Common | None:
    """Return the common currency with the rates of `[fx]` that lead to it; None where there is none.

    Raises ConfigError where a currency is asked for to which no rate leads.
    """
    rates = read_rates(tables)
    wanted = currency or CURRENCIES[0]
    leading = {pair: rate for pair, rate in rates.items() if pair[1] == wanted}
    if not leading and currency is not None:
        others = " or ".join(f"{currency}_PER_{other}" for other in CURRENCIES if other != currency)
        raise ConfigError(f"found no rate to {currency}, expected {others} under [fx] in the settings")
    return Common(wanted, leading) if leading else None
