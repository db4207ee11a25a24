"""What was said of prices, held against the price book; `data/claims.toml` has the words."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from fen.catalogue.history import find_percent
from fen.catalogue.lookup import Catalogue
from fen.catalogue.overlay import SourceRow
from fen.catalogue.rates import Rates
from fen.catalogue.vendors import DATA
from fen.wire.money import Money
from fen.wire.usage import Meter

Measure = Literal["percent", "times"]

MIX = "input + output"
"""The row of a mix: as many tokens read as written."""


class Priced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model at the prices of a day."""

    model: str
    on: date


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said of two models' prices; the data file says what each member means."""

    name: str
    text: str
    source: SourceRow
    cheaper: Priced
    than: Priced
    measure: Measure
    at_least: int
    strict: bool = False
    meters: tuple[Meter, ...] = ("input", "output")


class Finding(msgspec.Struct, frozen=True):
    """One row of a claim: of a meter, or of a mix of both, what a million tokens cost on each side.

    figure: by how many percent one is cheaper, or how many times as much the other costs. holds: whether that
    is what was claimed; both are None where a price is unknown, or the currencies differ.
    """

    of: str
    cheaper: Money | None
    than: Money | None
    figure: Decimal | None
    holds: bool | None


class Verdict(msgspec.Struct, frozen=True):
    """A claim with its rows; holds: True for all of them, False for none, None for some, or unknown."""

    claim: Claim
    findings: tuple[Finding, ...]
    holds: bool | None


def read_claims(path: Path = DATA / "claims.toml") -> list[Claim]:
    """Return the claims of a file; raises msgspec.ValidationError where it is not one of claims."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8"))["claim"], list[Claim])


def judge(claim: Claim, catalogue: Catalogue) -> Verdict:
    """Return what the book says of a claim."""
    left, right = (_find_rates(priced, catalogue) for priced in (claim.cheaper, claim.than))
    findings = [
        _weigh(claim, meter, _price(left, (meter,)), _price(right, (meter,))) for meter in claim.meters
    ]
    if len(claim.meters) > 1:
        findings.append(_weigh(claim, MIX, _price(left, claim.meters), _price(right, claim.meters)))
    said = {finding.holds for finding in findings}
    return Verdict(claim, tuple(findings), said.pop() if len(said) == 1 else None)


def _find_rates(priced: Priced, catalogue: Catalogue) -> Rates | None:
    day = priced.on
    return catalogue.rates(priced.model, datetime(day.year, day.month, day.day, tzinfo=UTC))


def _price(rates: Rates | None, meters: Sequence[Meter]) -> Money | None:
    """Return what a million tokens cost, in equal parts of some meters; None where that is unknown."""
    prices = [rates.per_million.get(meter) for meter in meters] if rates is not None else []
    known = [price for price in prices if price is not None]
    if rates is None or not known or len(known) < len(prices):
        return None
    return Money(sum(known, Decimal(0)) / len(known), rates.currency)


def _weigh(claim: Claim, of: str, cheaper: Money | None, than: Money | None) -> Finding:
    figure: Decimal | None = None
    if cheaper is not None and than is not None and cheaper.currency == than.currency:
        figure = _measure(claim.measure, cheaper.amount, than.amount)
    if figure is None:
        return Finding(of, cheaper, than, None, None)
    holds = figure > claim.at_least if claim.strict else figure >= claim.at_least
    return Finding(of, cheaper, than, figure, holds)


def _measure(measure: Measure, cheaper: Decimal, than: Decimal) -> Decimal | None:
    if measure == "times":
        return than / cheaper if cheaper else None
    rise = find_percent(than, cheaper)
    return -rise if rise is not None else None
