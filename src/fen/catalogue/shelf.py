"""The shelf of price books: where a model's tariffs come from, and which source goes before which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property

from msgspec.structs import replace

from fen.catalogue.book import BEGINNING, PriceBook
from fen.catalogue.card import Card
from fen.catalogue.events import Event, find_release, make_card, make_tariffs, read_events
from fen.catalogue.harvest import Harvest, read_tariffs
from fen.catalogue.overlay import Overlay, TariffRow, convert_tariff, read_offset
from fen.catalogue.override import ModelOverride
from fen.catalogue.tariff import Tariff
from fen.catalogue.vendors import VendorRow

SEEN_THEN = "seen on that day; since when is not stated"
"""What is said of a price whose open start would contradict the history."""


class Shelf:
    """Makes price books when they are asked for: most of them never are.

    accepted: overlays of the user's own, appended to what the package knows. today: the day of overrides.
    """

    def __init__(
        self,
        harvest: Harvest,
        overlays: Sequence[Overlay],
        overrides: Sequence[ModelOverride],
        vendors: Mapping[str, VendorRow],
        today: date,
        accepted: Iterable[Overlay] = (),
    ) -> None:
        self._listed = {f"{model.vendor}/{model.model}": model for model in harvest.models}
        self._harvested = harvest.header.harvested
        self._overlaid = _by_model(overlays)
        self._offsets = {overlay.vendor: read_offset(overlay.utc_offset) for overlay in overlays}
        self._accepted = _by_model(accepted)
        self._overrides = overrides
        self._vendors = vendors
        self._today = today

    def open(self, card: Card) -> PriceBook:
        """Return a card's price book."""
        tariffs = self._known(card)
        given = (override.tariffs(self._today) for override in self._overrides if override.id == card.id)
        own = {tariff.tier: tariff for each in given for tariff in each}
        tariffs = [tariff for tariff in tariffs if tariff.tier not in own] + list(own.values())
        return PriceBook(tuple(tariffs), self._vendors.get(card.vendor, VendorRow()).currencies)

    def events(self, model: str) -> Sequence[Event]:
        """Return what became of a model, oldest first."""
        return self._told.get(model, ())

    def past(self, known: Iterable[str]) -> list[Card]:
        """Return cards of the models of which only events are known; `known` are the ids of the others."""
        return [make_card(model, told) for model, told in self._told.items() if model not in set(known)]

    def offset(self, vendor: str) -> int:
        """Return the minutes east of UTC of a vendor's days."""
        return self._offsets.get(vendor, 0)

    @cached_property
    def _told(self) -> Mapping[str, list[Event]]:
        told: dict[str, list[Event]] = {}
        for event in read_events():
            told.setdefault(event.model, []).append(event)
        return told

    def _known(self, card: Card) -> list[Tariff]:
        """Return the overlay's tariffs, the harvest's where it has none or none so late, the history's."""
        listed = self._listed.get(card.id)
        tariffs = [_as_read(tariff) for tariff in read_tariffs(listed)] if listed else []
        if card.id in self._overlaid:
            better = _convert(self._overlaid[card.id])
            last: dict[tuple[str, str], datetime] = {}
            for tariff in better:
                key = (tariff.tier, tariff.currency)
                last[key] = max(last.get(key, BEGINNING), tariff.starts or BEGINNING)
            tariffs = [*better, *(t for t in tariffs if _is_news(t, last.get((t.tier, t.currency))))]
        told = self._told.get(card.id)
        if told is not None:
            tariffs = lay_history(tariffs, told, self._harvested, _end(card, told))
        return [*tariffs, *(_convert(self._accepted[card.id]) if card.id in self._accepted else ())]


def lay_history(
    tariffs: Sequence[Tariff], told: Sequence[Event], harvested: date, retired: date | None = None
) -> list[Tariff]:
    """Return a model's tariffs with those of its history.

    A price list that an overlay states from the same moment on goes before the event's. Where events tell a
    price, no other of its tier and currency holds before the release, and one with an open start says no more
    than that it was seen, on the day it was checked (`harvested`, where it was not): it begins then, unless
    it says what the last event says, or the model is no longer served on that day (`retired`).
    """
    dated = [tariff for tariff in make_tariffs(told) if not _is_stated(tariff, tariffs)]
    release = find_release(told)
    kept: list[Tariff] = []
    for tariff in tariffs:
        if tariff.starts is not None:
            kept.append(tariff)
            continue
        day = tariff.checked or harvested
        seen = datetime(day.year, day.month, day.day, tzinfo=UTC)
        last = _find_last(dated, tariff)
        begins = any(_is_alike(t, tariff) and t.starts is not None and t.starts < seen for t in tariffs)
        if last is None:
            kept.append(tariff)
        elif begins:
            kept.append(replace(tariff, starts=release))
        elif (last.prices, last.brackets) == (tariff.prices, tariff.brackets):
            dated = [_confirm(each, tariff) if each is last else each for each in dated]
        elif retired is None or day < retired:
            kept.append(
                replace(tariff, starts=seen, note=f"{tariff.note}, {SEEN_THEN}" if tariff.note else SEEN_THEN)
            )
    return [*kept, *dated]


def _confirm(tariff: Tariff, seen: Tariff) -> Tariff:
    """Return a tariff with the source of one that says the same, where only that one was checked."""
    if tariff.checked is not None or seen.checked is None:
        return tariff
    return replace(tariff, source=seen.source, checked=seen.checked, note=tariff.note or seen.note)


def _find_last(dated: Iterable[Tariff], like: Tariff) -> Tariff | None:
    """Return the last tariff with a start that is of another one's tier and currency."""
    alike = [tariff for tariff in dated if tariff.starts is not None and _is_alike(tariff, like)]
    return max(alike, key=lambda tariff: tariff.starts or BEGINNING, default=None)


def _is_alike(tariff: Tariff, other: Tariff) -> bool:
    return (tariff.tier, tariff.currency) == (other.tier, other.currency)


def _is_stated(tariff: Tariff, tariffs: Iterable[Tariff]) -> bool:
    """Whether an overlay has a price list from the same moment on; the harvest's open start is none."""
    return any(
        _is_alike(other, tariff)
        and other.starts == tariff.starts
        and other.starts is not None
        and not other.windows
        for other in tariffs
    )


_Stated = tuple[Overlay, Sequence[TariffRow]]


def _by_model(overlays: Iterable[Overlay]) -> dict[str, _Stated]:
    return {
        f"{overlay.vendor}/{name}": (overlay, row.prices)
        for overlay in overlays
        for name, row in overlay.models.items()
        if row.prices
    }


def _convert(stated: _Stated) -> list[Tariff]:
    overlay, rows = stated
    return [convert_tariff(row, overlay) for row in rows]


def _as_read(tariff: Tariff) -> Tariff:
    """Say of a harvested price that the library was read on that day, and not the vendor's page."""
    return replace(tariff, note=tariff.note or "as genai-prices has it")


def _is_news(tariff: Tariff, last: datetime | None) -> bool:
    return last is None or (tariff.starts is not None and tariff.starts > last)


def _end(card: Card, told: Iterable[Event]) -> date | None:
    if card.retirement is not None and card.retirement.retired is not None:
        return card.retirement.retired
    return next((event.day for event in told if event.what == "retirement"), None)
