from datetime import UTC, date, datetime
from decimal import Decimal

from fen.catalogue import Card, Catalogue, Fact, PriceBook, Retirement, Tariff, load_catalogue
from fen.catalogue.compare import compare, find_hindrance, times
from fen.wire.money import Money
from fen.wire.usage import Usage

AT = datetime(2026, 11, 26, tzinfo=UTC)
USAGE = Usage(input=2000, output=500)


def tariff(currency: str, read: str, written: str) -> Tariff:
    return Tariff(currency, {"input": Decimal(read), "output": Decimal(written)}, "https://v.example")


BOOKS = {
    "v/dollar": PriceBook((tariff("USD", "1", "4"),)),
    "v/yuan": PriceBook((tariff("CNY", "1", "4"),), ("CNY",)),
    "v/cheap": PriceBook((tariff("USD", "0.5", "1"),)),
    "v/unknown": PriceBook(),
}
CATALOGUE = Catalogue([Card(name, "v", name, "v", name) for name in BOOKS], lambda card: BOOKS[card.id])


def in_yuan(money: Money) -> Money:
    return money if money.currency == "CNY" else Money(money.amount * 7, "CNY")


def test_without_a_rate_each_currency_has_its_order() -> None:
    found = compare(CATALOGUE, CATALOGUE.cards(), USAGE, AT)
    assert [(quote.model, str(quote.cost)) for quote in found.quotes] == [
        ("v/yuan", "0.004 CNY"),
        ("v/cheap", "0.0015 USD"),
        ("v/dollar", "0.004 USD"),
    ]
    assert {quote.common for quote in found.quotes} == {None}
    assert found.unpriced == ("v/unknown",)


def test_with_a_rate_the_common_currency_orders_and_the_own_stays() -> None:
    found = compare(CATALOGUE, CATALOGUE.cards(), USAGE, AT, convert=in_yuan)
    assert [(quote.model, str(quote.common), quote.cost.currency) for quote in found.quotes] == [
        ("v/yuan", "0.004 CNY", "CNY"),
        ("v/cheap", "0.0105 CNY", "USD"),
        ("v/dollar", "0.028 CNY", "USD"),
    ]


def test_a_batch_has_prices_of_its_own() -> None:
    assert compare(CATALOGUE, CATALOGUE.cards(), USAGE, AT, "batch").quotes == ()
    known = load_catalogue()
    card = known.find("gpt-4o-mini")
    assert card is not None
    [usual] = compare(known, [card], USAGE, AT).quotes
    [batch] = compare(known, [card], USAGE, AT, "batch").quotes
    assert batch.cost.amount * 2 == usual.cost.amount == Decimal("0.0006")


def test_cached_tokens_cost_their_own_price() -> None:
    known = load_catalogue()
    card = known.find("gpt-4o-mini")
    assert card is not None
    [quote] = compare(known, [card], Usage(input=1000, cached_input=1000, output=500), AT).quotes
    assert quote.cost == Money(Decimal("0.000525"), "USD")


def test_a_model_that_cannot_answer_says_why() -> None:
    card = Card(
        "v/m",
        "v",
        "m",
        "v",
        "m",
        context_window=Fact(4096, "s"),
        max_output_tokens=Fact(1024, "s"),
        retirement=Retirement("s", retired=date(2026, 12, 1)),
    )
    assert find_hindrance(CATALOGUE, card, USAGE, AT) is None
    assert find_hindrance(CATALOGUE, card, Usage(input=4000, output=500), AT) == "context 4,096"
    assert find_hindrance(CATALOGUE, card, Usage(input=10, output=2000), AT) == "output 1,024"
    assert find_hindrance(CATALOGUE, card, USAGE, datetime(2026, 12, 1, tzinfo=UTC)) == "retired 2026-12-01"
    known = load_catalogue()
    mini = known.find("gpt-4o-mini")
    assert mini is not None
    assert find_hindrance(known, mini, USAGE, datetime(2024, 1, 1, tzinfo=UTC)) == "released 2024-07-18"


def test_times_keeps_what_is_unknown() -> None:
    assert times(None, 3) is None
    assert times(Money(Decimal(2), "CNY"), 3) == Money(Decimal(6), "CNY")
