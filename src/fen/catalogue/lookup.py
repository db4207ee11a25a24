"""The catalogue: from a name to a card, from a card and a moment to its rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Protocol

from msgspec.structs import replace

from fen.catalogue.book import PriceBook
from fen.catalogue.card import Card
from fen.catalogue.events import Event
from fen.catalogue.names import NameIndex
from fen.catalogue.rates import Rates, make_rates
from fen.catalogue.tariff import TIERS, PriceRow, Tier


class Past(Protocol):
    """What became of models, those among them that have no card."""

    def events(self, model: str) -> Sequence[Event]:
        """Return what became of a model, oldest first."""
        ...

    def past(self, known: Iterable[str]) -> Sequence[Card]:
        """Return cards of the models of which only events are known; `known` are the ids of the others."""
        ...

    def offset(self, vendor: str) -> int:
        """Return the minutes east of UTC of a vendor's days."""
        ...


class Catalogue:
    """Known models and their prices through time.

    cards: in the order in which they are listed. open_book: makes a card's price book when it is first
    asked for. makers: vendors that make their models, whom a bare name means before a reseller. past: what
    became of models; without it nothing is known of that.
    """

    def __init__(
        self,
        cards: Iterable[Card],
        open_book: Callable[[Card], PriceBook],
        makers: frozenset[str] = frozenset(),
        past: Past | None = None,
    ) -> None:
        self._cards = {card.id: card for card in cards}
        self.makers = makers
        self._past = past
        self._names = NameIndex(self._cards.values(), makers)
        self._open_book = open_book
        self._books: dict[str, PriceBook] = {}
        self._rates: dict[tuple[str, Tier], tuple[datetime, datetime, Rates | None]] = {}

    def find(self, wanted: str) -> Card | None:
        """Return the card of an id, or of a model's name or alias that can mean one model only.

        An alias is the vendor's own name for a version: the card that comes back calls the upstream by it.
        """
        card = self._cards.get(wanted)
        if card is not None:
            return card
        meant = self._names.find(wanted)
        if len(meant) != 1:
            return None
        [(card_id, upstream_model)] = meant.items()
        card = self._cards[card_id]
        return card if upstream_model is None else replace(card, upstream_model=upstream_model)

    def find_ever(self, wanted: str) -> Card | None:
        """Return the card of a name as `find` does, or that of a model of which only its history is known."""
        return self.find(wanted) or self._bygone.find(wanted)

    def matches(self, wanted: str) -> Sequence[str]:
        """Return the ids that a name could mean; more than one where it is ambiguous."""
        return [wanted] if wanted in self._cards else sorted(self._names.find(wanted))

    def cards(self) -> Sequence[Card]:
        """Return all cards."""
        return list(self._cards.values())

    def all_cards(self) -> Sequence[Card]:
        """Return all cards, and those of models of which only their history is known."""
        return [*self._cards.values(), *self._bygone_cards.values()]

    def events(self, card_id: str) -> Sequence[Event]:
        """Return what became of a model, oldest first; none where nothing was written down."""
        return self._past.events(card_id) if self._past is not None else ()

    def rates(self, card_id: str, at: datetime, tier: Tier = "standard") -> Rates | None:
        """Return what a model's tokens cost at an instant; None where no price is known.

        Raises ValueError for an instant without a time zone.
        """
        if at.tzinfo is None:
            raise ValueError(f"found {at}, a time without a zone, expected an instant")
        held = self._rates.get((card_id, tier))
        if held is not None and held[0] <= at < held[1]:
            return held[2]
        return self._look_up(card_id, at, tier)

    def prices(self, card_id: str) -> Sequence[PriceRow]:
        """Return all rows of a model's price book through time; none where no price was ever known."""
        card = self._cards.get(card_id) or self._bygone_cards.get(card_id)
        return self._book(card).rows(card.id, card.vendor) if card else []

    @cached_property
    def _bygone_cards(self) -> dict[str, Card]:
        past = self._past.past(self._cards) if self._past is not None else ()
        return {card.id: card for card in past}

    @cached_property
    def _bygone(self) -> Catalogue:
        return Catalogue(self._bygone_cards.values(), self._open_book, self.makers)

    def clock(self, card: Card, at: datetime) -> datetime:
        """Return an instant by the clock of a card's vendor: there midnight begins its days and prices."""
        offset = self._past.offset(card.vendor) if self._past is not None else 0
        return at.astimezone(timezone(timedelta(minutes=offset)))

    def _look_up(self, card_id: str, at: datetime, tier: Tier) -> Rates | None:
        card = self._cards.get(card_id) or self._bygone_cards.get(card_id)
        if card is None or tier not in TIERS:  # not cached: a stranger's words must not fill the memory
            return None
        book = self._book(card)
        tariff = book.find(at, tier)
        rates = make_rates(tariff) if tariff else None
        self._rates[card_id, tier] = (at, book.changes_after(at, tier), rates)
        return rates

    def _book(self, card: Card) -> PriceBook:
        book = self._books.get(card.id)
        if book is None:
            book = self._books[card.id] = self._open_book(card)
        return book
