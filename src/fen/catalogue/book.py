"""The price book of one model: tariffs through time, to which one only appends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from fen.catalogue.tariff import PriceRow, Tariff, Tier
from fen.wire.usage import METERS

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""What an open start counts as."""

_END = datetime.max.replace(tzinfo=UTC)
_HORIZON = timedelta(days=1)

Span = tuple[datetime, datetime]


class PriceBook(msgspec.Struct, frozen=True):
    """A model's tariffs in the order in which they were learnt.

    At any instant, one tariff of a tier and currency holds: the one that began last; of those that began
    together, one bound to hours before one that is not; then the one learnt last. So a tariff that is
    appended changes nothing before its start, and no tariff need ever be edited to end another.
    currencies: which is meant where several have a price, the vendor's own first.
    """

    tariffs: tuple[Tariff, ...] = ()
    currencies: tuple[str, ...] = ()

    def append(self, tariff: Tariff) -> PriceBook:
        """Return a book with one more tariff."""
        return PriceBook((*self.tariffs, tariff), self.currencies)

    def find(self, at: datetime, tier: Tier) -> Tariff | None:
        """Return the tariff that holds at an instant; None where no price is known."""
        found = [
            (self._rank(tariff), _order(index, tariff), tariff)
            for index, tariff in enumerate(self.tariffs)
            if tariff.tier == tier and tariff.holds(at)
        ]
        by_currency: dict[tuple[int, str], tuple[tuple[datetime, bool, int], Tariff]] = {}
        for rank, order, tariff in found:
            best = by_currency.get(rank)
            if best is None or order > best[0]:
                by_currency[rank] = (order, tariff)
        # A tariff without prices says that the price is unknown; another currency may still have one.
        for _, (_, tariff) in sorted(by_currency.items(), key=lambda item: item[0]):
            if tariff.prices:
                return tariff
        return None

    def changes_after(self, at: datetime, tier: Tier) -> datetime:
        """Return the first instant after `at` at which another tariff may hold (at most a day ahead)."""
        edges = [at + _HORIZON]
        for tariff in self.tariffs:
            if tariff.tier == tier:
                edges += [edge for edge in (tariff.starts, tariff.ends) if edge is not None and edge > at]
                edges += [edge for window in tariff.windows for edge in window.edges(at)]
        return min(edges)

    def rows(self, model: str, vendor: str) -> list[PriceRow]:
        """Return every price through time: by tier, currency and start, then meter and bracket."""
        rows: list[PriceRow] = []
        numbered = sorted(
            enumerate(self.tariffs), key=lambda item: (item[1].tier, self._rank(item[1]), _order(*item))
        )
        for index, tariff in numbered:
            for span in self._spans(index, tariff):
                rows += _make_rows(model, vendor, tariff, span)
        return rows

    def _rank(self, tariff: Tariff) -> tuple[int, str]:
        known = self.currencies
        currency = tariff.currency
        return (known.index(currency) if currency in known else len(known), currency)

    def _spans(self, index: int, tariff: Tariff) -> list[Span]:
        """Return when a tariff holds: its validity less that of the unscheduled ones that precede it."""
        whole = (tariff.starts or BEGINNING, tariff.ends or _END)
        spans = [whole] if whole[0] < whole[1] else []
        order = _order(index, tariff)
        for other_index, other in enumerate(self.tariffs):
            same = other.tier == tariff.tier and other.currency == tariff.currency
            if same and not other.windows and _order(other_index, other) > order:
                spans = _subtract(spans, (other.starts or BEGINNING, other.ends or _END))
        return spans


def _order(index: int, tariff: Tariff) -> tuple[datetime, bool, int]:
    return (tariff.starts or BEGINNING, bool(tariff.windows), index)


def _subtract(spans: Sequence[Span], taken: Span) -> list[Span]:
    if taken[0] >= taken[1]:
        return list(spans)  # it never holds, and has nothing to take
    left: list[Span] = []
    for start, end in spans:
        left += [(start, min(end, taken[0])), (max(start, taken[1]), end)]
    return [span for span in left if span[0] < span[1]]


def _make_rows(model: str, vendor: str, tariff: Tariff, span: Span) -> list[PriceRow]:
    tables = [(0, tariff.prices), *((bracket.above, bracket.prices) for bracket in tariff.brackets)]
    return [
        PriceRow(
            model=model,
            vendor=vendor,
            currency=tariff.currency,
            meter=meter,
            price=table[meter],
            tier=tariff.tier,
            above=above,
            schedule=tariff.windows,
            valid_from=None if span[0] == BEGINNING else span[0],
            valid_to=None if span[1] == _END else span[1],
            source=tariff.source,
            checked=tariff.checked,
            note=tariff.note,
        )
        for meter in METERS
        for above, table in tables
        if meter in table
    ]
