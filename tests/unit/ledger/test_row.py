from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fen.ledger import Exchange
from fen.ledger.row import MOST_AMOUNT, MOST_TOKENS, write_hold, write_settlement
from fen.ledger.store.tables import HOLD_COLUMNS
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.books import make_hold, make_settlement, usd

Row = dict[str, Any]

RATE = Exchange("USD", "CNY", Decimal("7.2"), "a bank", date(2026, 3, 14))


def read_hold(**changes: Any) -> Row:
    names = [column.name for column in HOLD_COLUMNS]
    return dict(zip(names, write_hold(make_hold(**changes)), strict=True))


def test_money_is_written_in_whole_numbers_and_times_in_microseconds() -> None:
    row = read_hold()
    assert (row["cost_max"], row["currency"], row["held_at"]) == (450_000_000, "USD", 1773489600123456)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"cost_max": Money(Decimal(1), "CNY")}, "a worst cost in CNY, expected USD"),
        ({"charge_max": Money(Decimal(1), "CNY"), "fx": None, "prices": None, "cost_max": None}, None),
        ({"charge_max": usd(1), "fx": RATE}, "a worst charge in USD, expected CNY"),
        ({"charge_max": Money(Decimal(1), "CNY"), "fx": RATE}, None),
        ({"cost_max": usd("-0.1")}, "expected 0 to"),
        ({"charge_max": usd(MOST_AMOUNT + 1)}, "expected 0 to"),
    ],
)
def test_a_hold_that_contradicts_itself_is_refused(changes: dict[str, Any], found: str | None) -> None:
    if found is None:
        assert read_hold(**changes)["charge_currency"] == "CNY"
    else:
        with pytest.raises(ValueError, match=found):
            read_hold(**changes)


def test_a_figure_that_no_row_holds_is_cut_and_flagged() -> None:
    usage = Usage(input=10**30, output=7)
    row = write_settlement(make_settlement(usage=usage, cost=usd("1e20"), charge=usd(1), flags=("odd",)))
    assert (row["b_input_tokens"], row["b_output_tokens"]) == (MOST_TOKENS, 7)
    assert (row["b_cost"], row["b_charge"]) == (9_000_000 * 10**12, 10**12)
    assert row["b_flags"] == "odd,over_limit"


@pytest.mark.parametrize(
    "changes", [{"usage": Usage(output=-1)}, {"cost": usd("-0.01")}, {"charge": usd(-1)}]
)
def test_a_negative_figure_is_a_fault_and_not_an_entry(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="found a negative figure"):
        write_settlement(make_settlement(**changes))


def test_words_from_outside_are_made_printable_and_short() -> None:
    row = write_settlement(make_settlement(certainty="estimated", reason="bad\0\ncode" + "x" * 1000))
    assert row["b_reason"] == "bad??code" + "x" * 191
    assert read_hold(tag="a\ud800b")["tag"] == "a?b"
