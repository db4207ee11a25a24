"""How prices and what became of models are written in tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fen.app.offers import Offers
from fen.catalogue import Card, join_windows
from fen.catalogue.events import Step
from fen.catalogue.history import Entry, PriceStep, write_percent
from fen.cli.output import Column
from fen.cli.sources import Sources
from fen.wire.errors import ConfigError
from fen.wire.money import plain

ENTRIES = (
    Column("date", "id"),
    Column("model", "id"),
    Column("what", "id"),
    Column("currency", "id"),
    Column("input", "id"),
    Column("output", "id"),
    Column("other meters"),
    Column("tier", "id"),
    Column("prompts above", "figure"),
    Column("hours"),
    Column("limits"),
    Column("note"),
    Column("source", "id"),
)
_LIMITS = {"context_window": "context", "max_output_tokens": "output"}


def find_card(offers: Offers, name: str) -> Card:
    """Return the card of a name, of models too that only history knows; raises ConfigError."""
    card = offers.catalogue.find_ever(name)
    if card is None:
        matches = offers.catalogue.matches(name)
        found = f"{name!r}, which may be {' or '.join(matches)}" if matches else f"the unknown model {name!r}"
        raise ConfigError(f"found {found}, expected a model's id: fen prices QUERY lists them")
    return card


def write_entry(entry: Entry, sources: Sources) -> tuple[str, ...]:
    """Return an entry's cells, in the order of ENTRIES."""
    prices = {price.meter: write_step(price) for price in entry.prices}
    others = [f"{meter} {text}" for meter, text in prices.items() if meter not in ("input", "output")]
    ends = f"instead: {entry.successor}" if entry.successor else ""
    return (
        entry.day.isoformat(),
        entry.model,
        entry.what,
        entry.currency or "" if entry.prices else "",
        prices.get("input", ""),
        prices.get("output", ""),
        ", ".join(others),
        entry.tier if entry.tier != "standard" else "",
        f"{entry.above:,}" if entry.above else "",
        join_windows(entry.schedule),
        ", ".join(map(write_limit, entry.steps)),
        "; ".join(filter(None, (entry.note, ends))),
        sources.number(entry.source, entry.checked),
    )


def write_step(step: PriceStep) -> str:
    """Return `5 -> 1 (-80%)`; what was not known before is left out."""
    after = "unknown" if step.after is None else plain(step.after)
    if step.before is None:
        return after
    percent = "" if step.percent is None else f" ({write_percent(step.percent)})"
    return f"{plain(step.before)} -> {after}{percent}"


def write_limit(step: Step) -> str:
    """Return `output 4,096 -> 8,192`."""
    before = "" if step.before is None else f"{step.before:,} -> "
    return f"{_LIMITS[step.limit]} {before}{step.after:,}"


def describe_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry, JSON-ready: amounts are decimal text, a change in percent is a number."""
    return {
        "date": entry.day.isoformat(),
        "at": entry.at.isoformat(),
        "vendor": entry.vendor,
        "model": entry.model,
        "what": entry.what,
        "currency": entry.currency,
        "tier": entry.tier,
        "above": entry.above,
        "schedule": list(map(str, entry.schedule)),
        "prices": [describe_step(price) for price in entry.prices],
        "limits": msgspec.to_builtins(entry.steps),
        "successor": entry.successor,
        "note": entry.note,
        "source": entry.source,
        "checked": None if entry.checked is None else entry.checked.isoformat(),
    }


def describe_step(step: PriceStep) -> dict[str, Any]:
    """Return a price's change, JSON-ready."""
    return {
        "meter": step.meter,
        "before": None if step.before is None else plain(step.before),
        "after": None if step.after is None else plain(step.after),
        "percent": None if step.percent is None else round(float(step.percent), 2),
    }


def note_unchecked(entries: Sequence[Entry]) -> str:
    """Return how many of some entries nobody checked, as a sentence; nothing where there is none."""
    count = sum(entry.checked is None for entry in entries)
    return f"{count} of {len(entries)} are believed: nobody opened their source" if count else ""
