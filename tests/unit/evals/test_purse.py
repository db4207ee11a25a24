from decimal import Decimal

from fen.evals.purse import Purse
from fen.wire.money import Money


def fill(*amounts: Money | None) -> Purse:
    purse = Purse()
    for amount in amounts:
        purse.add(amount)
    return purse


def test_currencies_stay_apart() -> None:
    purse = fill(Money(Decimal("0.5"), "USD"), Money(Decimal(3), "CNY"), Money(Decimal("0.25"), "USD"))
    assert purse.amounts == {"USD": Decimal("0.75"), "CNY": Decimal(3)}
    assert purse.only is None
    assert str(purse) == "3 CNY and 0.75 USD"


def test_small_amounts_keep_their_digits() -> None:
    assert str(fill(Money(Decimal("0.0000123456"), "USD"))) == "0.00001235 USD"
    assert str(fill(Money(Decimal("12.345678"), "USD"))) == "12.3457 USD"


def test_what_is_not_known_is_said() -> None:
    assert str(fill()) == "0"
    assert str(fill(None)) == "not known"
    mixed = fill(Money(Decimal(1), "USD"), None, None)
    assert mixed.only is None
    assert str(mixed) == "1 USD and what 2 cost whose price is not known"


def test_one_amount_many_times() -> None:
    purse = Purse()
    purse.add(Money(Decimal("0.1"), "USD"), 30)
    assert purse.only == Money(Decimal("3.0"), "USD")
