"""The harvest: what genai-prices knew, written down with the day, and only appended to.

It is read in a hundredth of the time that importing the library takes, it does not change with the version
that happens to be installed, and it remembers the prices that a newer version of the library forgets.
`scripts/harvest_prices.py` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from fen.catalogue.tariff import TIERS, Tariff, Tier
from fen.catalogue.vendors import DATA

HARVEST = DATA / "genai-prices.jsonl"


class Header(msgspec.Struct, frozen=True):
    """The first line: the library and its version, and the day of the harvest."""

    library: str
    version: str
    harvested: date


class Listed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A further line: a model as the library lists it; `tariffs` stays JSON until it is asked for."""

    vendor: str
    model: str
    name: str | None = None
    context_window: int | None = None
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    tariffs: msgspec.Raw = msgspec.Raw(b"[]")


class Harvest(msgspec.Struct, frozen=True):
    """A harvest: its header and its models."""

    header: Header
    models: tuple[Listed, ...]


def read_harvest(path: Path = HARVEST) -> Harvest:
    """Read a harvest."""
    first, _, rest = path.read_bytes().partition(b"\n")
    models = msgspec.json.Decoder(Listed).decode_lines(rest)
    return Harvest(msgspec.json.decode(first, type=Header), tuple(models))


def write_harvest(harvest: Harvest, path: Path = HARVEST) -> None:
    """Write a harvest, a line for each model, so that a difference shows what changed."""
    models = sorted(harvest.models, key=lambda listed: (listed.vendor, listed.model))
    path.write_bytes(msgspec.json.Encoder().encode_lines([harvest.header, *models]))


def read_tariffs(listed: Listed) -> tuple[Tariff, ...]:
    """Return a model's tariffs."""
    return msgspec.json.decode(listed.tariffs, type=tuple[Tariff, ...])


def merge(old: Harvest, new: Harvest) -> Harvest:
    """Return the old harvest with what the new one knows better; nothing before the new one's day changes.

    A model that the library has dropped stays, for the calls that were made when it was listed.
    """
    known = {(listed.vendor, listed.model): listed for listed in old.models}
    for listed in new.models:
        key = (listed.vendor, listed.model)
        before = known.get(key)
        if before is not None:
            tariffs = append_changes(read_tariffs(before), read_tariffs(listed), new.header.harvested)
            listed = msgspec.structs.replace(listed, tariffs=msgspec.Raw(msgspec.json.encode(tariffs)))  # noqa: PLW2901 (the merged one takes its place)
        known[key] = listed
    return Harvest(new.header, tuple(known.values()))


def append_changes(old: Sequence[Tariff], new: Sequence[Tariff], today: date) -> tuple[Tariff, ...]:
    """Append to `old` what makes it say from today on what `new` says."""
    now = datetime(today.year, today.month, today.day, tzinfo=UTC)
    merged = list(old)
    for tier in TIERS:
        starts = {tariff.starts for tariff in (*old, *new) if tariff.tier == tier}
        future = sorted(start for start in starts if start is not None and start > now)
        for start in (now, *future):
            wanted = _in_force(new, start, tier)
            found = _in_force(merged, start, tier)
            if _terms(wanted) != _terms(found):
                merged += _restate(wanted, found, start, today)
    return tuple(merged)


def _in_force(tariffs: Iterable[Tariff], at: datetime, tier: Tier) -> list[Tariff]:
    """Return the tariffs of the latest start: the unscheduled one, and those bound to hours."""
    begun = [t for t in tariffs if t.tier == tier and (t.starts is None or t.starts <= at)]
    latest = max((t.starts for t in begun if t.starts is not None), default=None)
    return [t for t in begun if t.starts == latest]


def _terms(tariffs: Iterable[Tariff]) -> list[Tariff]:
    """Return what tariffs say apart from when, where and on what day it was said."""
    plain = [msgspec.structs.replace(t, starts=None, source="", checked=date.min) for t in tariffs]
    return [tariff for tariff in plain if tariff.prices]


def _restate(wanted: list[Tariff], found: list[Tariff], start: datetime, today: date) -> list[Tariff]:
    if wanted:
        return [msgspec.structs.replace(tariff, starts=start, checked=today) for tariff in wanted]
    last = found[-1]
    return [Tariff(last.currency, {}, last.source, today, last.tier, starts=start, note="no longer listed")]
