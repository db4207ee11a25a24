"""Days of a look, costs by model and day in one picture, and who is held to which budget."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fen.app.spending import Bar, Days, Stack, rank, stack_models
from fen.ledger import UsageRow
from fen.wire.errors import InvalidRequest

FIRST, LAST = date(2026, 2, 27), date(2026, 3, 1)
DAYS = Days(FIRST, LAST)


def make_row(model: str, cost: str | None, day: date = FIRST, currency: str | None = "USD") -> UsageRow:
    amount = None if cost is None else Decimal(cost)
    return UsageRow(None, model, 1, 1, 0, 1, amount, currency, amount, currency, 1, 0, int(cost is None), day)


def test_days_are_whole_and_the_last_belongs_to_them() -> None:
    assert (DAYS.since, DAYS.until) == (datetime(2026, 2, 27, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    assert DAYS.list() == [FIRST, date(2026, 2, 28), LAST]


@pytest.mark.parametrize("last", [date(2026, 2, 26), date(2027, 2, 28)])
def test_days_that_are_none_or_too_many_are_refused(last: date) -> None:
    with pytest.raises(InvalidRequest, match="expected 1 to 366 days"):
        Days(FIRST, last)


def test_costs_are_stacked_by_currency_with_the_dearest_first() -> None:
    rows = [
        make_row("small", "1"),
        make_row("large", "3", LAST),
        make_row("large", "0.5", FIRST),
        make_row("yuan", "7", LAST, "CNY"),
        make_row("nobody knows", None, LAST, None),
        make_row("free", "0"),
    ]
    nothing = Decimal(0)
    assert stack_models(rows, DAYS) == [
        Stack("CNY", (Bar("yuan", (nothing, nothing, Decimal(7))),)),
        Stack(
            "USD",
            (
                Bar("large", (Decimal("0.5"), nothing, Decimal(3))),
                Bar("small", (Decimal(1), nothing, nothing)),
            ),
        ),
    ]


def test_what_is_beyond_the_dearest_is_one_bar_and_no_cent_is_lost() -> None:
    rows = [make_row(f"m{number}", str(number), DAYS.list()[number % 3]) for number in range(1, 11)]
    [stack] = stack_models(rows, DAYS, most=4)
    assert [bar.model for bar in stack.bars] == ["m10", "m9", "m8", "m7", None]
    assert sum(sum(bar.amounts) for bar in stack.bars) == 55


def test_sums_are_ranked_in_their_currency_and_what_has_no_price_comes_last() -> None:
    rows = [
        make_row("unpriced", None, currency=None),
        make_row("a", "1"),
        make_row("b", "2"),
        make_row("c", "9", currency="CNY"),
    ]
    assert [row.model for row in rank(rows)] == ["c", "b", "a", "unpriced"]
