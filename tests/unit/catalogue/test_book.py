from datetime import UTC, date, datetime, time
from decimal import Decimal

from fen.catalogue import Bracket, PriceBook, Tariff, Tier, Window


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tariff(
    price: str | None,
    starts: str | None = None,
    ends: str | None = None,
    currency: str = "USD",
    tier: Tier = "standard",
    windows: tuple[Window, ...] = (),
) -> Tariff:
    return Tariff(
        currency,
        {"input": Decimal(price)} if price else {},
        "https://vendor.example/prices",
        date(2026, 11, 24),
        tier,
        windows=windows,
        starts=day(starts) if starts else None,
        ends=day(ends) if ends else None,
    )


def price(book: PriceBook, at: str, tier: Tier = "standard") -> str | None:
    found = book.find(day(at), tier)
    return f"{found.prices['input']} {found.currency}" if found else None


def test_the_price_that_began_last_holds() -> None:
    book = PriceBook((tariff("3"), tariff("2", "2025-01-01"), tariff("1", "2026-01-01")))
    moments = ["2020-01-01", "2024-12-31T23:59:59", "2025-01-01", "2026-01-01", "2030-01-01"]
    assert [price(book, at) for at in moments] == ["3 USD", "3 USD", "2 USD", "1 USD", "1 USD"]


def test_before_the_first_price_none_is_known() -> None:
    assert price(PriceBook((tariff("1", "2025-01-01"),)), "2024-12-31") is None


def test_after_a_price_has_ended_the_one_before_it_holds_again() -> None:
    book = PriceBook((tariff("2"), tariff("1", "2025-01-01", "2025-02-01")))
    assert [price(book, at) for at in ("2025-01-15", "2025-02-01")] == ["1 USD", "2 USD"]


def test_within_its_hours_the_scheduled_price_holds() -> None:
    night = (Window(time(16, 30), time(0, 30)),)
    book = PriceBook((tariff("2", "2025-01-01"), tariff("1", "2025-01-01", windows=night)))
    assert [price(book, at) for at in ("2025-03-01T16:29", "2025-03-01T16:30", "2025-03-02T00:30")] == [
        "2 USD",
        "1 USD",
        "2 USD",
    ]


def test_a_later_price_ends_the_hours_of_an_earlier_one() -> None:
    always = (Window(time(0), time(0)),)
    book = PriceBook(
        (tariff("2", "2025-01-01"), tariff("1", "2025-01-01", windows=always), tariff("3", "2026-01-01"))
    )
    assert price(book, "2026-06-01") == "3 USD"


def test_a_price_that_is_withdrawn_is_unknown_and_not_zero() -> None:
    book = PriceBook((tariff("2"), tariff(None, "2026-01-01")))
    assert [price(book, at) for at in ("2025-12-31", "2026-01-01")] == ["2 USD", None]
    assert [row.valid_to for row in book.rows("v/m", "v")] == [day("2026-01-01")]


def test_tiers_do_not_stand_in_for_each_other() -> None:
    book = PriceBook((tariff("2"), tariff("1", tier="batch")))
    assert [price(book, "2026-01-01", tier) for tier in ("standard", "batch", "flex")] == [
        "2 USD",
        "1 USD",
        None,
    ]


def test_the_vendors_own_currency_comes_first() -> None:
    both = (tariff("1", "2026-01-01"), tariff("7", "2025-01-01", currency="CNY"))
    assert price(PriceBook(both, ("CNY", "USD")), "2026-06-01") == "7 CNY"
    assert price(PriceBook(both, ("USD",)), "2026-06-01") == "1 USD"
    assert price(PriceBook(both, ("USD",)), "2025-06-01") == "7 CNY", "the only one known then"


def test_a_change_is_announced_no_later_than_it_comes() -> None:
    night = (Window(time(16, 30), time(0, 30)),)
    book = PriceBook((tariff("2"), tariff("1", windows=night), tariff("3", "2026-01-01T10:00")))
    assert book.changes_after(day("2025-06-01T12:00"), "standard") == day("2025-06-01T16:30")
    assert book.changes_after(day("2026-01-01T09:00"), "standard") == day("2026-01-01T10:00")
    assert book.changes_after(day("2026-01-01T09:00"), "batch") == day("2026-01-02T09:00")


def test_rows_show_each_price_with_the_time_for_which_it_held() -> None:
    promotion = tariff("1", "2025-01-01", "2025-02-01")
    rows = PriceBook((tariff("2"), promotion, tariff("3", "2026-01-01"))).rows("vendor/model", "vendor")
    assert [(str(row.price), row.valid_from, row.valid_to) for row in rows] == [
        ("2", None, day("2025-01-01")),
        ("2", day("2025-02-01"), day("2026-01-01")),
        ("1", day("2025-01-01"), day("2025-02-01")),
        ("3", day("2026-01-01"), None),
    ]
    assert {
        (row.model, row.vendor, row.meter, row.currency, row.tier, row.source, row.checked) for row in rows
    } == {
        (
            "vendor/model",
            "vendor",
            "input",
            "USD",
            "standard",
            "https://vendor.example/prices",
            date(2026, 11, 24),
        )
    }


def test_rows_show_brackets() -> None:
    one = Tariff(
        "USD",
        {"input": Decimal(1)},
        "s",
        date(2026, 1, 1),
        brackets=(Bracket(200_000, {"input": Decimal(2)}),),
    )
    assert [(row.above, str(row.price)) for row in PriceBook((one,)).rows("v/m", "v")] == [
        (0, "1"),
        (200_000, "2"),
    ]


def test_a_tariff_that_ends_before_it_begins_takes_nothing_from_another() -> None:
    book = PriceBook((tariff("2"), tariff("1", "2025-02-01", "2025-01-01")))
    assert [(row.price, row.valid_from, row.valid_to) for row in book.rows("v/m", "v")] == [
        (Decimal(2), None, None)
    ]
