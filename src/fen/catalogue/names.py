"""What a name can mean: bare names, the vendors' own aliases, names by their beginning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from fen.catalogue.card import Card

Meaning = tuple[Card, str | None]
"""A card, and the upstream's name for it where that is an alias."""


class NameIndex:
    """Finds cards by other names than their id.

    makers: vendors that make their models; where a maker and resellers have a name, the maker is meant.
    Letters' case is only looked at first.
    """

    def __init__(self, cards: Iterable[Card], makers: frozenset[str]) -> None:
        self._cards = cards
        self._makers = makers

    def find(self, wanted: str) -> Mapping[str, str | None]:
        """Return the ids that a name can mean, each with the alias to send; None is the card's own name."""
        meanings = self._exact.get(wanted) or self._exact.get(wanted.lower(), [])
        if not any(card.vendor in self._makers for card, _ in meanings):
            # A reseller may list a version by name that its maker knows by its beginning.
            meanings = [*meanings, *self._by_pattern(wanted)]
        return self._narrow(meanings)

    def _narrow(self, meanings: Sequence[Meaning]) -> dict[str, str | None]:
        """Prefer makers, then models that have the name over those that have it as an alias."""
        made = [meaning for meaning in meanings if meaning[0].vendor in self._makers] or meanings
        own = [meaning for meaning in made if meaning[1] is None] or made
        return {card.id: alias for card, alias in own}

    @cached_property
    def _exact(self) -> dict[str, list[Meaning]]:
        index: dict[str, list[Meaning]] = {}
        for card in self._cards:
            _, _, model = card.id.partition("/")
            names: dict[str, str | None] = {model: None, model.lower(): None}
            for alias in card.aliases:
                for name in (
                    alias,
                    f"{card.vendor}/{alias}",
                    alias.lower(),
                    f"{card.vendor}/{alias}".lower(),
                ):
                    names.setdefault(name, alias)
            names.setdefault(card.id.lower(), None)
            for name, alias in names.items():
                index.setdefault(name, []).append((card, alias))
        return index

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Card]]:
        return [(re.compile(pattern), card) for card in self._cards for pattern in card.patterns]

    def _by_pattern(self, wanted: str) -> list[Meaning]:
        """Return the cards whose patterns a name fits; the longest fit, where one vendor has several."""
        fits: dict[str, tuple[int, Meaning]] = {}
        for pattern, card in self._patterns:
            name = wanted.removeprefix(f"{card.vendor}/")
            fit = pattern.match(name)
            if fit is not None and fit.end() > fits.get(card.vendor, (0, None))[0]:
                fits[card.vendor] = (fit.end(), (card, name))
        qualified = fits.get(wanted.partition("/")[0])
        return [qualified[1]] if qualified else [meaning for _, meaning in fits.values()]
