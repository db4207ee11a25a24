"""How figures are written: percent, money, tokens, seconds."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from fen.evals.report.values import Figure, PerCorrect, Tally
from fen.evals.statistics.imported import Published
from fen.wire.money import Money

NONE = "-"
"""Stands where there is no figure."""

_DIGITS = 3


def write_percent(figure: Figure) -> str:
    """Write a share and its interval: `62.0 [48.2-74.1]`."""
    if figure.value is None:
        return NONE
    value = f"{100 * figure.value:.1f}"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{100 * figure.low:.1f}-{100 * figure.high:.1f}]"


def to_figure(published: Published) -> Figure:
    """Return a published score as a figure."""
    interval = published.interval
    if interval is None:
        return Figure(published.share, n=published.n)
    return Figure(published.share, interval.low, interval.high, published.n, interval.method)


def write_published(published: Published) -> str:
    """Write a published score with the digits that were printed, and its interval where there is one."""
    interval = published.interval
    if interval is None:
        return f"{published.score}"
    return f"{published.score} [{100 * interval.low:.1f}-{100 * interval.high:.1f}]"


def write_share(part: int, whole: int) -> str:
    """Write a share of answers in percent, without an interval: it is only counted."""
    return f"{100 * part / whole:.1f}" if whole else NONE


def write_money(money: Money | None) -> str:
    """Write an amount with three significant digits; `-` where a price is not known."""
    return NONE if money is None else f"{write_amount(money.amount)} {money.currency}"


def write_costs(tally: Tally) -> str:
    """Write all costs; `+ ?` where the price of some answers is not known."""
    told = " + ".join(map(write_money, tally.costs))
    if not tally.unpriced:
        return told or NONE
    return f"{told} + ?" if told else NONE


def write_amount(amount: Decimal) -> str:
    """Write an amount with three significant digits, and never with an exponent."""
    if not amount:
        return "0"
    place = min(max(amount.adjusted() - _DIGITS + 1, -12), 0)
    return format(amount.quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN), "f")


def write_per_correct(cost: PerCorrect | None) -> str:
    """Write a cost per correct answer, with its interval unless it is free; `> LOW` if none was correct."""
    if cost is None:
        return NONE
    if cost.amount is None:
        return NONE if cost.low is None else f"> {write_amount(cost.low)} {cost.currency}"
    between = ""
    if cost.low is not None and cost.amount:
        low = write_amount(cost.low)
        between = f" [≥{low}]" if cost.high is None else f" [{low}-{write_amount(cost.high)}]"
    return f"{write_amount(cost.amount)}{between} {cost.currency}"


def write_count(value: float) -> str:
    """Write a number of tokens."""
    return f"{value:,.0f}"


def write_seconds(value: float) -> str:
    """Write seconds: two decimals below ten."""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
