"""Overlays: what genai-prices lacks, one YAML file for each vendor under `data/`.

`data/overlay.schema.json` says how they look; each fact and price names its source and the day on which it
was checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from yaml import CSafeLoader

from fen.catalogue.schedule import WEEK, Window
from fen.catalogue.tariff import Bracket, Tariff, Tier
from fen.catalogue.vendors import DATA
from fen.wire.usage import METERS, Meter

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AMOUNT = re.compile(r"\d+(\.\d+)?")

Amount = str | int


class SourceRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where something is stated, and when it was seen to say so; without that, it was not checked."""

    url: str
    checked: date | None = None


class WindowRow(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"starts": "from", "ends": "to"}
):
    """Hours of the week; times and days are local to `utc_offset`."""

    starts: str
    ends: str
    days: tuple[str, ...] = _DAYS
    utc_offset: str = "+00:00"


class MetersRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices per million tokens by meter."""

    input: Amount | None = None
    cached_input: Amount | None = None
    cache_write: Amount | None = None
    output: Amount | None = None
    reasoning: Amount | None = None
    audio_input: Amount | None = None
    audio_output: Amount | None = None
    image_input: Amount | None = None

    def prices(self) -> dict[Meter, Decimal]:
        """Return the prices that are stated."""
        prices: dict[Meter, Decimal] = {}
        for meter in METERS:
            amount: Amount | None = getattr(self, meter)
            if amount is not None:
                prices[meter] = read_amount(amount)
        return prices


class BracketRow(MetersRow, frozen=True, forbid_unknown_fields=True):
    """Prices for prompts of more than `above` tokens."""

    above: int = 0


class TariffRow(MetersRow, frozen=True, forbid_unknown_fields=True, rename={"starts": "from", "ends": "to"}):
    """Prices that hold together; `source` names one of the file's sources."""

    currency: str = ""
    source: str = ""
    tier: Tier = "standard"
    starts: str | None = None
    ends: str | None = None
    schedule: tuple[WindowRow, ...] = ()
    brackets: tuple[BracketRow, ...] = ()
    note: str | None = None


class LimitRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What another source says of a model's limits."""

    source: str
    context_window: int | None = None
    max_output_tokens: int | None = None


class UnlockRow(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"starts": "from", "ends": "to"}
):
    """Headers and parameters that make longer answers possible."""

    source: str
    max_output_tokens: int
    headers: Mapping[str, str] = {}
    parameters: Mapping[str, Any] = {}
    starts: date | None = None
    ends: date | None = None


class RetirementRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model's end; the successor is a model of the same vendor, or another's id."""

    source: str
    announced: date | None = None
    retired: date | None = None
    successor: str | None = None


class ModelRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model; `source` is that of the facts beside it."""

    source: str | None = None
    name: str | None = None
    aliases: tuple[str, ...] = ()
    upstream: str | None = None
    upstream_model: str | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    abilities: frozenset[str] | None = None
    knowledge_cutoff: str | None = None
    also: tuple[LimitRow, ...] = ()
    unlocks: tuple[UnlockRow, ...] = ()
    retirement: RetirementRow | None = None
    prices: tuple[TariffRow, ...] = ()


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file; `utc_offset` is that of dates without a time."""

    vendor: str
    sources: Mapping[str, SourceRow]
    models: Mapping[str, ModelRow]
    utc_offset: str = "+00:00"


class _Loader(CSafeLoader):
    """Leaves dates and decimals as they are written: amounts stay exact."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own attribute)
        first: [(tag, pattern) for tag, pattern in rules if not tag.endswith((":timestamp", ":float"))]
        for first, rules in CSafeLoader.yaml_implicit_resolvers.items()
    }


def load_yaml(text: str) -> object:
    """Return the tree of a YAML text, with dates and decimals as text."""
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def read_overlays(folder: Path = DATA) -> list[Overlay]:
    """Read all overlays of a folder."""
    return [
        msgspec.convert(load_yaml(path.read_text("utf-8")), Overlay) for path in sorted(folder.glob("*.yaml"))
    ]


def read_amount(amount: Amount) -> Decimal:
    """Return a price as it is written.

    Raises ValueError for anything but a plain decimal number of at least 0.
    """
    text = str(amount)
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"found {text[:40]!r}, expected a decimal number of at least 0, such as 0.15")
    return Decimal(text)


def convert_tariff(row: TariffRow, overlay: Overlay) -> Tariff:
    """Return a tariff with its source looked up and its dates as instants."""
    source = overlay.sources[row.source]
    shift = read_offset(overlay.utc_offset)
    return Tariff(
        currency=row.currency,
        prices=row.prices(),
        source=source.url,
        checked=source.checked,
        tier=row.tier,
        brackets=tuple(Bracket(bracket.above, bracket.prices()) for bracket in row.brackets),
        windows=tuple(_convert_window(window) for window in row.schedule),
        starts=_read_instant(row.starts, shift),
        ends=_read_instant(row.ends, shift),
        note=row.note,
    )


def read_offset(text: str) -> int:
    """Return the minutes east of UTC of `+HH:MM` or `-HH:MM`."""
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _convert_window(row: WindowRow) -> Window:
    return Window(
        time.fromisoformat(row.starts),
        time.fromisoformat(row.ends),
        tuple(_DAYS.index(day) + 1 for day in row.days) if row.days != _DAYS else WEEK,
        read_offset(row.utc_offset),
    )


def _read_instant(text: str | None, shift: int) -> datetime | None:
    """Return a date's midnight in the file's own zone, or a time with its zone, in UTC."""
    if text is None:
        return None
    if len(text) == len("2025-01-31"):
        return datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(minutes=shift)
    return datetime.fromisoformat(text).astimezone(UTC)
