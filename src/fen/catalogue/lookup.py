"""The catalogue: from a name to a card, from a card and a moment to its rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from fen.catalogue.book import PriceBook
from fen.catalogue.card import Card
from fen.catalogue.names import NameIndex
from fen.catalogue.rates import Rates, make_rates
from fen.catalogue.tariff import TIERS, PriceRow, Tier


class Catalogue:
    """Known models and their prices through time.

    cards: in the order in which they are listed. open_book: makes a card's price book when it is first
    asked for. makers: vendors that make their models, whom a bare name means before a reseller.
    """

    def __init__(
        self,
        cards: Iterable[Card],
        open_book: Callable[[Card], PriceBook],
        makers: frozenset[str] = frozenset(),
    ) -> None:
        self._cards = {card.id: card for card in cards}
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

    def matches(self, wanted: str) -> Sequence[str]:
        """Return the ids that a name could mean; more than one where it is ambiguous."""
        return [wanted] if wanted in self._cards else sorted(self._names.find(wanted))

    def cards(self) -> Sequence[Card]:
        """Return all cards."""
        return list(self._cards.values())

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
        card = self._cards.get(card_id)
        return self._book(card).rows(card.id, card.vendor) if card else []

    def _look_up(self, card_id: str, at: datetime, tier: Tier) -> Rates | None:
        card = self._cards.get(card_id)
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
