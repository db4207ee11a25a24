"""Puts the catalogue together: the harvest, the overlays over it, the configuration over both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from msgspec.structs import replace

from fen.catalogue.book import BEGINNING, PriceBook
from fen.catalogue.card import Card, Fact
from fen.catalogue.facts import lay_over
from fen.catalogue.harvest import Harvest, Listed, read_harvest, read_tariffs
from fen.catalogue.lookup import Catalogue
from fen.catalogue.overlay import Overlay, convert_tariff, read_overlays
from fen.catalogue.override import ModelOverride
from fen.catalogue.tariff import Tariff
from fen.catalogue.vendors import VendorRow, read_vendors


def load_catalogue(overrides: Sequence[ModelOverride] = ()) -> Catalogue:
    """Return the catalogue with a configuration's models; each override replaces only what it gives."""
    harvest, overlays, vendors = read_harvest(), read_overlays(), read_vendors()
    cards = {card.id: card for card in _harvested_cards(harvest)}
    for overlay in overlays:
        for name in overlay.models:
            card = lay_over(cards.get(f"{overlay.vendor}/{name}"), overlay, name)
            cards[card.id] = card
    today = datetime.now(UTC).date()
    for override in overrides:
        cards[override.id] = override.apply(cards.get(override.id), today)
    shelf = _Shelf(harvest.models, overlays, overrides, vendors, today)
    makers = frozenset(name for name, row in vendors.items() if row.maker)
    return Catalogue(cards.values(), shelf.open, makers)


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


class _Shelf:
    """Makes price books when they are asked for: most of them never are."""

    def __init__(
        self,
        listed: Iterable[Listed],
        overlays: Iterable[Overlay],
        overrides: Iterable[ModelOverride],
        vendors: Mapping[str, VendorRow],
        today: date,
    ) -> None:
        self._listed = {f"{model.vendor}/{model.model}": model for model in listed}
        self._overlaid = {
            f"{overlay.vendor}/{name}": (overlay, row)
            for overlay in overlays
            for name, row in overlay.models.items()
            if row.prices
        }
        self._overrides = overrides
        self._vendors = vendors
        self._today = today

    def open(self, card: Card) -> PriceBook:
        """Return a card's price book."""
        tariffs = self._known(card.id)
        given = (override.tariffs(self._today) for override in self._overrides if override.id == card.id)
        own = {tariff.tier: tariff for each in given for tariff in each}
        tariffs = [tariff for tariff in tariffs if tariff.tier not in own] + list(own.values())
        return PriceBook(tuple(tariffs), self._vendors.get(card.vendor, VendorRow()).currencies)

    def _known(self, card_id: str) -> list[Tariff]:
        """Return the overlay's tariffs, and the harvest's where the overlay has none, or none so late."""
        listed = self._listed.get(card_id)
        tariffs = [_as_read(tariff) for tariff in read_tariffs(listed)] if listed else []
        if card_id not in self._overlaid:
            return tariffs
        overlay, row = self._overlaid[card_id]
        better = [convert_tariff(tariff, overlay) for tariff in row.prices]
        last: dict[tuple[str, str], datetime] = {}
        for tariff in better:
            key = (tariff.tier, tariff.currency)
            last[key] = max(last.get(key, BEGINNING), tariff.starts or BEGINNING)
        kept = [t for t in tariffs if _is_news(t, last.get((t.tier, t.currency)))]
        return [*better, *kept]


def _as_read(tariff: Tariff) -> Tariff:
    """Say of a harvested price that the library was read on that day, and not the vendor's page."""
    return replace(tariff, note=tariff.note or "as genai-prices has it")


def _is_news(tariff: Tariff, last: datetime | None) -> bool:
    return last is None or (tariff.starts is not None and tariff.starts > last)
