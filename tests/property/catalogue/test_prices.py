"""The laws of prices: one at any instant, appended to only, in their own currency; bounds that hold."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from fen.catalogue import (
    TIERS,
    Bracket,
    Card,
    Catalogue,
    PriceBook,
    Rates,
    Tariff,
    Tier,
    Window,
    cost,
    worst_case,
)
from fen.catalogue.harvest import append_changes
from fen.catalogue.rates import make_rates
from fen.wire.usage import METERS, Meter, Usage

CURRENCIES = ("CNY", "USD")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

instants = st.integers(-3 * 24 * 60, 30 * 24 * 60).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
days = st.sets(st.integers(1, 7), min_size=1).map(lambda found: tuple(sorted(found)))
windows = st.builds(Window, clocks, clocks, days, st.sampled_from([-300, 0, 330, 480]))
amounts = st.decimals(0, 500, places=4)
prices = st.dictionaries(st.sampled_from(METERS), amounts, min_size=1, max_size=3)
brackets = st.dictionaries(st.integers(1, 3_000), prices, max_size=2).map(
    lambda found: tuple(Bracket(above, found[above]) for above in sorted(found))
)
tariffs = st.builds(
    lambda stated, **others: Tariff(
        prices=stated[0], brackets=stated[1], source="https://a.example", checked=EPOCH.date(), **others
    ),
    st.tuples(prices, brackets) | st.just(({}, ())),
    currency=st.sampled_from(CURRENCIES),
    tier=st.sampled_from(["standard", "batch"]),
    windows=st.just(()) | st.tuples(windows),
    starts=st.none() | instants,
    ends=st.none() | instants,
)
# What genai-prices can say: dollars, a start by the day, hours of every day, no end.
harvested = st.builds(
    Tariff,
    currency=st.just("USD"),
    prices=prices,
    source=st.just("https://a.example"),
    checked=st.just(EPOCH.date()),
    tier=st.sampled_from(["standard", "batch"]),
    windows=st.just(()) | st.tuples(st.builds(Window, clocks, clocks)),
    starts=st.none() | st.integers(0, 25).map(lambda day: EPOCH + timedelta(days=day)),
)
books = st.lists(tariffs, max_size=4).map(lambda found: PriceBook(tuple(found), ("CNY",)))
tokens = st.integers(0, 4_000)
usages = st.builds(Usage, *[tokens] * 8)
all_rates = st.builds(
    lambda stated, steps: make_rates(
        Tariff("CNY", stated, "https://a.example", EPOCH.date(), brackets=steps)
    ),
    prices,
    brackets,
)


@given(books, instants)
def test_at_any_instant_a_meter_has_one_price_or_none(book: PriceBook, at: datetime) -> None:
    in_force = [row for row in book.rows("v/m", "v") if row.holds(at)]
    always = [(row.tier, row.currency, row.meter, row.above) for row in in_force if not row.schedule]
    assert len(always) == len(set(always))
    for tier in TIERS:
        found = book.find(at, tier)
        if found is not None:
            stated = {(meter, 0): price for meter, price in found.prices.items()}
            stated |= {
                (meter, step.above): step.prices[meter] for step in found.brackets for meter in step.prices
            }
            shown = {
                (row.meter, row.above): row.price
                for row in in_force
                if (row.tier, row.currency, row.schedule) == (tier, found.currency, found.windows)
            }
            assert stated.items() <= shown.items()
        elif not any(row.tier == tier for row in in_force):
            continue
        else:
            # Only where a tariff without prices takes precedence by its hours may rows be in force unheeded.
            assert any(t.windows and not t.prices and t.holds(at) for t in book.tariffs if t.tier == tier)


@given(books, st.lists(instants, min_size=1, max_size=8), st.sampled_from(TIERS))
def test_a_cached_price_is_that_of_the_moment(book: PriceBook, moments: list[datetime], tier: Tier) -> None:
    card = Card("v/m", "v", "m", "v", "m")
    catalogue = Catalogue([card], lambda _: book)
    for at in moments:
        found = book.find(at, tier)
        assert catalogue.rates("v/m", at, tier) == (make_rates(found) if found else None)


@given(books, instants)
def test_a_price_holds_until_the_change_that_is_announced(book: PriceBook, at: datetime) -> None:
    until = book.changes_after(at, "standard")
    assert at < until
    found = book.find(at, "standard")
    for part in (1, 2, 3):
        assert book.find(at + (until - at) * part / 4, "standard") == found
    assert book.find(until - timedelta(microseconds=1), "standard") == found


@given(books, tariffs, instants)
def test_what_is_appended_changes_nothing_before_its_start(
    book: PriceBook, tariff: Tariff, at: datetime
) -> None:
    start = tariff.starts
    later = book.append(tariff)
    assert later.tariffs[: len(book.tariffs)] == book.tariffs
    if start is not None and at < start:
        for tier in TIERS:
            assert later.find(at, tier) == book.find(at, tier)


@given(books, instants)
def test_a_price_keeps_its_currency(book: PriceBook, at: datetime) -> None:
    found = book.find(at, "standard")
    usage = Usage(input=5, output=7)
    if found is not None:
        rates = make_rates(found)
        assert rates.currency == found.currency
        for amount in (cost(usage, rates), worst_case(5, 7, rates)):
            assert amount is None or amount.currency == found.currency


@given(
    st.lists(harvested, max_size=4),
    st.lists(harvested, max_size=4),
    st.integers(1, 20),
    st.sampled_from(TIERS),
    instants,
)
def test_a_new_harvest_appends_and_speaks_of_today_on(
    old: list[Tariff], new: list[Tariff], today: int, tier: Tier, at: datetime
) -> None:
    start = EPOCH + timedelta(days=today)
    merged = append_changes(old, new, start.date())
    assert list(merged[: len(old)]) == old
    before, fresh, after = (PriceBook(tuple(found)) for found in (old, new, merged))
    if at < start:
        assert after.find(at, tier) == before.find(at, tier)
    else:
        assert _prices(after, at, tier) == _prices(fresh, at, tier)
    assert append_changes(merged, new, start.date()) == merged


def _prices(book: PriceBook, at: datetime, tier: Tier) -> object:
    found = book.find(at, tier)
    return None if found is None else (found.currency, found.prices, found.brackets)


@given(all_rates, usages, usages)
def test_the_cost_of_two_calls_is_the_sum_within_a_bracket(rates: Rates, one: Usage, other: Usage) -> None:
    both = Usage(*(a + b for a, b in zip(astuple(one), astuple(other), strict=True)))
    same = [rates.prices(usage.prompt_tokens) for usage in (one, other, both)]
    first, second, together = cost(one, rates), cost(other, rates), cost(both, rates)
    if same[0] == same[1] == same[2] and first is not None and second is not None:
        assert together == first + second


@given(all_rates, usages)
def test_a_cost_is_exact_and_never_negative(rates: Rates, usage: Usage) -> None:
    spent = cost(usage, rates)
    table = rates.prices(usage.prompt_tokens)
    used: list[Meter] = [meter for meter in METERS if getattr(usage, meter)]
    if all(meter in table for meter in used):
        assert spent is not None
        assert spent.amount * 1_000_000 == sum(table[meter] * getattr(usage, meter) for meter in used)
        assert spent.amount >= 0
    else:
        assert spent is None


@given(all_rates, usages, tokens, tokens)
def test_no_call_within_its_bounds_costs_more_than_the_worst_case(
    rates: Rates, usage: Usage, more_read: int, more_written: int
) -> None:
    most = worst_case(usage.prompt_tokens + more_read, usage.completion_tokens + more_written, rates)
    spent = cost(usage, rates)
    if most is not None and spent is not None:
        assert spent <= most


@given(all_rates, usages)
def test_a_longer_bound_is_never_cheaper(rates: Rates, usage: Usage) -> None:
    less, more = (worst_case(n, n, rates) for n in (usage.prompt_tokens, usage.prompt_tokens + 1))
    if less is not None and more is not None:
        assert less <= more
