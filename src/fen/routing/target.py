"""What a route is to reach; each target has one plain meaning."""

from __future__ import annotations

import msgspec

from fen.wire.money import Money


class Relative(msgspec.Struct, frozen=True, tag="relative"):
    """Lose at most `alpha` of the answers that `reference` gets right, with confidence 1 - `delta`.

    The risk is P(routed answer wrong | reference right).
    """

    reference: str
    alpha: float = 0.05
    delta: float = 0.05


class Absolute(msgspec.Struct, frozen=True, tag="absolute"):
    """The cheapest model whose answer is right with at least this probability."""

    probability: float


class PerCorrect(msgspec.Struct, frozen=True, tag="per_correct"):
    """The model with the least money for each right answer; with `most`, the best one within that."""

    most: Money | None = None


class PerThousand(msgspec.Struct, frozen=True, tag="per_thousand"):
    """The best answers for this much money per thousand requests, on average."""

    budget: Money


Target = Relative | Absolute | PerCorrect | PerThousand


class Cascade(msgspec.Struct, frozen=True):
    """When the answer of the cheap model is not kept, and the next one is asked.

    checks: names of what is looked at, of CHECKS. second: a cheap model whose disagreement counts. longest:
    characters; a longer answer escalates. logprob: mean log-probability below which it does. verifier:
    probability that the answer is right, by the artefact's verifier, below which it does.
    """

    checks: tuple[str, ...] = ()
    second: str | None = None
    longest: int | None = None
    logprob: float | None = None
    verifier: float | None = None


class RoutePolicy(msgspec.Struct, frozen=True):
    """A route of the settings, such as `fen/auto`.

    pool: ids of models. exclude: ids, or vendors, that are never asked. price_cap: most money that a request
    may be expected to cost. reference: the model whose cost savings are told against; the dearest of the pool
    where left out. explore: share of requests whose model is drawn by chance and logged with its propensity,
    0 to 0.05. context, output: tokens that a member must have, for presets.
    """

    name: str
    pool: tuple[str, ...]
    target: Target
    exclude: frozenset[str] = frozenset()
    price_cap: Money | None = None
    reference: str | None = None
    explore: float = 0.0
    cascade: Cascade | None = None
    context: int | None = None
    output: int | None = None
