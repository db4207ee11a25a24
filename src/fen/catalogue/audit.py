"""Where other lists say something else of prices and limits than Fen does; they are not believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec

from fen.catalogue.card import Card, Fact
from fen.catalogue.disagreements import LIMITS, Limit
from fen.catalogue.harvest import Harvest, read_tariffs
from fen.catalogue.lookup import Catalogue
from fen.catalogue.rivals import Rival, Statement
from fen.catalogue.tariff import PriceRow
from fen.wire.usage import METERS, Meter

CURRENCY = "USD"
"""The other lists know no other."""


_ROUNDING = 1000


class Dispute(msgspec.Struct, frozen=True):
    """A figure of a model of which a list says something else: of a meter or a limit.

    ours, theirs: dollars per million tokens, or tokens. source, checked: of ours. dated: as of when theirs
    is.
    """

    model: str
    of: str
    ours: Decimal
    theirs: Decimal
    source: str
    checked: date | None
    rival: str
    dated: date


class Audit(msgspec.Struct, frozen=True):
    """What a comparison with one list found.

    compared: models of which both say something. missing: models of vendors that Fen knows, without a card.
    """

    rival: str
    place: str
    dated: date
    format: str
    compared: int
    disputes: tuple[Dispute, ...]
    missing: tuple[str, ...]


def audit(catalogue: Catalogue, rival: Rival, at: datetime) -> Audit:
    """Compare a list with the price book at an instant."""
    vendors = {card.vendor for card in catalogue.cards()}
    disputes: list[Dispute] = []
    missing: list[str] = []
    compared: set[str] = set()
    for statement in rival.statements:
        card = match(catalogue, statement)
        if card is None:
            missing += [f"{statement.vendor}/{statement.model}"] if statement.vendor in vendors else []
        elif card.id not in compared:
            compared.add(card.id)
            disputes += _dispute(catalogue, card, statement, rival, at)
    return Audit(
        rival.name,
        rival.place,
        rival.dated,
        rival.format,
        len(compared),
        tuple(sorted(disputes, key=lambda each: (each.model, each.of))),
        tuple(sorted(set(missing))),
    )


def differ(ours: Decimal | None, theirs: Decimal | None) -> bool:
    """Whether two prices differ by more than a thousandth, which is taken for rounding."""
    if ours is None or theirs is None:
        return ours is not theirs
    return abs(ours - theirs) * _ROUNDING > max(ours, theirs)


def match(catalogue: Catalogue, statement: Statement) -> Card | None:
    """Return the card of the model that a list means: that of the same vendor, by its id or its name."""
    wanted = f"{statement.vendor}/{statement.model}"
    card = catalogue.find(wanted)
    if card is None or card.vendor != statement.vendor:
        return None
    # A version that the vendor names by a pattern may have other prices than the card of its family.
    return (
        card
        if statement.model.lower() in {card.id.partition("/")[2].lower(), *map(str.lower, card.aliases)}
        else None
    )


def list_prices(catalogue: Catalogue, card: Card, at: datetime) -> dict[str, PriceRow]:
    """Return a model's standard dollar prices of short prompts at all hours, by meter."""
    return {
        row.meter: row
        for row in catalogue.prices(card.id)
        if (row.tier, row.currency, row.above, row.schedule) == ("standard", CURRENCY, 0, ())
        and row.holds(at)
    }


def read_library(harvest: Harvest, at: datetime) -> Rival:
    """Return what genai-prices said when it was last harvested, as a list beside the others."""
    statements: list[Statement] = []
    for listed in harvest.models:
        tariffs = [
            tariff
            for tariff in read_tariffs(listed)
            if tariff.tier == "standard" and not tariff.windows and tariff.holds(at) and tariff.prices
        ]
        prices: Mapping[Meter, Decimal] = tariffs[-1].prices if tariffs else {}
        plain = bool(tariffs) and not tariffs[-1].brackets
        limits: dict[Limit, int] = {"context_window": listed.context_window} if listed.context_window else {}
        statements.append(Statement(listed.vendor, listed.model, prices, limits, plain))
    header = harvest.header
    place = f"{header.library} {header.version}"
    return Rival(header.library, place, header.harvested, "genai-prices", tuple(statements))


def _dispute(
    catalogue: Catalogue, card: Card, statement: Statement, rival: Rival, at: datetime
) -> Iterable[Dispute]:
    ours = list_prices(catalogue, card, at)
    for meter in METERS:
        row, theirs = ours.get(meter), statement.prices.get(meter)
        if row is not None and theirs is not None and differ(row.price, theirs):
            yield Dispute(card.id, meter, row.price, theirs, row.source, row.checked, rival.name, rival.dated)
    for limit in LIMITS:
        fact: Fact[int] | None = getattr(card, limit)
        tokens = statement.limits.get(limit)
        if fact is not None and tokens is not None and fact.value != tokens:
            yield Dispute(
                card.id,
                limit,
                Decimal(fact.value),
                Decimal(tokens),
                fact.source,
                fact.checked,
                rival.name,
                rival.dated,
            )
