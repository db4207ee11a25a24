"""A trial on outcomes: prompts that a fit has not seen are routed, and counted beside single models.

All that a row says comes from prompts that were held out: the mean score and cost of what was chosen, beside
the best single model, the best mixture of single models at the same cost (the static hull), and the oracle,
which asks the cheapest model that is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.features import featurize
from fen.routing.fit import fit_artefact
from fen.routing.hull import find_hull, mix
from fen.routing.learn import Part, Setting, Told, tell
from fen.routing.manifest import Recipe
from fen.routing.measures import measure_quality
from fen.routing.outcome import Evidence
from fen.routing.pace import draw_curve
from fen.routing.pivot import Floats, Matrices, pivot
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money

BUDGETS = (0.10, 0.25, 0.50, 0.75)
"""Shares of what the best single model costs."""

FEWEST = 100
"""Prompts that all models have answered at a known cost, below which a trial says nothing."""

_OFTEN = 0.9  # of the prompts that the most asked model has answered
_Z = 1.96


class Row(msgspec.Struct, frozen=True):
    """What came of one budget.

    budget: as a share of the best single model's cost; spent: what routing really cost, as such a share;
    cost: of a prompt. score: of what was routed; static: of the mixture that costs the same; gain: the
    difference, with its 95% interval. far: the share of prompts that were unlike what was fitted on.
    """

    budget: float
    spent: float
    cost: Money
    score: float
    static: float
    gain: float
    low: float
    high: float
    far: float


class Single(msgspec.Struct, frozen=True):
    """A mean score, and the mean cost of a prompt; of one model, or of one rule."""

    model: str
    score: float
    cost: Money


class Trial(msgspec.Struct, frozen=True):
    """A trial.

    best: whoever was best on the prompts fitted on, which may be one or the other. oracle: the cheapest that
    is right, known beforehand. singles: every model alone.
    """

    prompts: int
    models: int
    folds: int
    rows: tuple[Row, ...]
    best: Single
    oracle: Single
    singles: tuple[Single, ...]
    metrics: dict[str, float]


class _Fold(msgspec.Struct, frozen=True):
    """Of the held-out prompts of one fold: scores and costs (n, m), what was told, and weights by budget."""

    score: Floats
    cost: Floats
    told: Told
    near: float
    weights: tuple[Floats, ...]
    static: tuple[Floats, ...]
    means: Floats
    best: int


def run_trial(evidence: Evidence, recipe: Recipe, setting: Setting, folds: int = 5) -> Trial:
    """Return what routing would have gained; raises InvalidRequest for fewer than FEWEST whole prompts."""
    matrices = _narrow(pivot(evidence))
    whole = np.flatnonzero(np.isfinite(matrices.score).all(axis=1) & np.isfinite(matrices.cost).all(axis=1))
    if len(whole) < FEWEST or len(matrices.models) < 2 or matrices.currency is None:
        raise InvalidRequest(
            f"found {len(whole)} prompts that all of {len(matrices.models)} models have answered at a known"
            f" cost, expected at least {FEWEST} prompts and 2 models"
        )
    matrices = matrices.take(whole)
    plain = msgspec.structs.replace(recipe, prove=False)
    done = [
        _run_fold(evidence, matrices, (train, test), plain, setting)
        for train, test in split(matrices, folds, recipe.seed)
    ]
    return _sum_up(done, matrices)


def _narrow(matrices: Matrices) -> Matrices:
    """Return the matrices of the models that have answered most prompts: one with few would leave few."""
    known = np.isfinite(matrices.score) & np.isfinite(matrices.cost)
    share = known.mean(axis=0)
    return matrices.select(np.flatnonzero(share >= _OFTEN * share.max()).tolist())


def split(matrices: Matrices, folds: int, seed: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield rows to fit on and rows to try; equal texts fall together."""
    texts = np.array([one.text for one in matrices.asked])
    _, key = np.unique(texts, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(int(key.max()) + 1)
    for part in np.array_split(drawn, folds):
        held = np.isin(key, part)
        yield np.flatnonzero(~held), np.flatnonzero(held)


def _run_fold(
    evidence: Evidence,
    matrices: Matrices,
    rows: tuple[NDArray[np.intp], NDArray[np.intp]],
    recipe: Recipe,
    setting: Setting,
) -> _Fold:
    train, test = (matrices.take(part) for part in rows)
    tried, models = {one.text for one in test.asked}, set(matrices.models)
    seen = Evidence(
        tuple([one for one in evidence.outcomes if one.model in models and one.asked.text not in tried]),
        tuple(
            [
                one
                for one in evidence.votes
                if {one.model_a, one.model_b} <= models and one.asked.text not in tried
            ]
        ),
    )
    artefact = fit_artefact(seen, recipe, setting)
    lessons, fitted = artefact.lessons, artefact.fitted
    part = Part(test, featurize(test.asked, recipe.bits))
    # Costs are compared as they were recorded, whatever they would be today.
    told = tell(fitted.quality, fitted.sizes, part, msgspec.structs.replace(setting, rates={}))
    means, best = train.score.mean(axis=0), int(train.score.mean(axis=0).argmax())
    hull, usual = find_hull(train.cost.mean(axis=0), means), train.cost.mean(axis=0)
    curve = None if lessons.sample is None else draw_curve(lessons.sample)
    weights: list[Floats] = []
    static: list[Floats] = []
    for budget in BUDGETS:
        mixed = mix(hull, usual, budget * usual[best])
        price = None if curve is None else curve.price(float(budget * usual[best]))
        weights.append(_weigh(told, price, mixed, lessons.near))
        realised = float((weights[-1] * test.cost).sum(axis=1).mean())
        static.append(mix(hull, test.cost.mean(axis=0), realised))
    return _Fold(test.score, test.cost, told, lessons.near, tuple(weights), tuple(static), means, best)


def _weigh(told: Told, price: float | None, mixed: Floats, near: float) -> Floats:
    """Return each prompt's shares: of the mixture far from what is known, and where no price is."""
    weights = np.tile(mixed, (len(told.p), 1))
    if price is None:
        return weights
    worth = -told.cost if price == np.inf else told.p - price * told.cost
    chosen = np.eye(told.p.shape[1])[worth.argmax(axis=1)]
    return np.where((told.familiar >= near)[:, None], chosen, weights)


def _sum_up(done: Sequence[_Fold], matrices: Matrices) -> Trial:
    score, cost = np.concatenate([one.score for one in done]), np.concatenate([one.cost for one in done])
    single = np.concatenate([one.score[:, one.best] for one in done])
    single_cost = float(np.concatenate([one.cost[:, one.best] for one in done]).mean())
    far = float(np.concatenate([one.told.familiar < one.near for one in done]).mean())
    currency = matrices.currency
    assert currency is not None
    rows = tuple(_count(done, number, (single_cost, currency), far) for number in range(len(BUDGETS)))
    cheapest_right = np.where(score >= score.max(axis=1, keepdims=True), cost, np.inf).min(axis=1)
    metrics = [measure_quality(one.told.p, one.score, one.means) for one in done]
    means = zip(matrices.models, score.mean(axis=0).tolist(), cost.mean(axis=0).tolist(), strict=True)
    oracle = Single("oracle", float(score.max(axis=1).mean()), _tell(float(cheapest_right.mean()), currency))
    return Trial(
        len(score),
        len(matrices.models),
        len(done),
        rows,
        Single("best", float(single.mean()), _tell(single_cost, currency)),
        oracle,
        tuple([Single(model, mean, _tell(paid, currency)) for model, mean, paid in means]),
        {name: float(np.mean([one[name] for one in metrics])) for name in metrics[0]},
    )


def _tell(amount: float, currency: str) -> Money:
    return Money(Decimal(f"{amount:.6g}"), currency)


def _count(done: Sequence[_Fold], number: int, single: tuple[float, str], far: float) -> Row:
    routed = np.concatenate([(one.weights[number] * one.score).sum(axis=1) for one in done])
    spent = np.concatenate([(one.weights[number] * one.cost).sum(axis=1) for one in done])
    static = np.concatenate([one.score @ one.static[number] for one in done])
    gain = routed - static
    error = _Z * float(gain.std(ddof=1)) / len(gain) ** 0.5
    mean = float(gain.mean())
    return Row(
        BUDGETS[number],
        float(spent.mean()) / single[0],
        _tell(float(spent.mean()), single[1]),
        float(routed.mean()),
        float(static.mean()),
        mean,
        mean - error,
        mean + error,
        far,
    )
