"""The true cost of production: what a load costs a month, what it needs, and when a machine is cheaper.

List prices leave out that an account may only ask so often, and that throughput is sold by the unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from fen.catalogue.capacity import Capacity, Level, Provisioned, Window
from fen.catalogue.card import Card
from fen.catalogue.compare import Convert, find_hindrance, keep
from fen.catalogue.lookup import Catalogue
from fen.catalogue.rates import cost
from fen.catalogue.tariff import Tier
from fen.wire.money import Money
from fen.wire.usage import Usage

HOURS = 730
"""Of a month: a twelfth of a year, as vendors of machines count it."""

_MINUTES = HOURS * 60
_SAMPLE = timedelta(minutes=30)
_WEEK = 7 * 48  # samples


class Demand(msgspec.Struct, frozen=True):
    """A load that is the same all day: requests a second, the tokens of each, and how many are under way.

    concurrency: None where it is not known; then no limit of it is looked at.
    """

    rps: Decimal
    usage: Usage
    concurrency: int | None = None

    @property
    def requests(self) -> Decimal:
        """Requests a month."""
        return self.rps * 60 * _MINUTES


class Machine(msgspec.Struct, frozen=True):
    """A machine of one's own with an open model: what it writes a second in all, and costs an hour.

    concurrency: how many requests it takes at once; None is as many as come. source: who measured that.
    """

    tokens_per_second: Decimal
    per_hour: Money
    concurrency: int | None = None
    source: str = "given"


class Terms(msgspec.Struct, frozen=True):
    """On what terms to plan: at the prices of an instant, against a machine, and by which rates."""

    at: datetime
    machine: Machine | None = None
    convert: Convert = keep


class Fit(msgspec.Struct, frozen=True):
    """How a load fits the limits of an account: which level it needs, and how many accounts of it.

    binds: the limit that asks for most of it. use: the share of all accounts' limit that is used.
    """

    level: Level
    accounts: int
    binds: str
    use: Decimal


class Units(msgspec.Struct, frozen=True):
    """How many provisioned units a load needs, and what they cost a month."""

    offer: Provisioned
    units: int
    month: Money


class Farm(msgspec.Struct, frozen=True):
    """How many machines a load needs, and what they cost a month."""

    machines: int
    month: Money


class Turn(msgspec.Struct, frozen=True):
    """From how many requests a second on machines are cheaper than a model.

    first: with one machine; a further machine may be dearer again until it has enough to do. lasting: from
    there on always. None is never.
    """

    first: Decimal | None
    lasting: Decimal | None


class Planned(msgspec.Struct, frozen=True):
    """What a load costs and needs on one model; what is not published, or not known, is None.

    month: of the standard service, in the currency of its price; common: the same in the common currency.
    batch: where answers can wait for `window`. turn: against machines, where both are in one currency.
    """

    model: str
    month: Money
    common: Money | None
    batch: Money | None
    window: Window | None
    fit: Fit | None
    units: tuple[Units, ...]
    turn: Turn | None
    source: str
    checked: date | None = None
    hinders: str | None = None


def plan(
    catalogue: Catalogue, card: Card, demand: Demand, capacity: Capacity, terms: Terms
) -> Planned | None:
    """Return what a load costs and needs on a model; None where its price is unknown."""
    at, machine = terms.at, terms.machine
    each = average_cost(catalogue, card, demand.usage, at)
    rates = catalogue.rates(card.id, at)
    if each is None or rates is None:
        return None
    month = each * demand.requests
    deferred = average_cost(catalogue, card, demand.usage, at, "batch")
    return Planned(
        model=card.id,
        month=month,
        common=terms.convert(month),
        batch=None if deferred is None else deferred * demand.requests,
        window=capacity.batch,
        fit=fit(demand, month, capacity.levels),
        units=tuple(count_units(demand, offer) for offer in capacity.provisioned),
        turn=None if machine is None else _find_turn(each, demand, machine, terms.convert),
        source=rates.source,
        checked=rates.checked,
        hinders=find_hindrance(catalogue, card, demand.usage, at),
    )


def average_cost(
    catalogue: Catalogue, card: Card, usage: Usage, at: datetime, tier: Tier = "standard"
) -> Money | None:
    """Return what a request costs on the average of the week from a moment on; None where it is unknown.

    Prices that are bound to hours are weighed with these, for the load is the same all day.
    """
    if not any(row.schedule for row in catalogue.prices(card.id) if row.tier == tier):
        return _cost(catalogue, card, usage, at, tier)
    amounts = [_cost(catalogue, card, usage, at + _SAMPLE * step, tier) for step in range(_WEEK)]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts) or len({amount.currency for amount in known}) > 1:
        return None
    return Money(sum((amount.amount for amount in known), Decimal(0)) / len(known), known[0].currency)


def fit(demand: Demand, month: Money, levels: Sequence[Level]) -> Fit | None:
    """Return the lowest level of which one account is enough, else how many of the highest are needed.

    None where no limit is published.
    """
    fits = [_fill(demand, month, level) for level in levels]
    if not fits:
        return None
    return next((found for found in fits if found.accounts == 1), fits[-1])


def count_units(demand: Demand, offer: Provisioned) -> Units:
    """Return how many units of an offer a load needs: at least its minimum, then in its steps."""
    usage = demand.usage
    weighed = usage.prompt_tokens + offer.output_weight * usage.completion_tokens
    wanted = math.ceil(demand.rps * 60 * weighed / offer.input_tokens_per_minute)
    units = offer.minimum + max(0, math.ceil((wanted - offer.minimum) / offer.step)) * offer.step
    return Units(offer, units, offer.per_hour * (units * HOURS))


def count_machines(demand: Demand, machine: Machine) -> Farm:
    """Return how many machines write what a load asks for, and take its requests at once."""
    wanted = math.ceil(demand.rps * demand.usage.completion_tokens / machine.tokens_per_second)
    if machine.concurrency is not None and demand.concurrency is not None:
        wanted = max(wanted, math.ceil(demand.concurrency / machine.concurrency))
    machines = max(1, wanted)
    return Farm(machines, machine.per_hour * (machines * HOURS))


def find_turn(each: Money, output: int, machine: Machine) -> Turn:
    """Return from which load on machines are cheaper than `each` a request that writes `output` tokens.

    n machines serve up to n times their rate r1 and are cheaper from n times r* on, where one costs as much
    as the model. Past n r1 the next machine is needed: it pays at once where n r1 is (n + 1) r* or more.
    """
    if each.amount <= 0 or output <= 0:
        return Turn(None, None)
    most = machine.tokens_per_second / output
    even = machine.per_hour.amount / (each.amount * 3600)
    if even > most:
        return Turn(None, None)
    if even == most:
        return Turn(even, None)
    machines = max(1, math.ceil(even / (most - even)))
    return Turn(even, even * machines)


def sort_plans(plans: Iterable[Planned]) -> list[Planned]:
    """Return plans cheapest first: by the common currency where all have it, else by currency."""
    found = list(plans)
    if all(each.common is not None for each in found):
        return sorted(found, key=lambda each: (each.common and each.common.amount, each.model))
    return sorted(found, key=lambda each: (each.month.currency, each.month.amount, each.model))


def _cost(catalogue: Catalogue, card: Card, usage: Usage, at: datetime, tier: Tier) -> Money | None:
    rates = catalogue.rates(card.id, at, tier)
    return None if rates is None else cost(usage, rates)


def _fill(demand: Demand, month: Money, level: Level) -> Fit:
    """Return how many accounts of a level a load needs."""
    usage, minute = demand.usage, demand.rps * 60
    shares = [
        ("requests a minute", minute, level.requests_per_minute),
        ("requests a day", minute * 1440, level.requests_per_day),
        ("tokens a minute", minute * usage.total_tokens, level.tokens_per_minute),
        (
            "input a minute",
            minute * (usage.prompt_tokens - usage.cached_input),
            level.input_tokens_per_minute,
        ),
        ("output a minute", minute * usage.completion_tokens, level.output_tokens_per_minute),
        ("requests at once", Decimal(demand.concurrency or 0), level.concurrency),
    ]
    spend = level.spend_per_month
    if spend is not None and spend.currency == month.currency:
        shares.append(("money a month", month.amount, int(spend.amount)))
    used = [(name, needed / Decimal(limit)) for name, needed, limit in shares if limit is not None]
    binds, share = max(used, key=lambda each: each[1], default=("nothing", Decimal(0)))
    accounts = max(1, math.ceil(share))
    return Fit(level, accounts, binds, share / accounts)


def _find_turn(each: Money, demand: Demand, machine: Machine, convert: Convert) -> Turn | None:
    """Return the turn in one currency; None where no rate leads from one to the other."""
    output = demand.usage.completion_tokens
    if each.currency == machine.per_hour.currency:
        return find_turn(each, output, machine)
    one, other = convert(each), convert(machine.per_hour)
    if one is None or other is None:
        return None
    return find_turn(one, output, msgspec.structs.replace(machine, per_hour=other))
