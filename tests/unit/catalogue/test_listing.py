"""The list of models: searched, narrowed, in order."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from fen.catalogue import Card, Catalogue, Fact, PriceBook, Retirement, Tariff, load_catalogue
from fen.catalogue.listing import Found, Order, Wish, list_models
from fen.wire.money import Money

AT = datetime(2026, 11, 26, tzinfo=UTC)


def tariff(currency: str, read: str, written: str) -> Tariff:
    return Tariff(currency, {"input": Decimal(read), "output": Decimal(written)}, "https://v.example")


def card(name: str, vendor: str, window: int | None = None, **more: Any) -> Card:
    fact = None if window is None else Fact(window, "https://v.example")
    return replace(Card(f"{vendor}/{name}", vendor, name, vendor, name, context_window=fact), **more)


CARDS = (
    card("small", "maker", 1000, abilities=frozenset({"vision", "tools"})),
    card("small", "agent", 2000, abilities=frozenset({"vision"})),
    card("small-pro", "agent", None),
    card("old-small", "maker", 500, retirement=Retirement("https://v.example", retired=date(2026, 1, 1))),
)
BOOKS = {
    "maker/small": PriceBook((tariff("USD", "1", "4"),)),
    "agent/small": PriceBook((tariff("CNY", "2", "5"),)),
    "agent/small-pro": PriceBook(),
    "maker/old-small": PriceBook((tariff("USD", "9", "9"),)),
}
CATALOGUE = Catalogue(CARDS, lambda one: BOOKS[one.id], frozenset({"maker"}))


def in_dollars(money: Money) -> Money:
    return money if money.currency == "USD" else Money(money.amount / 7, "USD")


def names(found: Found) -> list[str]:
    return [one.card.id for one in found.listed]


def test_who_is_called_so_comes_first_and_makers_before_resellers() -> None:
    found = list_models(CATALOGUE, Wish("small"), AT)
    assert names(found) == ["maker/small", "agent/small", "agent/small-pro"]
    assert found.gone == 1


def test_what_is_served_here_comes_before_its_maker() -> None:
    found = list_models(CATALOGUE, Wish("small"), AT, upstreams={"agent"})
    assert names(found) == ["agent/small", "maker/small", "agent/small-pro"]
    assert names(list_models(CATALOGUE, Wish(served=True), AT, upstreams={"agent"})) == [
        "agent/small",
        "agent/small-pro",
    ]


def test_the_retired_are_listed_where_they_are_wanted_and_never_served() -> None:
    found = list_models(CATALOGUE, Wish("old", retired=True), AT, upstreams={"maker"})
    assert [(one.card.id, one.gone, one.served) for one in found.listed] == [("maker/old-small", True, False)]
    assert found.gone == 0


def test_narrowed_by_vendor_currency_and_abilities() -> None:
    assert names(list_models(CATALOGUE, Wish(vendor="maker"), AT)) == ["maker/small"]
    assert names(list_models(CATALOGUE, Wish(currency="CNY"), AT)) == ["agent/small"]
    assert names(list_models(CATALOGUE, Wish(abilities=("vision", "tools")), AT)) == ["maker/small"]


@pytest.mark.parametrize(
    ("order", "falling", "expected"),
    [
        ("context", False, ["maker/small", "agent/small", "agent/small-pro"]),
        ("context", True, ["agent/small", "maker/small", "agent/small-pro"]),
        ("model", True, ["maker/small", "agent/small-pro", "agent/small"]),
        ("input", False, ["agent/small", "maker/small", "agent/small-pro"]),
    ],
)
def test_orders_have_the_unknown_last_and_currencies_apart(
    order: Order, falling: bool, expected: list[str]
) -> None:
    assert names(list_models(CATALOGUE, Wish(order=order, falling=falling), AT)) == expected


def test_with_a_rate_prices_of_two_currencies_have_one_order() -> None:
    wish = Wish(order="input", falling=True)
    assert names(list_models(CATALOGUE, wish, AT, convert=in_dollars))[0] == "maker/small"
    assert names(list_models(CATALOGUE, wish, AT))[0] == "maker/small"  # USD after CNY
    rising = Wish(order="output")
    assert names(list_models(CATALOGUE, rising, AT, convert=in_dollars))[0] == "agent/small"


def test_a_known_model_has_its_facts_and_prices() -> None:
    known = load_catalogue()
    one = list_models(known, Wish("gpt-4o-mini"), AT).listed[0]
    assert one.card.id == "openai/gpt-4o-mini"
    assert (one.price("input"), one.price("output")) == (
        Money(Decimal("0.15"), "USD"),
        Money(Decimal("0.6"), "USD"),
    )
    assert one.longest is not None
    assert one.longest.value == 16384
    assert not one.varies


def test_prices_that_depend_on_the_hour_are_marked() -> None:
    known = load_catalogue()
    [one] = [
        each
        for each in list_models(known, Wish("deepseek/deepseek-v4-pro"), AT).listed
        if each.card.id == "deepseek/deepseek-v4-pro"
    ]
    assert one.varies
