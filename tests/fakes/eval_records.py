"""Records and quotes of evaluations that nobody ran."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fen.catalogue import Rates
from fen.evals import Score
from fen.evals.estimate import Planned
from fen.evals.record import Record
from fen.gateway.quote import Quote
from fen.wire.money import Money

RATES = Rates("USD", {"input": Decimal(1), "output": Decimal(2)}, "test")
"""A dollar for a million tokens read, two for a million written."""


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def make_record(sample: str = "q0", **changes: Any) -> Record:
    usual: dict[str, Any] = {
        "run": "run_1",
        "suite": "puzzles",
        "version": "1",
        "scorer": "last-word/1",
        "score": Score("correct", 1.0),
        "dimension": "reasoning",
        "cost": usd("0.01"),
        "calls": ("key",),
        "input_tokens": 100,
        "output_tokens": 50,
    }
    return Record(sample=sample, **(usual | changes))


def make_quote(**changes: Any) -> Quote:
    usual: dict[str, Any] = {
        "model": "m",
        "rates": RATES,
        "input_estimate": 100,
        "output_bound": 1000,
        "worst": usd("0.003"),
    }
    return Quote(**(usual | changes))


def plan(count: int, suite: str = "puzzles", **quote: Any) -> list[Planned]:
    return [Planned(suite, make_quote(**quote))] * count
