"""What a model cost on a day, what changed between two days, who cut prices and by how much, and what ended.

Changes are taken from the price books, so that both say the same; events add what else became of a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from fen.catalogue.book import BEGINNING
from fen.catalogue.card import Card, Retirement
from fen.catalogue.events import Event, Step, What
from fen.catalogue.lookup import Catalogue
from fen.catalogue.schedule import Window
from fen.catalogue.tariff import TIERS, PriceRow, Tier
from fen.wire.usage import METERS, Meter

Key = tuple[Tier, str, tuple[Window, ...], int, Meter]
"""What has one price at an instant: tier, currency, hours, length of the prompt, meter."""

_HUNDRED = Decimal(100)


class Change(msgspec.Struct, frozen=True):
    """A price that began, changed or ended; None is no price. `at` None: it was there from the beginning."""

    key: Key
    at: datetime | None
    before: Decimal | None
    after: Decimal | None
    row: PriceRow


def write_percent(percent: Decimal) -> str:
    """Return a change in percent with its sign, to a tenth: `-87.5%`."""
    return f"{percent:+.1f}".removesuffix(".0") + "%"


class PriceStep(msgspec.Struct, frozen=True):
    """What a million tokens of a meter cost before and after; None is unknown.

    percent: by how much it rose, negative where it fell; None where that is not a number.
    """

    meter: Meter
    before: Decimal | None
    after: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        """Return the change in percent of what it was."""
        return find_percent(self.before, self.after)


class Entry(msgspec.Struct, frozen=True):
    """A line of the timeline: what became of a model on a day, by its vendor's clock.

    prices: those that changed, of one tier, currency, length of the prompt (`above`) and hours. checked: None
    where the source was not opened.
    """

    at: datetime
    day: date
    vendor: str
    model: str
    what: What
    source: str
    checked: date | None = None
    currency: str | None = None
    tier: Tier = "standard"
    above: int = 0
    schedule: tuple[Window, ...] = ()
    prices: tuple[PriceStep, ...] = ()
    steps: tuple[Step, ...] = ()
    successor: str | None = None
    note: str | None = None

    @property
    def is_cut(self) -> bool:
        """Whether a price fell and none rose."""
        both = [(p.before, p.after) for p in self.prices]
        moves = [after - before for before, after in both if before is not None and after is not None]
        return any(move < 0 for move in moves) and not any(move > 0 for move in moves)


def find_percent(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Return by how many percent a price rose; None where one is unknown, or it was nothing before."""
    if before is None or after is None or before == 0:
        return None
    return (after - before) / before * _HUNDRED


def list_changes(rows: Iterable[PriceRow]) -> list[Change]:
    """Return the changes that a book's rows tell, oldest first; `replay` turns them back into prices."""
    series: dict[Key, list[PriceRow]] = {}
    for row in rows:
        series.setdefault(_key(row), []).append(row)
    found = [change for key, each in series.items() for change in _walk(key, each)]
    return sorted(found, key=lambda change: (change.at or BEGINNING, METERS.index(change.key[-1])))


def replay(changes: Iterable[Change], at: datetime) -> dict[Key, Decimal]:
    """Return the prices of an instant, by what has one, as the changes up to then leave them."""
    prices: dict[Key, Decimal] = {}
    for change in changes:
        if change.at is not None and change.at > at:
            continue
        if change.after is None:
            prices.pop(change.key, None)
        else:
            prices[change.key] = change.after
    return prices


def list_entries(catalogue: Catalogue, card: Card) -> list[Entry]:
    """Return what became of a model, oldest first."""
    events = catalogue.events(card.id)
    groups: dict[tuple[datetime, tuple[object, ...]], list[Change]] = {}
    for change in list_changes(catalogue.prices(card.id)):
        if change.at is not None and change.before != change.after:
            groups.setdefault((change.at, change.key[:-1]), []).append(change)
    entries = [_price_entry(catalogue, card, changes, events) for changes in groups.values()]
    told = {(entry.at, entry.currency, entry.tier) for entry in entries}
    entries += [_event_entry(event) for event in events if (event.at, event.currency, event.tier) not in told]
    end = card.retirement
    if end is not None and end.retired is not None and not any(e.what == "retirement" for e in entries):
        entries.append(_end_entry(card, end, end.retired))
    return sorted(entries, key=_order)


