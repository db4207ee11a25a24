"""Learning from matrices: quality, sizes, and what is expected of requests by both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.catalogue import Rates
from fen.routing.cost import estimate_input, infer_output
from fen.routing.decision import Offer
from fen.routing.features import Rows
from fen.routing.lengths import fit_lengths
from fen.routing.manifest import Recipe
from fen.routing.pivot import Floats, Matrices
from fen.routing.quality.fit import Lesson, learn
from fen.routing.quality.model import QualityModel
from fen.routing.sizes import Sizes
from fen.routing.trust import find_trust
from fen.wire.money import Money

SHARES = (0.1, 0.25, 0.5, 0.75)
"""Budgets by which familiarity is judged, as shares of the best model's mean cost."""

_MISTAKEN = 0.02
_OFTEN = 0.5  # of the requests, that each model must have answered


class Setting(msgspec.Struct, frozen=True):
    """What a fit is told beside its evidence.

    rates: today's prices by model, all in one currency; for lengths that only costs tell, and for costs that
    only lengths tell. aliases: of models that the data calls otherwise, by id. now: when it is made.
    """

    rates: Mapping[str, Rates]
    aliases: Mapping[str, str]
    now: datetime


class Part(msgspec.Struct, frozen=True):
    """Some of the requests, and their features."""

    matrices: Matrices
    rows: Rows

    def take(self, at: NDArray[np.intp]) -> Part:
        """Return those of some numbers."""
        return Part(self.matrices.take(at), self.rows.take(at))


class Told(msgspec.Struct, frozen=True):
    """What is expected of requests: p and cost of each model, shapes (n, m); familiar, shape (n,).

    A cost that is not known is infinite. currency: of the costs; None where none is known.
    """

    p: Floats
    cost: Floats
    familiar: Floats
    currency: str | None


def learn_quality(train: Part, recipe: Recipe) -> Lesson:
    """Learn the probability of right answers, and tell what it was of those that were held out on the way."""
    matrices = train.matrices
    return learn(train.rows, matrices.score, matrices.models, matrices.tags, matrices.votes, recipe.bits)


def learn_sizes(train: Part, recipe: Recipe, setting: Setting) -> Sizes:
    """Learn lengths and costs."""
    matrices = train.matrices
    tokens = infer_tokens(matrices, setting.rates)
    lengths = fit_lengths(train.rows, tokens, matrices.models, matrices.tags, recipe.bits)
    costs = fit_lengths(train.rows, matrices.cost, matrices.models, matrices.tags, recipe.bits)
    reasoning = measure_reasoning(matrices)
    return Sizes(lengths, costs, matrices.currency if costs else None, matrices.models, reasoning)


def measure_reasoning(matrices: Matrices) -> Floats:
    """Return the share of each model's tokens that is reasoning, shape (m,); 0 where nothing tells."""
    known = ~np.isnan(matrices.reasoning_tokens) & (matrices.output_tokens > 0)
    thought = np.where(known, matrices.reasoning_tokens, 0.0).sum(axis=0)
    written = np.where(known, matrices.output_tokens, 0.0).sum(axis=0)
    return np.divide(thought, written, out=np.zeros(len(matrices.models)), where=written > 0)


def infer_tokens(matrices: Matrices, rates: Mapping[str, Rates]) -> Floats:
    """Return the tokens of answers, shape (n, m): those that were told, else what their costs tell."""
    tokens = matrices.output_tokens.copy()
    for column, model in enumerate(matrices.models):
        prices = rates.get(model)
        if prices is None or prices.currency != matrices.currency:
            continue
        untold = np.isnan(tokens[:, column]) & ~np.isnan(matrices.cost[:, column])
        for row in np.flatnonzero(untold).tolist():
            paid = Money(Decimal(f"{matrices.cost[row, column]:.9g}"), prices.currency)
            found = infer_output(paid, estimate_input(matrices.asked[row]), prices)
            tokens[row, column] = np.nan if found is None else found
    return tokens


def tell(quality: QualityModel, sizes: Sizes, part: Part, setting: Setting) -> Told:
    """Return what is expected of the requests of a part, at today's prices."""
    found = quality.predict(part.rows)
    cost, currency = tell_costs(sizes, part, setting)
    return Told(found.p.astype(np.float64), cost, found.familiar.astype(np.float64), currency)


def tell_held(lesson: Lesson, sizes: Sizes, train: Part, setting: Setting) -> Told:
    """Return what was expected of the requests fitted on, while they were held out; costs as of others."""
    cost, currency = tell_costs(sizes, train, setting)
    near = lesson.near
    return Told(near.p.astype(np.float64), cost, near.familiar.astype(np.float64), currency)


def find_near(lesson: Lesson, train: Part, told: Told) -> float:
    """Return the familiarity below which a request counts as unlike those learnt from.

    Measured by what routing is worth on requests of kinds that were held out; where too little is known of
    costs for that, of requests like those learnt from one in fifty is taken for another.
    """
    score, paid = train.matrices.score, train.matrices.cost
    often = (~np.isnan(score)).mean(axis=0).min() >= _OFTEN
    if not often or not np.isfinite(told.cost).all():
        return float(np.quantile(lesson.near.familiar, _MISTAKEN))
    return find_trust(lesson, score, np.where(np.isnan(paid), told.cost, paid), told.cost, SHARES)


def tell_costs(sizes: Sizes, part: Part, setting: Setting) -> tuple[Floats, str | None]:
    """Return expected costs, shape (n, m), infinite where one is not known, and their currency."""
    models = sizes.models
    offers = [Offer(model, setting.rates.get(model)) for model in models]
    costs = [
        [money for _, money in row] for row in sizes.expect(part.matrices.asked, part.rows, offers, models)
    ]
    currencies = {money.currency for row in costs for money in row if money is not None}
    single = next(iter(currencies)) if len(currencies) == 1 else None
    amounts = [
        [np.inf if money is None or single is None else float(money.amount) for money in row] for row in costs
    ]
    shape = (len(part.rows), len(models))
    return np.array(amounts, np.float64).reshape(shape), single
