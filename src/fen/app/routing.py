"""Routing beside a server: artefacts are fitted, asked and explained by settings, and no model is called."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from fen.app.fx import read_rates
from fen.app.offers import read_offers
from fen.app.route_evidence import Gathered, Sources, gather, list_models, make_setting
from fen.app.routes import AUTO, RoutePlan, read_routes
from fen.app.settings import Settings
from fen.catalogue import Catalogue
from fen.ledger import find_rate
from fen.routing import Absolute, Asked, Decision, Offer, RoutePolicy
from fen.routing.artefact import Artefact, load_artefact
from fen.routing.decision import Estimate
from fen.routing.fit import fit_artefact
from fen.routing.join import find_artefact_currency, join_artefact
from fen.routing.manifest import Recipe
from fen.routing.outcome import Evidence
from fen.routing.router import Router
from fen.wire.errors import ConfigError, NotFound

_USUAL = Absolute(0.8)  # of a route without settings


class Predicted(msgspec.Struct, frozen=True):
    """What is expected of each model for one prompt, by the name that it has in the data."""

    asked: Asked
    familiar: float
    estimates: tuple[Estimate, ...]


class Explained(msgspec.Struct, frozen=True):
    """A decision, with the policy that it was made by and the artefact's path; None where there is none."""

    decision: Decision
    policy: RoutePolicy
    artefact: Path | None


def fit(settings: Settings, gathered: Gathered, recipe: Recipe) -> Artefact:
    """Fit an artefact; guarantees are counted for the pools of the settings' routes too.

    Raises InvalidRequest where there is too little to learn from.
    """
    plans = read_routes(settings, read_offers(settings).catalogue)
    pools = tuple(sorted({tuple(sorted(plan.policy.pool)) for plan in plans.values()}))
    return fit_artefact(
        gathered.evidence, msgspec.structs.replace(recipe, pools=pools), make_setting(settings, gathered)
    )


async def join(
    settings: Settings, artefact: Artefact, model: str, sources: Sources
) -> tuple[Artefact, Gathered]:
    """Return an artefact with one more model, and the outcomes that it joined by, in the artefact's currency.

    model: its id in the catalogue, or any name that Fen or the data know it by. Of Fen's own evaluations only
    that model's count. Raises InvalidRequest as `join_artefact` does, and as `gather`.
    """
    currency = find_artefact_currency(artefact)
    gathered = await gather(settings, sources, currency)
    evidence, names = gathered.evidence, {told: given for given, told in gathered.aliases.items()}
    card = read_offers(settings).catalogue.find(model)
    known = set(list_models(evidence)) | set(artefact.models)
    name = model if model in known or card is None else card.id
    name = names.get(model, name)
    kept = tuple(one for one in evidence.outcomes if one.model == name or one.source != "evals")
    gathered = msgspec.structs.replace(gathered, evidence=Evidence(kept, evidence.votes))
    setting = make_setting(settings, gathered, currency)
    return join_artefact(artefact, name, gathered.evidence, setting), gathered


def predict(settings: Settings, artefact: Artefact, prompts: Sequence[Asked]) -> list[Predicted]:
    """Return what is expected of all models of an artefact.

    Costs are as they were recorded; at today's prices where none were.
    """
    catalogue, now = read_offers(settings).catalogue, datetime.now(UTC)
    recorded = artefact.fitted.sizes.costs is not None
    offers = [Offer(model, None) if recorded else _offer(model, catalogue, now) for model in artefact.models]
    found: list[Predicted] = []
    for asked, (estimates, familiar) in zip(prompts, artefact.expect_all(prompts, offers), strict=True):
        named = [
            msgspec.structs.replace(one, model=artefact.manifest.aliases.get(one.model, one.model))
            for one in estimates
        ]
        found.append(Predicted(asked, familiar, tuple(named)))
    return found


def explain(settings: Settings, asked: Asked, route: str = AUTO, path: Path | None = None) -> Explained:
    """Return whom a route would ask, by the same decision as the gateway's, and without asking.

    path: of an artefact; the route's own, if it has one, where left out. A route that the settings do not
    have compares the models of the artefact that is named. Raises NotFound for no such route, and ConfigError
    where there is neither a model nor an artefact.
    """
    catalogue, now = read_offers(settings).catalogue, datetime.now(UTC)
    plan = _find_plan(settings, catalogue, route)
    if plan is not None and not plan.meant and path is not None:
        plan = None
    if path is None and plan is not None and plan.artefact.exists():
        path = plan.artefact
    artefact = None if path is None else load_artefact(path)
    policy = RoutePolicy(route, (), _USUAL) if plan is None else plan.policy
    pool = policy.pool or (() if artefact is None else artefact.models)
    if not pool:
        raise ConfigError(
            f"route {route}: found no enabled model and no artefact, expected one of them: `fen upstreams`"
            " says what enables a model, `fen route fit` makes an artefact"
        )
    policy = msgspec.structs.replace(policy, pool=tuple(pool))
    fx = read_rates(settings.fx)
    router = Router(artefact, random.random, partial(find_rate, fx=fx))
    offers = [_offer(model, catalogue, now) for model in pool]
    return Explained(router.decide(asked, offers, policy), policy, path)


def _find_plan(settings: Settings, catalogue: Catalogue, route: str) -> RoutePlan | None:
    plans: Mapping[str, RoutePlan] = read_routes(settings, catalogue)
    if route in plans:
        return plans[route]
    if route == AUTO:
        return None  # nobody is enabled
    known = ", ".join(sorted({AUTO, *plans}))
    raise NotFound(f"route {route[:64]!r}: found none, expected one of {known}")


def _offer(model: str, catalogue: Catalogue, now: datetime) -> Offer:
    card = catalogue.find(model)
    if card is None:
        return Offer(model, None)
    longest = card.longest_output(now.date())
    return Offer(
        model, catalogue.rates(card.id, now), output_limit=None if longest is None else longest.value
    )
