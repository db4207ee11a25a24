"""Score against cost: who is beaten in both, over the questions that all of them were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from fen.evals.report.values import Figure, Standing, SuiteScore
from fen.evals.statistics import Interval, Measure, combine
from fen.routing.value import is_beaten
from fen.wire.money import Money

_FEWEST = 2  # a single model beats nobody


def compare_costs(scores: Sequence[SuiteScore]) -> tuple[tuple[Standing, ...], tuple[str, ...]]:
    """Return where the models stand, the best first, and the suites over which they were compared.

    Only models whose every answer has a price, in the currency that most of them have, are compared, and only
    over suites that all of those have: each suite counts alike, in score and in cost. Nothing where fewer
    than two models are left.
    """
    priced = _choose_priced(scores)
    models = tuple(dict.fromkeys(one.model for one in priced))
    of = {(one.model, one.suite): one for one in priced}
    names = dict.fromkeys(one.suite for one in priced)
    shared = tuple(suite for suite in names if all((model, suite) in of for model in models))
    if len(models) < _FEWEST or not shared:
        return (), ()
    placed = {model: _place([of[model, suite] for suite in shared]) for model in models}
    beaten = find_beaten(
        {model: (score.value or 0.0, cost.amount) for model, (score, cost) in placed.items()}
    )
    found = [
        Standing(model=model, score=score, cost=cost, beaten_by=beaten[model])
        for model, (score, cost) in placed.items()
    ]
    return tuple(sorted(found, key=lambda one: one.score.value or 0.0, reverse=True)), shared


def find_beaten(placed: Mapping[str, tuple[float, Decimal]]) -> dict[str, str | None]:
    """Return for each score and cost whose it is beaten by: no dearer, no worse, and better in one of both.

    None for those on the frontier. Of several that beat one, the best is told, of those the cheapest.
    """
    return {name: _find_better(score, cost, placed) for name, (score, cost) in placed.items()}


def _find_better(score: float, cost: Decimal, placed: Mapping[str, tuple[float, Decimal]]) -> str | None:
    better = [
        (-other, price, name)
        for name, (other, price) in placed.items()
        if is_beaten(score, cost, other, price)
    ]
    return min(better)[2] if better else None


def _choose_priced(scores: Sequence[SuiteScore]) -> list[SuiteScore]:
    unpriced = {one.model for one in scores if one.tally.per_answer is None}
    left = [one for one in scores if one.model not in unpriced]
    currencies = Counter(one.tally.per_answer.currency for one in left if one.tally.per_answer is not None)
    if not currencies:
        return []
    most = min(currencies, key=lambda currency: (-currencies[currency], currency))
    others = {one.model for one in left if one.tally.per_answer and one.tally.per_answer.currency != most}
    return [one for one in left if one.model not in others]


def _place(scores: Sequence[SuiteScore]) -> tuple[Figure, Money]:
    costs = [one.tally.per_answer for one in scores if one.tally.per_answer is not None]
    cost = Money(sum((one.amount for one in costs), Decimal(0)) / len(costs), costs[0].currency)
    joined = combine([_to_measure(one.strict) for one in scores], "suites")
    interval = joined.interval
    if interval is None:
        return Figure(joined.mean, n=joined.n), cost
    return Figure(joined.mean, interval.low, interval.high, joined.n, interval.method), cost


def _to_measure(figure: Figure) -> Measure:
    interval = None
    if figure.low is not None and figure.high is not None:
        interval = Interval(figure.low, figure.high, figure.method)
    return Measure(figure.value, figure.n or 0, figure.n or 0, interval)
