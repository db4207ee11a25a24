"""The one door to genai-prices: its providers and models as a harvest of ours.

Importing the library takes longer than starting Fen, so nothing at run time comes through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
from genai_prices import __version__, types
from genai_prices.data import providers

from fen.catalogue.harvest import Harvest, Header, Listed
from fen.catalogue.schedule import Window
from fen.catalogue.tariff import Bracket, Tariff, Tier
from fen.catalogue.vendors import VendorRow
from fen.wire.usage import Meter

_METERS: tuple[tuple[str, Meter], ...] = (
    ("input_mtok", "input"),
    ("cache_read_mtok", "cached_input"),
    ("cache_write_mtok", "cache_write"),
    ("output_mtok", "output"),
    ("output_reasoning_mtok", "reasoning"),
    ("input_audio_mtok", "audio_input"),
    ("output_audio_mtok", "audio_output"),
    ("input_image_mtok", "image_input"),
)
_UNCOUNTED = ("requests_kcount", "input_text_messages_kcount")
"""Fees beside tokens that every call has: a price of tokens alone would be too low, so it is unknown."""

_CONTEXTS: tuple[tuple[Tier, Mapping[str, str]], ...] = (
    ("standard", {}),
    ("batch", {"processing": "batch"}),
    ("flex", {"service_tier": "flex"}),
    ("priority", {"service_tier": "priority"}),
)


def take_harvest(vendors: Mapping[str, VendorRow], today: date) -> Harvest:
    """Return all that the installed genai-prices knows of prices by the token, in Fen's terms."""
    names = {row.genai: name for name, row in vendors.items() if row.genai}
    models: dict[tuple[str, str], Listed] = {}
    for provider in providers:
        vendor = names.get(provider.id, provider.id)
        row = vendors.get(vendor, VendorRow())
        source = (provider.pricing_urls or ["https://github.com/pydantic/genai-prices"])[0]
        for info in provider.models:
            if not info.id.startswith(row.skip):
                listed = _list(info, vendor, row, source, today)
                models[listed.vendor, listed.model] = listed
    return Harvest(Header("genai-prices", __version__, today), tuple(models.values()))


def _list(info: types.ModelInfo, vendor: str, row: VendorRow, source: str, today: date) -> Listed:
    aliases, patterns = _names(info.match)
    model = info.id
    if row.lowercase and model.lower() in aliases:
        model = model.lower()
        aliases = tuple(name for name in aliases if name == name.lower())
    tariffs = [
        tariff for tier, context in _CONTEXTS for tariff in _tariffs(info, tier, context, source, today)
    ]
    return Listed(
        vendor=vendor,
        model=model,
        name=info.name,
        context_window=info.context_window,
        aliases=tuple(name for name in aliases if name != model),
        patterns=patterns,
        tariffs=msgspec.Raw(msgspec.json.encode(tariffs)),
    )


def _names(match: types.MatchLogic) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names that a model's match gives exactly, and those that it gives by their beginning.

    What matches anywhere inside a name is left out: it finds a price, but does not name a model.
    """
    clauses = match.or_ if isinstance(match, types.ClauseOr) else [match]
    exact = [clause.equals for clause in clauses if isinstance(clause, types.ClauseEquals)]
    loose = [
        re.escape(clause.starts_with) for clause in clauses if isinstance(clause, types.ClauseStartsWith)
    ]
    loose += [
        clause.regex
        for clause in clauses
        if isinstance(clause, types.ClauseRegex)
        and clause.regex.startswith("^")
        and clause.regex.endswith("$")
    ]
    return tuple(dict.fromkeys(exact)), tuple(dict.fromkeys(loose))


def _tariffs(
    info: types.ModelInfo, tier: Tier, context: Mapping[str, str], source: str, today: date
) -> Iterator[Tariff]:
    variants = [v for v in info.price_variants or () if context and v.when == context]
    if context and not variants:
        return
    starts = {_start(variant.constraint) for variant in variants} | {
        _start(condition.constraint) for condition in _conditions(info)
    }
    for start in sorted(starts, key=lambda day: day or date.min):
        at = _midnight(start)
        active = [v for v in variants if v.constraint is None or v.constraint.active(at or _BEGINNING)]
        if context and not active:
            continue
        price = _without_hours(info).get_prices(at or _BEGINNING, context)
        yield from _convert(price, (), tier, at, source, today)
    if not context:
        yield from _scheduled(info, source, today)


_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def _scheduled(info: types.ModelInfo, source: str, today: date) -> Iterator[Tariff]:
    """Give hours the date of the dated price before them, which the library cannot say in one condition."""
    start: date | None = None
    for condition in _conditions(info):
        limit = condition.constraint
        if isinstance(limit, types.StartDateConstraint):
            start = limit.start_date
        elif isinstance(limit, types.TimeOfDateConstraint):
            window = Window(limit.start_time.replace(tzinfo=None), limit.end_time.replace(tzinfo=None))
            yield from _convert(condition.prices, (window,), "standard", _midnight(start), source, today)


def _conditions(info: types.ModelInfo) -> list[types.ConditionalPrice]:
    if isinstance(info.prices, types.ModelPrice):
        return [types.ConditionalPrice(prices=info.prices)]
    return info.prices


def _without_hours(info: types.ModelInfo) -> types.ModelInfo:
    kept = [c for c in _conditions(info) if not isinstance(c.constraint, types.TimeOfDateConstraint)]
    return types.ModelInfo(id=info.id, match=info.match, prices=kept, price_variants=info.price_variants)


def _start(constraint: object) -> date | None:
    return constraint.start_date if isinstance(constraint, types.StartDateConstraint) else None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _convert(
    price: types.ModelPrice,
    windows: tuple[Window, ...],
    tier: Tier,
    starts: datetime | None,
    source: str,
    today: date,
) -> Iterator[Tariff]:
    stated = {key: value for key, value in vars(price).items() if value is not None}
    values: list[tuple[Meter, Decimal | types.TieredPrices]] = [
        (meter, stated[key]) for key, meter in _METERS if key in stated
    ]
    if not values or any(key in stated for key in _UNCOUNTED):
        return
    edges = {
        step.start for _, value in values if isinstance(value, types.TieredPrices) for step in value.tiers
    }
    yield Tariff(
        currency="USD",
        prices=_at_length(values, 0),
        source=source,
        checked=today,
        tier=tier,
        brackets=tuple(Bracket(edge, _at_length(values, edge + 1)) for edge in sorted(edges)),
        windows=windows,
        starts=starts,
    )


def _at_length(
    values: Sequence[tuple[Meter, Decimal | types.TieredPrices]], tokens: int
) -> dict[Meter, Decimal]:
    """Return the prices for a prompt of so many tokens."""
    return {meter: value if isinstance(value, Decimal) else _step(value, tokens) for meter, value in values}


def _step(tiered: types.TieredPrices, tokens: int) -> Decimal:
    reached = [step.price for step in tiered.tiers if tokens > step.start]
    return reached[-1] if reached else tiered.base
