"""What one more right answer costs, against a baseline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import numpy as np

from fen.evals.record import Record
from fen.evals.statistics.draws import Sums, draw, find_span
from fen.evals.statistics.items import find_cluster
from fen.evals.statistics.money import find_cost, find_currency, is_correct, to_money
from fen.evals.statistics.pairs import find_kinds
from fen.wire.money import Money

Kind = Literal["price", "better", "dominated", "saving", "alike", "unknown"]
"""`price`: a is better and dearer. `saving`: worse and cheaper. `better`: no worse and no dearer, and not
alike. `dominated`: no better and no cheaper, and not alike. `unknown`: no price to tell by."""

_NOTHING = 1e-12
"""What rounding leaves of a difference that is none."""


class OneMore(msgspec.Struct, frozen=True, kw_only=True):
    """What one more right answer costs with a than with the baseline b, on the items that both answered.

    value: the difference of costs by that of right answers: of `price` what one more costs, of `saving` what
    is saved for each that is lost; else None. low, high: its interval; None for no limit. cost: what a costs
    more. correct: how many more are right, by the mean of epochs. sure: the share of draws of the same kind.
    """

    kind: Kind
    value: Money | None = None
    low: Money | None = None
    high: Money | None = None
    cost: Money | None = None
    correct: float = 0.0
    items: int = 0
    sure: float | None = None


def find_one_more(a: Iterable[Record], b: Iterable[Record]) -> OneMore:
    """Return what one more right answer costs with a than with b; the interval is a bootstrap over clusters.

    Source: the incremental cost-effectiveness ratio; O'Brien and Briggs 2002, "Analysis of uncertainty in
    health care cost-effectiveness studies".
    """
    ours, theirs = _by_item(a), _by_item(b)
    both = [
        key for key in sorted(ours.keys() & theirs.keys()) if find_kinds(ours[key]) == find_kinds(theirs[key])
    ]
    members = [record for key in both for record in (*ours[key], *theirs[key])]
    currency = find_currency(members)
    if currency is None or not both:
        return OneMore(kind="unknown", items=len(both))
    clusters: dict[str, tuple[float, float]] = {}
    for key in both:
        cost, right = clusters.get(find_cluster(ours[key][0]), (0.0, 0.0))
        ahead = _mean(ours[key]), _mean(theirs[key])
        clusters[find_cluster(ours[key][0])] = (
            cost + ahead[0][0] - ahead[1][0],
            right + ahead[0][1] - ahead[1][1],
        )
    cost, right = (math.fsum(side) for side in zip(*clusters.values(), strict=True))
    return _place(cost, right, draw(clusters, 2), currency, len(both))


def _place(cost: float, right: float, sums: Sums, currency: str, items: int) -> OneMore:
    kind = _name_kind(cost, right)
    signs, counts = np.unique(
        np.sign(np.where(np.abs(sums) > _NOTHING, sums, 0.0)), axis=0, return_counts=True
    )
    same = sum(
        int(count) for row, count in zip(signs, counts, strict=True) if _name_kind(*map(float, row)) == kind
    )
    found = OneMore(
        kind=kind,
        cost=to_money(cost, currency),
        correct=round(right, 9),
        items=items,
        sure=same / len(sums),
    )
    if kind not in {"price", "saving"}:
        return found
    side = 1.0 if kind == "price" else -1.0
    span = find_span(sums * side, _divide_difference)
    value = cost / right
    return msgspec.structs.replace(
        found,
        value=to_money(value, currency),
        low=to_money(min(value, max(0.0, span.low)), currency),
        high=to_money(max(value, span.high), currency),
    )


def _divide_difference(sums: Sums) -> Sums:
    """Return cost by right answers; nothing where it is cheaper too, infinite where nothing is gained."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sums[:, 1] > 0, sums[:, 0] / sums[:, 1], math.inf)
    return np.maximum(ratio, 0.0)


def _name_kind(cost: float, right: float) -> Kind:
    dearer, cheaper = cost > _NOTHING, cost < -_NOTHING
    more, fewer = right > _NOTHING, right < -_NOTHING
    if more and dearer:
        return "price"
    if fewer and cheaper:
        return "saving"
    if more or cheaper:
        return "better"
    return "dominated" if fewer or dearer else "alike"


def _by_item(records: Iterable[Record]) -> dict[tuple[str, str], list[Record]]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if find_cost(record) is not None:
            found.setdefault((record.suite, record.sample), []).append(record)
    return found


def _mean(records: Sequence[Record]) -> tuple[float, float]:
    cost = sum(((find_cost(record) or Decimal(0)) for record in records), Decimal(0))
    return float(cost) / len(records), sum(map(is_correct, records)) / len(records)


def tell_price(found: OneMore, a: str, b: str) -> str:
    """Say what one more right answer costs with a than with b, or why none has a price."""
    sure = "" if found.sure is None else f" (in {found.sure:.0%} of draws)"
    if found.kind == "unknown":
        return "One more right answer: no price is known for questions that both answered."
    if found.kind == "alike":
        return f"{a} and {b} are as often right for as much money."
    if found.kind == "better":
        return f"{a} needs no price for one more right answer: it is no worse and no dearer than {b}{sure}."
    if found.kind == "dominated":
        return f"{a} is dominated by {b}: no better and no cheaper{sure}."
    limits = f"{found.low or 'no limit'} to {found.high or 'no limit'}"
    if found.kind == "price":
        return f"One more right answer of {a} costs {found.value} more than {b} ({limits}){sure}."
    return f"{a} saves {found.value} for each right answer that {b} has more ({limits}){sure}."
