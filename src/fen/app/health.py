"""How the upstreams of the models that are served have fared, as this process met them."""

from __future__ import annotations

import msgspec

from fen.app.build import App
from fen.gateway.breaker import BreakerView


class Health(msgspec.Struct, frozen=True):
    """A model that is served. view: its breaker; None for one that no call has met."""

    model: str
    upstream: str
    upstream_model: str
    view: BreakerView | None


def read_health(app: App) -> list[Health]:
    """Return the models that are served, those in trouble first, then those that were called.

    What routes or tests asked for under a name of no card is listed by that name.
    """
    parts = app.pipeline.parts
    views = {(view.upstream, view.model): view for view in parts.breakers.snapshot()}
    found = list[Health]()
    met = set[tuple[str, str]]()
    for card in parts.catalogue.cards():
        if card.upstream in parts.upstreams:
            circuit = (card.upstream, card.upstream_model)
            met.add(circuit)
            found.append(Health(card.id, *circuit, views.get(circuit)))
    found += [
        Health(model, upstream, model, view)
        for (upstream, model), view in views.items()
        if (upstream, model) not in met
    ]
    return sorted(found, key=_rank)


def _rank(health: Health) -> tuple[int, str]:
    if health.view is None:
        return 2, health.model
    return int(health.view.state == "closed"), health.model
