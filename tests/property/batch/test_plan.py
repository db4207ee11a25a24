"""The laws of plans: in time, never dearer than now, the cheapest there is, and not changed by waiting."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fen.batch import Load, Pace, plan_starts
from fen.catalogue import Catalogue, Tariff, Window, cost
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.unit.batch.prices import CARD, catalogue

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

instants = st.integers(-3000, 3000).map(lambda minutes: NOW + minutes * MINUTE)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
days = st.sets(st.integers(1, 7), min_size=1).map(lambda found: tuple(sorted(found)))
windows = st.builds(Window, clocks, clocks, days, st.sampled_from([-300, 0, 330, 480]))
amounts = st.decimals(0, 9, places=1)
tariffs = st.builds(
    Tariff,
    currency=st.just("USD"),
    prices=st.fixed_dictionaries({"input": amounts, "output": amounts}),
    source=st.just("https://a.example"),
    checked=st.just(NOW.date()),
    windows=st.just(()) | st.tuples(windows) | st.tuples(windows, windows),
    starts=st.none() | instants,
    ends=st.none() | instants,
)
books = st.lists(tariffs, max_size=4).map(lambda found: catalogue(*found))
deadlines = st.integers(-60, 24 * 60).map(lambda minutes: NOW + minutes * MINUTE)
loads = st.builds(Load, st.just(CARD.id), st.integers(1, 900), st.integers(0, 9000), st.integers(0, 9000))
paces = st.builds(
    Pace,
    st.floats(0.1, 60),
    st.integers(1, 32),
    st.integers(0, 180).map(lambda minutes: minutes * MINUTE),
    st.integers(0, 500),
)


def choose(load: Load, prices: Catalogue, deadline: datetime, pace: Pace, now: datetime = NOW) -> datetime:
    return plan_starts([load], prices, now, deadline, pace)[CARD.id]


def price(prices: Catalogue, load: Load, at: datetime) -> Money | None:
    rates = prices.rates(CARD.id, at)
    usage = Usage(input=load.input_tokens // load.lines, output=load.output_tokens // load.lines)
    return None if rates is None else cost(usage, rates)


@given(loads, books, deadlines, paces)
def test_a_start_leaves_the_time_that_is_needed(
    load: Load, prices: Catalogue, deadline: datetime, pace: Pace
) -> None:
    start = choose(load, prices, deadline, pace)
    assert start >= NOW
    assert start == NOW or start + pace.margin <= start + pace.needs(load.lines) <= deadline


@given(loads, books, deadlines, paces)
def test_a_start_is_never_dearer_than_now(
    load: Load, prices: Catalogue, deadline: datetime, pace: Pace
) -> None:
    start = choose(load, prices, deadline, pace)
    now, then = price(prices, load, NOW), price(prices, load, start)
    if now is not None:
        assert then is not None
        assert then < now or start == NOW


@given(loads, books, deadlines, paces, st.data())
def test_no_instant_in_time_is_cheaper(
    load: Load, prices: Catalogue, deadline: datetime, pace: Pace, data: st.DataObject
) -> None:
    start = choose(load, prices, deadline, pace)
    latest = max(NOW, deadline - pace.needs(load.lines))
    other = NOW + data.draw(st.integers(0, (latest - NOW) // MINUTE)) * MINUTE
    least, seen = price(prices, load, start), price(prices, load, other)
    if least is not None and seen is not None:
        assert least <= seen


@given(loads, books, deadlines, paces, st.floats(0, 1))
def test_waiting_for_a_start_does_not_change_it(
    load: Load, prices: Catalogue, deadline: datetime, pace: Pace, share: float
) -> None:
    start = choose(load, prices, deadline, pace)
    later = NOW + (start - NOW) * share
    if price(prices, load, later) is not None:
        assert choose(load, prices, deadline, pace, later) == start
