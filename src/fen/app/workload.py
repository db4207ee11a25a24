"""A workload on each of some models: what a request costs, and what all of them cost and need a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from fen.app.build import App
from fen.app.offers import Offers
from fen.app.price_means import PriceMeans, make_price_means
from fen.catalogue.capacity import find_capacity, read_load
from fen.catalogue.compare import Quote, compare
from fen.catalogue.plan import HOURS, Demand, Farm, Machine, Planned, Terms, count_machines, plan
from fen.wire.errors import InvalidRequest
from fen.wire.usage import MOST_TOKENS, Usage

Per = Literal["second", "month"]

MOST_REQUESTS = Decimal(10**12)


class Workload(msgspec.Struct, frozen=True):
    """A load that is the same all day.

    requests: how many a second, or a month of 730 hours. input_tokens: of each, cached ones among them.
    cached: the share of them that a cache has, in percent. concurrency: requests under way at once.
    """

    requests: Decimal
    per: Per
    input_tokens: int
    output_tokens: int
    cached: Decimal = Decimal(0)
    concurrency: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no load; raises InvalidRequest."""
        if not self.requests.is_finite() or not 0 < self.requests <= MOST_REQUESTS:
            raise InvalidRequest(f"requests: found {self.requests}, expected more than 0, at most 10^12")
        if not self.cached.is_finite() or not 0 <= self.cached <= 100:
            raise InvalidRequest(f"cached: found {self.cached} %, expected 0 to 100")
        for name, tokens in (("input", self.input_tokens), ("output", self.output_tokens)):
            if not 0 <= tokens <= MOST_TOKENS:
                raise InvalidRequest(f"{name}: found {tokens} tokens, expected 0 to 10^12")

    @property
    def usage(self) -> Usage:
        """The tokens of a request."""
        cached = int((self.input_tokens * self.cached / 100).to_integral_value())
        return Usage(self.input_tokens - cached, cached, output=self.output_tokens)

    @property
    def demand(self) -> Demand:
        """The load as plans take it."""
        rps = self.requests if self.per == "second" else self.requests / (HOURS * 3600)
        return Demand(rps, self.usage, self.concurrency)


class Weighed(msgspec.Struct, frozen=True):
    """A workload on a model: a request, and the month."""

    quote: Quote
    planned: Planned


class Weighing(msgspec.Struct, frozen=True):
    """A workload on some models, cheapest request first; unpriced: those whose price is unknown.

    farm: how many machines of one's own the load needs.
    """

    weighed: tuple[Weighed, ...]
    unpriced: tuple[str, ...]
    farm: Farm | None


def find_means(app: App, currency: str | None = None) -> PriceMeans:
    """Return the means of what runs: its catalogue, the upstreams that answer, and the rates of exchange.

    Raises ConfigError where a currency is asked for to which no rate leads.
    """
    offers = Offers(app.catalogue, frozenset(app.upstreams))
    return make_price_means(offers, app.settings.fx, currency)


def weigh_workload(
    means: PriceMeans, models: Sequence[str], workload: Workload, at: datetime, machine: Machine | None = None
) -> Weighing:
    """Return what a workload costs at the prices of an instant, on models and queries as `find` takes them.

    Raises ConfigError where one of them finds nothing.
    """
    catalogue, demand = means.offers.catalogue, workload.demand
    found = compare(catalogue, means.find(models, at), workload.usage, at, convert=means.convert)
    files, terms = read_load(), Terms(at, machine, means.convert)
    weighed: list[Weighed] = []
    unpriced = list(found.unpriced)
    for quote in found.quotes:
        card = catalogue.find_ever(quote.model)
        planned = plan(catalogue, card, demand, find_capacity(card.id, files), terms) if card else None
        if planned is None:
            unpriced.append(quote.model)
        else:
            weighed.append(Weighed(quote, planned))
    farm = None if machine is None else count_machines(demand, machine)
    return Weighing(tuple(weighed), tuple(sorted(unpriced)), farm)
