from datetime import date
from decimal import Decimal

import pytest

from fen.catalogue import Bracket, Rates, Tariff, cost, worst_case
from fen.catalogue.rates import make_rates
from fen.wire.money import Money
from fen.wire.usage import Usage


def tariff(brackets: tuple[Bracket, ...] = (), **prices: str) -> Tariff:
    stated = {meter: Decimal(price) for meter, price in prices.items()}
    return Tariff("USD", stated, "https://vendor.example/prices", date(2026, 11, 24), brackets=brackets)  # type: ignore[arg-type]


def bracket(above: int, **prices: str) -> Bracket:
    return Bracket(above, {meter: Decimal(price) for meter, price in prices.items()})  # type: ignore[misc]


MINI = make_rates(tariff(input="0.15", cached_input="0.075", output="0.60"))
LONG = make_rates(tariff((bracket(200_000, input="2.50", output="15"),), input="1.25", output="10"))


def test_a_call_costs_its_tokens_at_the_price_of_a_million() -> None:
    usage = Usage(input=1000, cached_input=500, output=200, reasoning=100)
    assert cost(usage, MINI) == Money(Decimal("0.0003675"), "USD")


def test_nothing_costs_nothing() -> None:
    assert cost(Usage(), MINI) == Money(Decimal(0), "USD")


@pytest.mark.parametrize(
    ("meter", "like"),
    [("cached_input", "input"), ("cache_write", "input"), ("image_input", "input"), ("reasoning", "output")],
)
def test_a_meter_that_is_not_priced_costs_what_its_kind_costs(meter: str, like: str) -> None:
    rates = make_rates(tariff(input="1", output="2"))
    assert cost(Usage(**{meter: 7}), rates) == cost(Usage(**{like: 7}), rates)


@pytest.mark.parametrize("meter", ["audio_input", "audio_output"])
def test_audio_without_a_price_has_no_cost(meter: str) -> None:
    assert meter not in MINI.per_million
    assert cost(Usage(input=1, **{meter: 1}), MINI) is None


def test_a_stated_price_is_not_replaced_by_that_of_its_kind() -> None:
    rates = make_rates(tariff(input="1", cache_write="1.25", output="2", reasoning="3"))
    assert cost(Usage(cache_write=1_000_000, reasoning=1_000_000), rates) == Money(Decimal("4.25"), "USD")


@pytest.mark.parametrize(("tokens", "dollars"), [(200_000, "0.25"), (200_001, "0.5000025")])
def test_a_long_prompt_is_dearer_as_a_whole(tokens: int, dollars: str) -> None:
    assert cost(Usage(input=tokens), LONG) == Money(Decimal(dollars), "USD")


def test_all_that_was_read_counts_to_the_bracket() -> None:
    usage = Usage(input=100_000, cached_input=100_001, output=1_000_000)
    assert cost(usage, LONG) == Money(Decimal("2.5") * 200_001 / 1_000_000 + 15, "USD")


def test_the_highest_bracket_that_is_reached_holds() -> None:
    rates = make_rates(
        tariff(
            (bracket(32_000, input="4", output="16"), bracket(128_000, input="7")), input="2.5", output="10"
        )
    )
    assert rates.prices(32_000)["input"] == Decimal("2.5")
    assert rates.prices(32_001)["input"] == Decimal(4)
    assert rates.prices(128_001) == {
        "input": Decimal(7),
        "cached_input": Decimal(7),
        "cache_write": Decimal(7),
        "image_input": Decimal(7),
        "output": Decimal(16),
        "reasoning": Decimal(16),
    }


def test_the_worst_case_takes_the_dearest_meter_of_each_side() -> None:
    rates = make_rates(tariff(input="3", cached_input="0.30", cache_write="3.75", output="15"))
    assert worst_case(1_000_000, 1_000_000, rates) == Money(Decimal("18.75"), "USD")


def test_the_worst_case_takes_the_dearest_bracket_that_can_be_reached() -> None:
    assert worst_case(200_000, 0, LONG) == Money(Decimal("0.25"), "USD")
    assert worst_case(200_001, 1_000_000, LONG) == Money(Decimal("15.5000025"), "USD")


def test_a_bracket_that_is_cheaper_does_not_lower_the_worst_case() -> None:
    rates = make_rates(tariff((bracket(10, input="1", output="1"),), input="5", output="5"))
    assert worst_case(1_000_000, 0, rates) == Money(Decimal(5), "USD")


@pytest.mark.parametrize(
    ("prices", "bounds"),
    [({"input": "1"}, (10, 10)), ({"output": "1"}, (10, 10)), ({"audio_input": "1"}, (10, 0))],
)
def test_the_worst_case_is_unknown_where_text_has_no_price(
    prices: dict[str, str], bounds: tuple[int, int]
) -> None:
    assert worst_case(*bounds, make_rates(tariff((), **prices))) is None


def test_a_side_that_is_not_used_needs_no_price() -> None:
    embedding = make_rates(tariff(input="0.02"))
    assert worst_case(1_000_000, 0, embedding) == Money(Decimal("0.02"), "USD")


def test_amounts_keep_their_currency() -> None:
    rates = Rates("CNY", {"input": Decimal(1), "output": Decimal(2)}, "test")
    for amount in (cost(Usage(input=1, output=1), rates), worst_case(1, 1, rates)):
        assert amount == Money(Decimal("0.000003"), "CNY")
