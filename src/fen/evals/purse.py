"""Sums of money in several currencies, and how many amounts were not known."""

from __future__ import annotations

from decimal import Decimal

from fen.wire.money import Money, plain


class Purse:
    """A sum that grows."""

    def __init__(self) -> None:
        self.amounts: dict[str, Decimal] = {}
        self.unknown = 0

    def add(self, money: Money | None, times: int = 1) -> None:
        """Add an amount so many times; None is one that is not known."""
        if money is None:
            self.unknown += times
        else:
            known = self.amounts.get(money.currency)
            amount = money.amount if times == 1 else money.amount * times
            self.amounts[money.currency] = amount if known is None else known + amount

    def copy(self) -> Purse:
        """Return a purse with the same in it."""
        purse = Purse()
        purse.amounts, purse.unknown = dict(self.amounts), self.unknown
        return purse

    @property
    def only(self) -> Money | None:
        """The sum, where it is known and in one currency."""
        if self.unknown or len(self.amounts) != 1:
            return None
        [(currency, amount)] = self.amounts.items()
        return Money(amount, currency)

    def __str__(self) -> str:
        return show_amounts(self.amounts, self.unknown)


def show_amounts(amounts: dict[str, Decimal], unknown: int = 0) -> str:
    """Write a sum for a person: `0.1234 USD`, with what is not known of it."""
    known = [f"{_short(amount)} {currency}" for currency, amount in sorted(amounts.items()) if amount]
    text = " and ".join(known) or ("0" if amounts or not unknown else "")
    if not unknown:
        return text
    return f"{text} and what {unknown} cost whose price is not known" if text else "not known"


def _short(amount: Decimal) -> str:
    """Write an amount with at least four digits that say something."""
    places = 4 if abs(amount) >= 1 else max(4, 3 - amount.adjusted())
    return plain(round(amount, places))
