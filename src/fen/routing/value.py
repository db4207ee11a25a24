"""What quality is worth its money: the Pareto frontier, who is dominated, and the price of one more point.

Quality and cost stand beside each other, each with its interval. Their ratio is told as money per right
answer alone, and only where quality is a share of right answers: a rating has no zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]
Amount = TypeVar("Amount", float, Decimal)

LEVEL = 0.95
"""Of the intervals, which are pointwise."""


class Measured(msgspec.Struct, frozen=True):
    """A model as it was measured.

    quality: a share of right answers, or a rating. cost: money of an answer. qualities, costs: the same in
    draws (bootstrap samples, or draws of a rating), arrays of one length; draw i of all models is one world,
    so that what was measured on the same questions stays paired. Without draws nothing has an interval.
    """

    model: str
    quality: float
    cost: float
    qualities: Draws
    costs: Draws


class Figure(msgspec.Struct, frozen=True):
    """A figure and its interval; a limit is None where nothing tells it, or where it is infinite."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Step(msgspec.Struct, frozen=True):
    """What one more point costs, coming from the next cheaper model of the frontier.

    below: that model. price: money an answer for each unit of quality more. A limit that is None is infinite
    or unknown: the dearer model may not be better at all.
    """

    below: str
    price: Figure


class Worth(msgspec.Struct, frozen=True):
    """A model's place between quality and money.

    per_correct: money for each right answer; None where quality is no share. frontier: no other model is as
    good for no more money. dominated_by: those that are. often: share of the draws in which it is on the
    frontier; None without draws. step: None for the cheapest of the frontier, and off it.
    """

    model: str
    quality: Figure
    cost: Figure
    per_correct: Figure | None
    frontier: bool
    dominated_by: tuple[str, ...]
    often: float | None
    step: Step | None = None


def find_worths(models: Sequence[Measured], *, share: bool) -> tuple[Worth, ...]:
    """Return where the models stand, the cheapest first.

    share: whether quality is a share of right answers, so that money per right answer means something.
    """
    order = sorted(models, key=lambda one: (one.cost, -one.quality, one.model))
    frontier = _walk(order)
    often = _count_frontier(order)
    below = dict(zip(frontier[1:], frontier, strict=False))
    return tuple(
        Worth(
            one.model,
            _bound(one.quality, one.qualities),
            _bound(one.cost, one.costs),
            _bound(*_divide(one)) if share else None,
            at in frontier,
            tuple(other.model for other in order if _dominates(other, one)),
            None if often is None else float(often[at]),
            _find_step(order[below[at]], one) if at in below else None,
        )
        for at, one in enumerate(order)
    )


def is_beaten(quality: float, cost: Amount, by_quality: float, by_cost: Amount) -> bool:
    """Whether something costs no more, is no worse, and is better in one of both (Pareto dominance)."""
    no_worse = by_cost <= cost and by_quality >= quality
    return no_worse and (by_cost < cost or by_quality > quality)


def _dominates(other: Measured, one: Measured) -> bool:
    return is_beaten(one.quality, one.cost, other.quality, other.cost)


def _walk(order: Sequence[Measured]) -> list[int]:
    """Return the frontier's places in the order of cost; each is better than all that cost less."""
    return [at for at, one in enumerate(order) if not any(_dominates(other, one) for other in order)]


def _count_frontier(order: Sequence[Measured]) -> NDArray[np.float64] | None:
    if not order or not len(order[0].qualities):
        return None
    quality = np.stack([one.qualities for one in order], 1)
    cost = np.stack([one.costs for one in order], 1)
    beaten = np.zeros(quality.shape, bool)
    for at in range(len(order)):
        no_worse = (cost[:, at, None] <= cost) & (quality[:, at, None] >= quality)
        beaten |= no_worse & ((cost[:, at, None] < cost) | (quality[:, at, None] > quality))
    return 1.0 - beaten.mean(0)


def _divide(one: Measured) -> tuple[float, Draws]:
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.where(one.qualities > 0, one.costs / one.qualities, np.inf)
    return (one.cost / one.quality if one.quality > 0 else np.inf), draws


def _find_step(below: Measured, one: Measured) -> Step:
    more, dearer = one.qualities - below.qualities, one.costs - below.costs
    with np.errstate(divide="ignore", invalid="ignore"):
        # Where the dearer one is no better, no money buys the point.
        draws = np.where(more > 0, dearer / more, np.inf)
    gain = one.quality - below.quality
    price = (one.cost - below.cost) / gain if gain > 0 else np.inf  # of two alike, neither costs less
    return Step(below.model, _bound(price, draws))


def _bound(value: float, draws: Draws) -> Figure:
    found = float(value) if np.isfinite(value) else None
    if not len(draws):
        return Figure(found)
    ordered = np.sort(draws)
    outside = int((1 - LEVEL) / 2 * len(ordered))
    low, high = float(ordered[outside]), float(ordered[-1 - outside])
    return Figure(found, low if np.isfinite(low) else None, high if np.isfinite(high) else None)
