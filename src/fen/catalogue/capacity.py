"""What vendors publish about load: limits by account level, provisioned units, batch windows.

One YAML file for each vendor under `data/load/`; `data/load.schema.json` says how they look. Each fact names
its source and the day on which that was seen to say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from fen.catalogue.overlay import Amount, SourceRow, load_yaml, read_amount
from fen.catalogue.vendors import DATA
from fen.wire.money import Money

LOAD = DATA / "load"
"""The folder of the facts."""


class LimitRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an account of a level may ask of a model in a minute, at once, or spend in a month."""

    models: tuple[str, ...]
    level: str
    source: str
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_minute: int | None = None
    input_tokens_per_minute: int | None = None
    output_tokens_per_minute: int | None = None
    concurrency: int | None = None
    spend_per_month: Amount | None = None
    currency: str = "USD"
    note: str | None = None


class ProvisionedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Throughput that is bought by the unit; `output_weight`: how many input tokens a written one counts."""

    models: tuple[str, ...]
    offer: str
    unit: str
    source: str
    price_source: str
    input_tokens_per_minute: int
    output_weight: int
    minimum: int
    step: int
    per_hour: Amount
    currency: str = "USD"


class BatchRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Within how many hours a batch is answered; its price is the book's."""

    models: tuple[str, ...]
    hours: int
    source: str
    note: str | None = None


class LoadFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file; models are the vendor's, `*` stands for any letters."""

    vendor: str
    sources: Mapping[str, SourceRow]
    limits: tuple[LimitRow, ...] = ()
    provisioned: tuple[ProvisionedRow, ...] = ()
    batches: tuple[BatchRow, ...] = ()


class Level(msgspec.Struct, frozen=True):
    """What one account of a level may do with a model; None is not limited, as far as was stated.

    spend_per_month: the most that it may cost in a month. checked: None where the source was not opened.
    """

    name: str
    source: str
    checked: date | None = None
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_minute: int | None = None
    input_tokens_per_minute: int | None = None
    output_tokens_per_minute: int | None = None
    concurrency: int | None = None
    spend_per_month: Money | None = None
    note: str | None = None


class Provisioned(msgspec.Struct, frozen=True):
    """Throughput by the unit: at least `minimum` units, then `step` more at a time, each paid by the hour."""

    offer: str
    unit: str
    input_tokens_per_minute: int
    output_weight: int
    minimum: int
    step: int
    per_hour: Money
    source: str
    checked: date | None
    price_source: str
    price_checked: date | None


class Window(msgspec.Struct, frozen=True):
    """Within how many hours a batch is answered."""

    hours: int
    source: str
    checked: date | None = None
    note: str | None = None


class Capacity(msgspec.Struct, frozen=True):
    """What is published of one model: levels from the lowest to the highest; nothing where it is empty."""

    levels: tuple[Level, ...] = ()
    provisioned: tuple[Provisioned, ...] = ()
    batch: Window | None = None


def read_load(folder: Path = LOAD) -> dict[str, LoadFile]:
    """Return the files of a folder by vendor; raises msgspec.ValidationError where one is of another form."""
    files = [
        msgspec.convert(load_yaml(path.read_text("utf-8")), LoadFile)
        for path in sorted(folder.glob("*.yaml"))
    ]
    return {file.vendor: file for file in files}


def find_capacity(model: str, files: Mapping[str, LoadFile]) -> Capacity:
    """Return what is published of a model, by its id."""
    vendor, _, name = model.partition("/")
    file = files.get(vendor)
    if file is None:
        return Capacity()
    batches = [row for row in file.batches if _fits(name, row.models)]
    return Capacity(
        tuple(_level(row, file.sources) for row in file.limits if _fits(name, row.models)),
        tuple(_provisioned(row, file.sources) for row in file.provisioned if _fits(name, row.models)),
        _window(batches[0], file.sources) if batches else None,
    )


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _level(row: LimitRow, sources: Mapping[str, SourceRow]) -> Level:
    source = sources[row.source]
    spend = row.spend_per_month
    return Level(
        name=row.level,
        source=source.url,
        checked=source.checked,
        requests_per_minute=row.requests_per_minute,
        requests_per_day=row.requests_per_day,
        tokens_per_minute=row.tokens_per_minute,
        input_tokens_per_minute=row.input_tokens_per_minute,
        output_tokens_per_minute=row.output_tokens_per_minute,
        concurrency=row.concurrency,
        spend_per_month=None if spend is None else Money(read_amount(spend), row.currency),
        note=row.note,
    )


def _provisioned(row: ProvisionedRow, sources: Mapping[str, SourceRow]) -> Provisioned:
    source, price_source = sources[row.source], sources[row.price_source]
    return Provisioned(
        offer=row.offer,
        unit=row.unit,
        input_tokens_per_minute=row.input_tokens_per_minute,
        output_weight=row.output_weight,
        minimum=row.minimum,
        step=row.step,
        per_hour=Money(read_amount(row.per_hour), row.currency),
        source=source.url,
        checked=source.checked,
        price_source=price_source.url,
        price_checked=price_source.checked,
    )


def _window(row: BatchRow, sources: Mapping[str, SourceRow]) -> Window:
    source = sources[row.source]
    return Window(row.hours, source.url, source.checked, row.note)
