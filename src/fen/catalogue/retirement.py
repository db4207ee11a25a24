"""What becomes of a call to a model that its vendor serves no more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from fen.catalogue.card import Card, Retirement
from fen.catalogue.lookup import Catalogue
from fen.wire.errors import ModelRetired

OnRetired = Literal["refuse", "successor"]
"""Refuse a call to a retired model, or give it the model that its vendor names instead."""


def resolve(card: Card, catalogue: Catalogue, at: datetime, on_retired: OnRetired = "refuse") -> Card:
    """Return the card that answers at an instant: the card itself until its vendor retires it.

    From then on its successor, or that one's, where `on_retired` says so. Raises ModelRetired.
    """
    if card.retirement is None:
        return card
    day = at.astimezone(UTC).date()
    end = _end(card, day)
    if end is None:
        return card
    stand_in = _stand_in(card, catalogue, day)
    if on_retired != "successor" or stand_in is None:
        raise _complain(card, end, stand_in)
    return stand_in


def is_retired(card: Card, day: date) -> bool:
    """Whether the vendor has retired a model by a day."""
    return _end(card, day) is not None


def _end(card: Card, day: date) -> Retirement | None:
    end = card.retirement
    return end if end is not None and end.retired is not None and end.retired <= day else None


def _stand_in(card: Card, catalogue: Catalogue, day: date) -> Card | None:
    """Follow the successors to the first that is served; None where the chain breaks off, or turns back."""
    seen = {card.id}
    found: Card | None = card
    while found is not None and is_retired(found, day):
        end = found.retirement
        found = catalogue.find(end.successor) if end is not None and end.successor else None
        if found is not None and found.id in seen:
            return None
        if found is not None:
            seen.add(found.id)
    return found


def _complain(card: Card, end: Retirement, stand_in: Card | None) -> ModelRetired:
    expected = f"a model that is served, such as {stand_in.id}" if stand_in else "a model that is served"
    return ModelRetired(
        f"model: found {card.id}, which {card.vendor} retired on {end.retired} ({end.source}),"
        f" expected {expected}",
        param="model",
    )
