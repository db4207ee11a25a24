"""Puts the catalogue together: the harvest, the overlays over it, the configuration over both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from fen.catalogue.card import Card, Fact
from fen.catalogue.facts import lay_over
from fen.catalogue.harvest import Harvest, read_harvest
from fen.catalogue.lookup import Catalogue
from fen.catalogue.overlay import Overlay, read_overlays
from fen.catalogue.override import ModelOverride
from fen.catalogue.shelf import Shelf
from fen.catalogue.vendors import read_vendors


def load_catalogue(overrides: Sequence[ModelOverride] = (), accepted: Sequence[Overlay] = ()) -> Catalogue:
    """Return the catalogue with a configuration's models; each override replaces only what it gives.

    accepted: overlays of the user's own, whose prices are appended to those of the package; models that it
    lacks are added.
    """
    harvest, overlays, vendors = read_harvest(), read_overlays(), read_vendors()
    cards = {card.id: card for card in _harvested_cards(harvest)}
    for overlay in overlays:
        for name in overlay.models:
            card = lay_over(cards.get(f"{overlay.vendor}/{name}"), overlay, name)
            cards[card.id] = card
    for overlay in accepted:  # its prices alone, of models that are known
        for name in overlay.models:
            if f"{overlay.vendor}/{name}" not in cards:
                card = lay_over(None, overlay, name)
                cards[card.id] = card
    today = datetime.now(UTC).date()
    for override in overrides:
        cards[override.id] = override.apply(cards.get(override.id), today)
    shelf = Shelf(harvest, overlays, overrides, vendors, today, accepted)
    makers = frozenset(name for name, row in vendors.items() if row.maker)
    return Catalogue(cards.values(), shelf.open, makers, shelf)


def _harvested_cards(harvest: Harvest) -> Iterable[Card]:
    source = f"{harvest.header.library} {harvest.header.version}"
    day = harvest.header.harvested
    for listed in harvest.models:
        window = listed.context_window
        yield Card(
            id=f"{listed.vendor}/{listed.model}",
            vendor=listed.vendor,
            name=listed.name or listed.model,
            upstream=listed.vendor,
            upstream_model=listed.model,
            context_window=Fact(window, source, day) if window else None,
            aliases=listed.aliases,
            patterns=listed.patterns,
        )
