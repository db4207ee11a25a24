"""A workload on models: the same numbers as comparing and planning have."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fen.app.offers import Offers
from fen.app.price_means import make_price_means
from fen.app.tables import FxTable
from fen.app.workload import Workload, weigh_workload
from fen.catalogue import load_catalogue
from fen.catalogue.plan import Machine
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money
from fen.wire.usage import Usage

AT = datetime(2026, 10, 1, tzinfo=UTC)
OFFERS = Offers(load_catalogue(), frozenset())
LOAD = Workload(Decimal(50), "second", 2000, 500)


def test_a_request_and_the_month_of_all_of_them() -> None:
    found = weigh_workload(make_price_means(OFFERS, {}), ["gpt-4o-mini"], LOAD, AT)
    [one] = found.weighed
    assert str(one.quote.cost) == "0.0006 USD"
    assert one.planned.month == Money(Decimal("78840.0000"), "USD")
    assert one.quote.common is one.planned.common is None
    assert found.farm is None


def test_requests_a_month_are_the_same_load() -> None:
    monthly = Workload(Decimal(50 * 730 * 3600), "month", 2000, 500)
    assert monthly.demand == LOAD.demand


def test_a_share_of_the_prompt_is_cached() -> None:
    assert Workload(Decimal(1), "month", 2001, 5, Decimal(50)).usage == Usage(1001, 1000, output=5)


def test_a_rate_gives_the_common_currency_and_machines_are_counted() -> None:
    rates = {"CNY_PER_USD": FxTable("7", date(2026, 11, 2), "https://bank.example")}
    machine = Machine(Decimal(900), Money(Decimal(2), "USD"))
    found = weigh_workload(
        make_price_means(OFFERS, rates, "CNY"), ["gpt-4o-mini", "deepseek/deepseek-chat"], LOAD, AT, machine
    )
    mini = next(one for one in found.weighed if one.quote.model == "openai/gpt-4o-mini")
    assert str(mini.quote.common) == "0.0042 CNY"
    assert found.farm is not None
    assert found.farm.machines == 28


@pytest.mark.parametrize(
    ("requests", "tokens", "cached", "complaint"),
    [
        ("0", 1, "0", "requests"),
        ("1", -1, "0", "input"),
        ("1", 1, "101", "cached"),
        ("NaN", 1, "0", "requests"),
    ],
)
def test_what_is_no_load_is_refused(requests: str, tokens: int, cached: str, complaint: str) -> None:
    with pytest.raises(InvalidRequest, match=complaint):
        Workload(Decimal(requests), "month", tokens, 5, Decimal(cached))
