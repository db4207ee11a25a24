"""The harvest: what genai-prices knew, written down with the day, and only appended to.

It is read in a hundredth of the time that importing the library takes, it does not change with the version
that happens to be installed, and it remembers the prices that a newer version of the library forgets.
`scripts/harvest_prices.py` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from fen.catalogue.book import BEGINNING
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
            listed = replace(listed, tariffs=msgspec.Raw(msgspec.json.encode(tariffs)))  # noqa: PLW2901 (the merged one takes its place)
        known[key] = listed
    return Harvest(new.header, tuple(known.values()))


def append_changes(old: Sequence[Tariff], new: Sequence[Tariff], today: date) -> tuple[Tariff, ...]:
    """Append to `old` what makes it say from today on what `new` says; nothing before today changes."""
    now = datetime(today.year, today.month, today.day, tzinfo=UTC)
    merged = list(old)
    for tier in TIERS:
        starts = {tariff.starts for tariff in (*old, *new) if tariff.tier == tier}
        for start in (now, *sorted(start for start in starts if start is not None and start > now)):
            wanted, found = _in_force(new, start, tier), _in_force(merged, start, tier)
            if not _agree(wanted, found, start):
                merged += _restate(wanted, found, start, today)
    return tuple(merged)


def _in_force(tariffs: Iterable[Tariff], at: datetime, tier: Tier) -> list[Tariff]:
    """Return the unscheduled tariff that holds, if any, and those bound to hours that go before it."""
    begun = [t for t in tariffs if t.tier == tier and (t.starts is None or t.starts <= at)]
    begun.sort(key=lambda tariff: (tariff.starts or BEGINNING, bool(tariff.windows)))
    unscheduled = [place for place, tariff in enumerate(begun) if not tariff.windows]
    return begun[unscheduled[-1] :] if unscheduled else begun


def _agree(wanted: Sequence[Tariff], found: Sequence[Tariff], start: datetime) -> bool:
    """Whether both say the same all week long."""
    moments = {start}
    for window in (window for tariff in (*wanted, *found) for window in tariff.windows):
        for days in range(8):
            moments.update(window.edges(start + timedelta(days=days)))
    return all(_says(wanted, at) == _says(found, at) for at in moments)


def _says(tariffs: Sequence[Tariff], at: datetime) -> object:
    holding = [t for t in tariffs if not t.windows or any(window.covers(at) for window in t.windows)]
    last = holding[-1] if holding else None
    return (last.currency, last.prices, last.brackets) if last and last.prices else None


def _restate(wanted: Sequence[Tariff], found: Sequence[Tariff], start: datetime, today: date) -> list[Tariff]:
    first = wanted[0] if wanted and not wanted[0].windows else None
    if first is None:
        known = (*found, *wanted)[0]
        first = Tariff(known.currency, {}, known.source, today, known.tier, note="no longer listed")
    # Hours that begin at the same moment would go before it.
    outdated = [replace(first, windows=tariff.windows) for tariff in found if _is_in_its_way(tariff, start)]
    scheduled = [tariff for tariff in wanted if tariff.windows]
    return [replace(tariff, starts=start, checked=today) for tariff in (first, *outdated, *scheduled)]


def _is_in_its_way(tariff: Tariff, start: datetime) -> bool:
    return bool(tariff.windows) and tariff.starts == start
