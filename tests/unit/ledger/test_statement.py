from decimal import Decimal

import msgspec

from fen.ledger import Entry, UsageRow, add_usage, describe_entry, flatten_facts, sum_charges, sum_costs
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.books import make_hold, make_settlement, usd

ROW = UsageRow(
    key=None,
    model=None,
    requests=1,
    input_tokens=1,
    cached_tokens=0,
    output_tokens=1,
    cost=Decimal("0.1"),
    currency="USD",
    charge=Decimal(1),
    charge_currency="CNY",
    exact=1,
    estimated=0,
    unpriced=0,
)


def test_sums_stay_apart_by_currency_and_pass_over_what_is_unknown() -> None:
    euro = msgspec.structs.replace(ROW, currency="CNY", charge=None, charge_currency=None)
    unknown = msgspec.structs.replace(ROW, cost=None, currency=None)
    assert sum_costs([ROW, ROW, euro, unknown]) == (Money(Decimal("0.1"), "CNY"), usd("0.2"))
    assert sum_charges([ROW, euro]) == (Money(Decimal(1), "CNY"),)


def test_usage_adds_up_meter_by_meter() -> None:
    assert add_usage([Usage(1, 2, 3, 4, 5, 6, 7, 8)] * 3) == Usage(3, 6, 9, 12, 15, 18, 21, 24)


def test_an_open_entry_says_so() -> None:
    facts = describe_entry(Entry(make_hold(), 7, None))
    assert (facts["state"], facts["checkpoint"]) == ("open", 7)
    assert facts["cost_max"] == {"amount": "0.00045", "currency": "USD"}
    msgspec.json.encode(facts)


def test_a_settled_entry_shows_every_figure_as_decimal_text() -> None:
    facts = describe_entry(Entry(make_hold(), 7, make_settlement(flags=("over_hold",))))
    assert facts["state"] == "settled"
    assert facts["cost"] == facts["charge"] == {"amount": "0.00015", "currency": "USD"}
    assert (facts["usage"]["prompt_tokens"], facts["usage"]["completion_tokens"]) == (700, 100)
    assert facts["prices"]["per_million"] == {"input": "0.15", "output": "0.6"}
    assert b"over_hold" in msgspec.json.encode(facts)


def test_facts_are_one_list_with_the_way_to_each() -> None:
    facts = {"id": 1, "usage": {"input": 2, "deep": {"er": None}}, "flags": ("a",)}
    assert flatten_facts(facts) == [("id", 1), ("usage.input", 2), ("usage.deep.er", None), ("flags", ("a",))]
