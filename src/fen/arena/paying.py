"""What quality costs: each model's median cost of an answer, and which models no other one makes needless.

Rating and cost stand beside each other. Their ratio would mean nothing: a rating has no zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median

import msgspec

from fen.arena.standing import Standing
from fen.arena.survey import AnswerPaid
from fen.ledger import Fx, change_money
from fen.routing.value import is_beaten
from fen.wire.money import Money

NO_RATES: Fx = {}


class Cost(msgspec.Struct, frozen=True):
    """median: of the answers whose price is known, None without one. priced, answers: how many."""

    median: Money | None = None
    priced: int = 0
    answers: int = 0


class Worth(msgspec.Struct, frozen=True):
    """Whether a model is on the frontier of rating and cost; None where one of the two is not known.

    dominated_by: models that cost no more and are rated no lower, one of the two strictly. surely: whether
    one of those also is rated higher beyond both intervals.
    """

    frontier: bool | None = None
    dominated_by: tuple[str, ...] = ()
    surely: bool = False


def price_models(answers: Sequence[AnswerPaid], rates: Fx = NO_RATES) -> dict[str, Cost]:
    """Return each model's cost of an answer, all in the currency that most answers are paid in.

    An amount in another one counts where a rate leads there.
    """
    currencies = Counter(paid.cost.currency for paid in answers if paid.cost is not None)
    currency = min(currencies, key=lambda one: (-currencies[one], one), default="")
    amounts: dict[str, list[Decimal]] = {}
    count = Counter[str]()
    for paid in answers:
        count[paid.model] += 1
        known = amounts.setdefault(paid.model, [])
        money = None if paid.cost is None else change_money(paid.cost, currency, rates)
        if money is not None:
            known.append(money.amount)
    return {model: _price(found, currency, count[model]) for model, found in amounts.items()}


def find_frontier(standings: Sequence[Standing], costs: Mapping[str, Cost]) -> dict[str, Worth]:
    """Return for each model whether another one is as good for no more money."""
    known: list[tuple[Standing, float, Decimal]] = []
    for one in standings:
        cost = costs.get(one.model, Cost()).median
        if one.rating is not None and cost is not None:
            known.append((one, one.rating, cost.amount))
    found = {one.model: Worth() for one in standings}
    for one, rating, cost in known:
        over = [(other, higher) for other, higher, paid in known if is_beaten(rating, cost, higher, paid)]
        surely = any(_is_beyond(other, one) for other, _ in over)
        names = tuple(other.model for other, _ in over)
        found[one.model] = Worth(not names, names, surely)
    return found


def _price(amounts: list[Decimal], currency: str, answers: int) -> Cost:
    if not amounts:
        return Cost(None, 0, answers)
    return Cost(Money(median(amounts), currency).quantized(), len(amounts), answers)


def _is_beyond(upper: Standing, lower: Standing) -> bool:
    return upper.low is not None and lower.high is not None and upper.low > lower.high
