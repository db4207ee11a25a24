"""What a router decides about one request."""

from __future__ import annotations

from typing import Literal

import msgspec

from fen.catalogue import Rates
from fen.wire.money import Money

Reason = Literal[
    "target",  # the cheapest that meets the target
    "best",  # none meets it: the one expected to be best within the caps
    "static",  # far from what the artefact was fitted on, or no artefact: the mixture of single models
    "unproven",  # no guarantee holds: the reference itself, or the best where it is not on offer
    "explored",  # drawn by chance, and logged so
    "only",  # nobody else can serve the request
]


class Offer(msgspec.Struct, frozen=True):
    """A model of the pool that can serve a request, with its prices of this moment.

    held: tokens of the prompt that its upstream has read before and that it bills as cached. output_limit:
    tokens that one answer may have; None where nothing bounds it.
    """

    model: str
    rates: Rates | None
    held: int = 0
    output_limit: int | None = None


class Estimate(msgspec.Struct, frozen=True):
    """What is expected of one model for one request.

    p: probability of a right answer, within [low, high]. cost: of this request, with output (and reasoning)
    tokens expected for it; None where no price is known. known: whether the artefact has seen this model.
    """

    model: str
    p: float
    low: float
    high: float
    cost: Money | None
    output_tokens: int
    known: bool = True


class Guarantee(msgspec.Struct, frozen=True):
    """What was proved: with this threshold, the risk is at most alpha with confidence 1 - delta.

    models: the pool of the rule. threshold: 0.0 where only asking the reference itself is safe. n, wrong:
    what it was proved by. tag: the kind of work that it holds for; None for those without an own test.
    """

    reference: str
    models: tuple[str, ...]
    alpha: float
    delta: float
    threshold: float
    n: int
    wrong: int
    tag: str | None = None


class Decision(msgspec.Struct, frozen=True):
    """Who is asked, in which order, and why.

    order: ids, the one to ask first in front; the others stand in for it where it fails, or follow it in a
    cascade where `escalates`. estimates: of all offers. propensity: the probability with which the first one
    was chosen; 1.0 where nothing is drawn. familiar: whether the request is near to what the artefact was
    fitted on; familiarity: how near, 0 to 1. artefact: its id; None where there is none. reference: whose
    cost savings are told against, and what it was expected to cost. note: a sentence for people where there
    is more to say, such as which guarantee holds or why none does. guarantee: the one that it keeps.
    """

    route: str
    order: tuple[str, ...]
    reason: Reason
    estimates: tuple[Estimate, ...]
    propensity: float = 1.0
    familiar: bool = False
    escalates: bool = False
    artefact: str | None = None
    reference: str | None = None
    reference_cost: Money | None = None
    note: str | None = None
    familiarity: float = 0.0
    guarantee: Guarantee | None = None

    @property
    def first(self) -> str:
        """Who is asked first."""
        return self.order[0]

    def find(self, model: str) -> Estimate | None:
        """Return what was expected of a model; None where it was not in the pool."""
        return next((found for found in self.estimates if found.model == model), None)
