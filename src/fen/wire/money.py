"""Money: a Decimal that never travels without its currency."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

CURRENCIES = ("USD", "CNY")
"""ISO 4217 codes in which prices, budgets and the books are kept."""

QUANTUM = Decimal("0.000000000001")
"""The smallest amount that the books keep: 1e-12 of a currency unit.

A price with up to six decimals per million tokens is exact to it.
"""


class Money(msgspec.Struct, frozen=True):
    """An amount in one currency.

    Sums and comparisons across currencies raise ValueError: a conversion needs a dated rate.
    """

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._check(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._check(other)
        return self.amount <= other.amount

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    def quantized(self) -> Money:
        """Return the amount rounded half-even to QUANTUM, as the books keep it."""
        return Money(self.amount.quantize(QUANTUM, ROUND_HALF_EVEN), self.currency)

    def _check(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(
                f"found {other.currency}, expected {self.currency}: convert with a dated rate first"
            )


def plain(amount: Decimal) -> str:
    """Write an amount without an exponent and without trailing zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
