"""What became of models: releases, prices, limits and ends, one YAML file for each vendor.

They lie under `data/history/`; `data/history.schema.json` says how they look. Each event names its source and
the day on which that was seen to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from fen.catalogue.card import Card, Fact, Retirement
from fen.catalogue.disagreements import LIMITS, Limit
from fen.catalogue.overlay import BracketRow, MetersRow, SourceRow, load_yaml, read_offset
from fen.catalogue.tariff import Bracket, Tariff, Tier
from fen.catalogue.vendors import DATA
from fen.wire.usage import Meter

What = Literal["release", "price", "fee", "limit", "retirement"]
"""A fee is paid beside the tokens: its `note` says what for."""

HISTORY = DATA / "history"
"""The folder of the events."""


class PricesRow(MetersRow, frozen=True, forbid_unknown_fields=True):
    """A price list as far as it was stated: a meter that is left out was not."""

    brackets: tuple[BracketRow, ...] = ()


class StepRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit in tokens, before and after; what was not stated is None."""

    after: int
    before: int | None = None


class EventRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event as a file states it; `source` names one of the file's sources."""

    date: date
    model: str
    what: What
    source: str
    name: str | None = None
    currency: str | None = None
    tier: Tier = "standard"
    before: PricesRow | None = None
    after: PricesRow | None = None
    context_window: StepRow | None = None
    max_output_tokens: StepRow | None = None
    successor: str | None = None
    note: str | None = None


class HistoryRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file; `utc_offset` is that of its dates."""

    vendor: str
    sources: Mapping[str, SourceRow]
    events: tuple[EventRow, ...]
    utc_offset: str = "+00:00"


class Step(msgspec.Struct, frozen=True):
    """How a limit changed, in tokens; `before` is None where it was not stated, or there was none."""

    limit: Limit
    before: int | None
    after: int


class PriceList(msgspec.Struct, frozen=True):
    """Prices per million tokens that were stated together; a meter that is absent was not stated."""

    prices: Mapping[Meter, Decimal]
    brackets: tuple[Bracket, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """What became of a model, at midnight of a day in the vendor's zone (`at`, UTC).

    model: a card's id, or one of the same form where there is no card. before, after: price lists in
    `currency`, the vendor's own; None was not stated. successor: what the vendor names instead of a model
    that ends. source: URL; checked: None where it was not opened.
    """

    at: datetime
    day: date
    vendor: str
    model: str
    what: What
    source: str
    checked: date | None = None
    name: str | None = None
    currency: str | None = None
    tier: Tier = "standard"
    before: PriceList | None = None
    after: PriceList | None = None
    steps: tuple[Step, ...] = ()
    successor: str | None = None
    note: str | None = None


def read_events(folder: Path = HISTORY) -> tuple[Event, ...]:
    """Return the events of a folder's files, by date and model.

    Raises msgspec.ValidationError and KeyError for a file that is not one of history.
    """
    found: list[Event] = []
    for path in sorted(folder.glob("*.yaml")):
        row = msgspec.convert(load_yaml(path.read_text("utf-8")), HistoryRow)
        found += [_convert(event, row) for event in row.events]
    return tuple(sorted(found, key=lambda event: (event.at, event.model, event.what)))


def make_tariffs(events: Iterable[Event]) -> list[Tariff]:
    """Return what one model's events, in order, say of its prices.

    What the first says was paid before it gets an open start.
    """
    found: list[Tariff] = []
    for event in events:
        if event.currency is None:
            continue
        known = any(t.tier == event.tier and t.currency == event.currency for t in found)
        if event.before is not None and not known:
            found.append(_tariff(event, event.before, None))
        if event.after is not None:
            found.append(_tariff(event, event.after, event.at))
    return found


def find_release(events: Iterable[Event]) -> datetime | None:
    """Return when a model was released; None where no event says so."""
    return next((event.at for event in events if event.what == "release"), None)


def make_card(model: str, events: Sequence[Event]) -> Card:
    """Return the card of a model of which only events are known: its last limits, and its end."""
    last: dict[Limit, Fact[int]] = {}
    for event in events:
        last |= {step.limit: Fact(step.after, event.source, event.checked) for step in event.steps}
    vendor, _, own = model.partition("/")
    names = [event.name for event in events if event.name is not None]
    ends = [event for event in events if event.what == "retirement"]
    return Card(
        id=model,
        vendor=vendor,
        name=names[-1] if names else own,
        upstream=vendor,
        upstream_model=own,
        context_window=last.get("context_window"),
        max_output_tokens=last.get("max_output_tokens"),
        retirement=_end(ends[-1]) if ends else None,
    )


def _end(event: Event) -> Retirement:
    return Retirement(event.source, event.checked, retired=event.day, successor=event.successor)


def _convert(row: EventRow, file: HistoryRow) -> Event:
    source = file.sources[row.source]
    midnight = datetime(row.date.year, row.date.month, row.date.day, tzinfo=UTC)
    steps: list[Step] = []
    for limit in LIMITS:
        step: StepRow | None = getattr(row, limit)
        if step is not None:
            steps.append(Step(limit, step.before, step.after))
    successor = row.successor
    if successor is not None and "/" not in successor:
        successor = f"{file.vendor}/{successor}"
    return Event(
        at=midnight - timedelta(minutes=read_offset(file.utc_offset)),
        day=row.date,
        vendor=file.vendor,
        model=f"{file.vendor}/{row.model}",
        what=row.what,
        source=source.url,
        checked=source.checked,
        name=row.name,
        currency=row.currency,
        tier=row.tier,
        before=_list(row.before),
        after=_list(row.after),
        steps=tuple(steps),
        successor=successor,
        note=row.note,
    )


def _list(row: PricesRow | None) -> PriceList | None:
    if row is None:
        return None
    brackets = tuple(Bracket(bracket.above, bracket.prices()) for bracket in row.brackets)
    return PriceList(row.prices(), brackets)


def _tariff(event: Event, stated: PriceList, starts: datetime | None) -> Tariff:
    return Tariff(
        currency=event.currency or "",
        prices=stated.prices,
        source=event.source,
        checked=event.checked,
        tier=event.tier,
        brackets=stated.brackets,
        starts=starts,
        note=event.note,
    )
