"""Models that are asked, and whose vendor has announced their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import msgspec

from fen.catalogue import Catalogue
from fen.ledger import UsageRow


class Retiring(msgspec.Struct, frozen=True):
    """A model with an end, and how often it was asked.

    days: left until then, none or fewer once it is gone. checked: when the source was seen to say so. What is
    not known is None.
    """

    model: str
    requests: int
    announced: date | None
    retired: date | None
    days: int | None
    successor: str | None
    source: str
    checked: date | None


def list_retiring(catalogue: Catalogue, usage: Iterable[UsageRow], today: date) -> list[Retiring]:
    """Return the models of recorded traffic that have an end, the soonest first."""
    asked: Counter[str] = Counter()
    for row in usage:
        if row.model is not None:
            asked[row.model] += row.requests
    found: list[Retiring] = []
    for model, requests in asked.items():
        card = catalogue.find(model)
        if card is None or card.retirement is None:
            continue
        end = card.retirement
        days = None if end.retired is None else (end.retired - today).days
        found.append(
            Retiring(
                model, requests, end.announced, end.retired, days, end.successor, end.source, end.checked
            )
        )
    return sorted(found, key=lambda item: (item.retired or date.max, item.model))
