"""What the settings offer: models, prices and upstreams, without opening anything."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fen.accounts.tier import make_tiers
from fen.app.guarding import read_guards
from fen.app.manifest import Manifest, list_files, read_manifests
from fen.app.models import build_catalogue
from fen.app.routes import read_routes
from fen.app.settings import Settings
from fen.app.tables import EmbeddedTable
from fen.app.upstreams import Upstreams, list_upstreams
from fen.catalogue import Card, Catalogue
from fen.routing import RoutePolicy


class Offers(msgspec.Struct, frozen=True):
    """A catalogue, the ids of the upstreams that can answer, and the routes among their models.

    embedded: the models that Fen itself runs.
    """

    catalogue: Catalogue
    upstreams: frozenset[str]
    routes: tuple[RoutePolicy, ...] = ()
    embedded: Mapping[str, EmbeddedTable] = {}

    def find(self, query: str | None, everything: bool) -> list[Card]:
        """Return the models whose id, name or aliases have every word of a query in them, by id.

        everything: those too whose upstream is not enabled.
        """
        words = (query or "").casefold().split()
        found = [
            card
            for card in self.catalogue.cards()
            if (everything or card.upstream in self.upstreams)
            and all(word in " ".join((card.id, card.name, *card.aliases)).casefold() for word in words)
        ]
        return sorted(found, key=lambda card: card.id)

    def find_routes(self, query: str | None) -> list[RoutePolicy]:
        """Return the routes whose name has every word of a query in it."""
        words = (query or "").casefold().split()
        return [route for route in self.routes if all(word in route.name.casefold() for word in words)]

    def manifests(self, model: str) -> tuple[Manifest, ...]:
        """Return what the files of a model that Fen runs say of themselves: its weights, then its adapters.

        Raises ConfigError where a manifest is malformed, or its file of another size.
        """
        table = self.embedded.get(model)
        return () if table is None else read_manifests(list_files(table))


def read_offers(settings: Settings) -> Offers:
    """Return what the settings offer.

    Raises ConfigError where they do not allow a start.
    """
    read_guards(settings, make_tiers(settings.tiers))
    upstreams = Upstreams(settings)
    enabled = frozenset(offer.id for offer in list_upstreams(settings) if offer.enabled)
    embedded = upstreams.embedded_models()
    catalogue = build_catalogue(settings, embedded)
    routes = tuple(plan.policy for plan in read_routes(settings, catalogue).values())
    return Offers(catalogue, enabled, routes, embedded)
