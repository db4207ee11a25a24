"""Plans: how many items, and how much money, would tell two models apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import msgspec

from fen.evals.record import Record
from fen.evals.statistics.money import find_cost
from fen.evals.statistics.paired import compare
from fen.evals.statistics.pairs import pair
from fen.evals.statistics.spread import LEVEL
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money

POWER = 0.8
"""How often a difference that is there shall be found."""

_MOST = 10**9
"""More items than any suite has."""

_NOTHING = 1e-12
"""What rounding leaves of a difference that is none."""


class Discord(msgspec.Struct, frozen=True):
    """How two models differ, item by item.

    difference: of their means. discordance: the variance of an item's difference, of binary items the share
    on which one alone is right, before the square of the difference is taken off. design: by how much items
    that hang together widen it.
    """

    difference: float
    discordance: float
    design: float = 1.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How many items tell two models apart, at 95%, in `power` of all cases.

    items: None where there is no difference to find. farthest: as many for the end of the pilot's interval
    that is nearer to no difference; None where it reaches no difference, or there was no pilot. pilot: items
    that both had answered; 0 without a pilot. smallest: the difference that the pilot's own number of items,
    or the number asked about, would show. of: that number. costs: of `items` for both models together, by
    currency; None where prices are not known. assumed: what was not measured, in words.
    """

    difference: float
    discordance: float
    design: float
    power: float
    items: int | None
    farthest: int | None = None
    pilot: int = 0
    smallest: float | None = None
    of: int | None = None
    costs: tuple[Money, ...] | None = None
    assumed: str = ""


def count_items(discord: Discord, power: float = POWER) -> int | None:
    """Return how many items a paired comparison takes; None where there is no difference.

    Source: Connor 1987, "Sample size for testing differences in proportions for the paired-sample design".
    """
    apart = abs(discord.difference)
    if apart < _NOTHING:
        return None
    sure, strong = _find_z(power)
    rest = max(0.0, discord.discordance - apart * apart)
    needed = ((sure * math.sqrt(discord.discordance) + strong * math.sqrt(rest)) / apart) ** 2
    return max(2, math.ceil(min(_MOST, discord.design * needed)))


def find_smallest(discord: Discord, items: int, power: float = POWER) -> float | None:
    """Return the smallest difference that so many items show at that discordance; None if none does."""
    low, high = 0.0, discord.discordance
    if high <= 0 or (count_items(msgspec.structs.replace(discord, difference=high), power) or 0) > items:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        needed = count_items(msgspec.structs.replace(discord, difference=middle), power)
        if needed is None or needed > items:
            low = middle
        else:
            high = middle
    return high


def _find_z(power: float) -> tuple[float, float]:
    if not 0 < power < 1:
        raise InvalidRequest(f"found a power of {power}, expected more than 0 and less than 1")
    normal = NormalDist()
    return normal.inv_cdf((1 + LEVEL) / 2), normal.inv_cdf(power)


def plan_from_rates(
    a: float, b: float, *, discordance: float | None = None, items: int | None = None, power: float = POWER
) -> Plan:
    """Return the plan for two shares of right answers.

    discordance: the share of items on which one alone is right; where left out, as if the models were right
    and wrong independently of each other, which is too much for models that find the same items hard.
    Raises InvalidRequest for shares outside 0 to 1, and for a discordance that these shares rule out.
    """
    for rate in (a, b):
        if not 0 <= rate <= 1:
            raise InvalidRequest(f"found a share of {rate}, expected 0 to 1")
    most = min(a + b, 2 - a - b)
    apart = a * (1 - b) + b * (1 - a) if discordance is None else discordance
    if not abs(a - b) - 1e-9 <= apart <= most + 1e-9:
        raise InvalidRequest(
            f"found a discordance of {apart:.4g}, expected {abs(a - b):.4g} to {most:.4g} for shares of "
            f"{a:.4g} and {b:.4g}"
        )
    discord = Discord(a - b, apart)
    assumed = "" if discordance is not None else "right and wrong independently of each other"
    plan = _fill(discord, power, assumed)
    if items is None:
        return plan
    return msgspec.structs.replace(plan, of=items, smallest=find_smallest(discord, items, power))


def plan_from_records(
    a: Iterable[Record], b: Iterable[Record], *, items: int | None = None, power: float = POWER
) -> Plan:
    """Return the plan that a pilot gives: the items that both models answered.

    items: the number to say the smallest visible difference for; the pilot's where left out. Raises
    InvalidRequest where fewer than two items were answered by both.
    """
    ours, theirs = list(a), list(b)
    pairs = pair(ours, theirs)
    if len(pairs.items) < 2:
        raise InvalidRequest(f"found {len(pairs.items)} items that both answered, expected 2 or more")
    found = compare(pairs, "pilot")
    discord, pilot = _read_pilot(pairs.differences, found.se), len(pairs.items)
    plan = _fill(discord, power, "as the pilot was")
    farthest = None
    if found.interval is not None and found.interval.low * found.interval.high > 0:
        nearest = min(abs(found.interval.low), abs(found.interval.high))
        farthest = count_items(msgspec.structs.replace(discord, difference=nearest), power)
    costs = None if plan.items is None else _price(ours, theirs, plan.items)
    of = items or pilot
    return msgspec.structs.replace(
        plan, farthest=farthest, pilot=pilot, of=of, smallest=find_smallest(discord, of, power), costs=costs
    )


def _read_pilot(differences: Sequence[float], se: float | None) -> Discord:
    n = len(differences)
    mean = math.fsum(differences) / n
    square = math.fsum(value * value for value in differences) / n
    variance = (square - mean * mean) / (n - 1)
    design = se * se / variance if se and variance > 0 else 1.0
    return Discord(mean, square, design)


def _fill(discord: Discord, power: float, assumed: str) -> Plan:
    return Plan(
        difference=discord.difference,
        discordance=discord.discordance,
        design=discord.design,
        power=power,
        items=count_items(discord, power),
        assumed=assumed,
    )


def _price(ours: Sequence[Record], theirs: Sequence[Record], items: int) -> tuple[Money, ...] | None:
    """Return what so many items cost with both, by what theirs cost on the mean, judging included."""
    sums: dict[str, Money] = {}
    for records in (ours, theirs):
        samples = len({(record.suite, record.sample) for record in records})
        if any(find_cost(record) is None for record in records):
            return None
        for record in records:
            for cost in (record.cost, record.judge_cost):
                if cost is not None:
                    share = Money(cost.amount * items / samples, cost.currency)
                    sums[cost.currency] = sums[cost.currency] + share if cost.currency in sums else share
    return tuple(sums[currency].quantized() for currency in sorted(sums)) or None
