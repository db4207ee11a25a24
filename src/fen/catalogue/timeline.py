"""What became of all models, narrowed to what is wanted of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from fen.catalogue.card import Card
from fen.catalogue.events import What
from fen.catalogue.history import Entry, list_timeline
from fen.catalogue.lookup import Catalogue
from fen.catalogue.tariff import Tier


class Wanted(msgspec.Struct, frozen=True):
    """Which entries are wanted.

    words: all of them are in a model's id. vendors: none is all. currency, tier: of prices; None is any
    currency. what: none is all. cuts: only prices that fell.
    """

    words: str = ""
    vendors: tuple[str, ...] = ()
    currency: str | None = None
    tier: Tier = "standard"
    what: tuple[What, ...] = ()
    cuts: bool = False


def find_entries(
    catalogue: Catalogue, wanted: Wanted, since: datetime | None = None, until: datetime | None = None
) -> list[Entry]:
    """Return the entries of a time, as `list_timeline` has it, that are wanted; the oldest first."""
    words = wanted.words.casefold().split()
    return [
        entry
        for entry in list_timeline(catalogue, since, until, wanted.vendors)
        if _is_wanted(entry, wanted) and all(word in entry.model.casefold() for word in words)
    ]


def find_cards(catalogue: Catalogue, wanted: Wanted) -> list[Card]:
    """Return the models whose entries are wanted."""
    words = wanted.words.casefold().split()
    return [
        card
        for card in catalogue.all_cards()
        if (not wanted.vendors or card.vendor in wanted.vendors)
        and all(word in card.id.casefold() for word in words)
    ]


def _is_wanted(entry: Entry, wanted: Wanted) -> bool:
    if entry.prices and entry.tier != wanted.tier:
        return False
    if wanted.currency is not None and entry.prices and entry.currency != wanted.currency:
        return False
    return (not wanted.cuts or entry.is_cut) and (not wanted.what or entry.what in wanted.what)