def list_timeline(
    catalogue: Catalogue,
    since: datetime | None = None,
    until: datetime | None = None,
    vendors: Sequence[str] = (),
) -> list[Entry]:
    """Return what became of all models from a moment on and before another, oldest first."""
    cards = [card for card in catalogue.all_cards() if not vendors or card.vendor in vendors]
    found = [entry for card in cards for entry in list_between(catalogue, card, since, until)]
    return sorted(found, key=_order)


def list_between(
    catalogue: Catalogue, card: Card, since: datetime | None = None, until: datetime | None = None
) -> list[Entry]:
    """Return what became of a model from a moment on and before another.

    The moments are by the vendor's clock, whatever zone they name: a day is each vendor's own.
    """
    bounds = [None if one is None else one.replace(tzinfo=None) for one in (since, until)]
    found: list[Entry] = []
    for entry in list_entries(catalogue, card):
        local = catalogue.clock(card, entry.at).replace(tzinfo=None)
        if (bounds[0] is None or bounds[0] <= local) and (bounds[1] is None or local < bounds[1]):
            found.append(entry)
    return found


def find_end(catalogue: Catalogue, card: Card) -> date | None:
    """Return the day on which a model was, or will be, retired; None where none is known."""
    if card.retirement is not None and card.retirement.retired is not None:
        return card.retirement.retired
    return next((e.day for e in catalogue.events(card.id) if e.what == "retirement"), None)


def find_start(catalogue: Catalogue, card: Card) -> date | None:
    """Return the day on which a model was released; None where none is known."""
    return next((e.day for e in catalogue.events(card.id) if e.what == "release"), None)


def _order(entry: Entry) -> tuple[datetime, str, int, str, int]:
    return (entry.at, entry.model, TIERS.index(entry.tier), entry.currency or "", entry.above)


def _key(row: PriceRow) -> Key:
    return (row.tier, row.currency, row.schedule, row.above, row.meter)


def _walk(key: Key, rows: Sequence[PriceRow]) -> list[Change]:
    """Return the changes of one series of prices.

    Rows are in the order of the book: of several that hold, which only hours can be, the last counts. Where
    none does, a price ends.
    """
    edges = {row.valid_from or BEGINNING for row in rows}
    edges |= {row.valid_to for row in rows if row.valid_to is not None}
    changes: list[Change] = []
    last: PriceRow | None = None
    for edge in sorted(edges):
        held = [
            row
            for row in rows
            if (row.valid_from or BEGINNING) <= edge and (row.valid_to is None or edge < row.valid_to)
        ]
        row = held[-1] if held else None
        source = row or last
        if row is not last and source is not None:
            before, after = (one.price if one is not None else None for one in (last, row))
            changes.append(Change(key, None if edge == BEGINNING else edge, before, after, source))
        last = row
    return changes


def _price_entry(
    catalogue: Catalogue, card: Card, changes: Sequence[Change], events: Sequence[Event]
) -> Entry:
    """Return the entry of prices that changed together; an event of that moment says what happened."""
    first = next((change for change in changes if change.after is not None), changes[0])
    tier, currency, schedule, above, _ = first.key
    at, source, checked, note = first.at, first.row.source, first.row.checked, first.row.note
    assert at is not None
    told = [event for event in events if event.at == at]
    own = [event for event in told if (event.currency, event.tier) == (currency, tier)]
    event = own[0] if own and not above and not schedule else None
    if event is not None:
        note = event.note or note
        if checked is None and event.checked is not None:
            source, checked = event.source, event.checked
    return Entry(
        at=at,
        day=catalogue.clock(card, at).date(),
        vendor=card.vendor,
        model=card.id,
        what="release" if any(event.what == "release" for event in told) else "price",
        source=source,
        checked=checked,
        currency=currency,
        tier=tier,
        above=above,
        schedule=schedule,
        prices=tuple(PriceStep(change.key[-1], change.before, change.after) for change in changes),
        steps=event.steps if event is not None else (),
        note=note,
    )


def _event_entry(event: Event) -> Entry:
    return Entry(
        at=event.at,
        day=event.day,
        vendor=event.vendor,
        model=event.model,
        what=event.what,
        source=event.source,
        checked=event.checked,
        currency=event.currency,
        tier=event.tier,
        steps=event.steps,
        successor=event.successor,
        note=event.note,
    )


def _end_entry(card: Card, end: Retirement, day: date) -> Entry:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Entry(
        at=at,
        day=day,
        vendor=card.vendor,
        model=card.id,
        what="retirement",
        source=end.source,
        checked=end.checked,
        successor=end.successor,
    )
