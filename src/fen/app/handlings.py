"""What the settings say of calls for each model: who stands in for it, and how long its answers may be."""

from __future__ import annotations

from collections.abc import Mapping

from fen.app.settings import Settings
from fen.catalogue import Catalogue
from fen.gateway.call import Handling
from fen.gateway.segment import STYLES
from fen.upstreams import VENDORS
from fen.wire.errors import ConfigError


def read_handlings(
    settings: Settings, catalogue: Catalogue, embedded: Mapping[str, object]
) -> dict[str, Handling]:
    """Return the handlings by the model's id; a model without one is answered as usual.

    embedded: the models that Fen itself runs, whose server goes on with a text. Raises ConfigError for a
    fallback that is no model.
    """
    known = {vendor.id: STYLES[vendor.style] for vendor in VENDORS if vendor.style != "turn"}
    known |= dict.fromkeys(embedded, STYLES["trailing"])
    handlings: dict[str, Handling] = {}
    for card in catalogue.cards():
        if card.upstream in known:
            handlings[card.id] = Handling(style=known[card.upstream])
    for name, table in settings.models.items():
        for fallback in table.fallbacks:
            if catalogue.find(fallback) is None:
                raise ConfigError(f'models."{name}".fallbacks: found {fallback!r}, expected a known model')
        usual = handlings.get(name, Handling())
        style = usual.style if table.style is None else STYLES[table.style]
        handlings[name] = Handling(
            tuple(table.fallbacks), table.continuation, style, frozenset(table.same_model)
        )
    return handlings
