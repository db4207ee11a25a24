"""The laws of prices through time: changes replay to the book; history and updates are appended only."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fen.catalogue import Card, Catalogue, PriceBook, PriceRow, Tariff, audit
from fen.catalogue.compare import compare
from fen.catalogue.events import Event, PriceList, make_tariffs
from fen.catalogue.history import list_changes, list_entries, replay
from fen.catalogue.overlay import Overlay, convert_tariff
from fen.catalogue.plan import Demand, Machine, count_machines, find_turn
from fen.catalogue.rivals import Rival, Statement
from fen.catalogue.shelf import lay_history
from fen.catalogue.updates import append, propose
from fen.wire.money import Money
from fen.wire.usage import Meter, Usage
from tests.property.catalogue.test_prices import CURRENCIES, EPOCH, amounts, books, instants, prices, tariffs

CARD = Card("v/m", "v", "m", "v", "m")
"""Whose book is drawn."""

lists = st.builds(PriceList, prices)


@st.composite
def told(draw: st.DrawFn) -> list[Event]:
    """What became of one model: a release perhaps, then prices, each from a day on."""
    days = sorted(draw(st.sets(st.integers(0, 25), max_size=4)))
    events: list[Event] = []
    for number, day in enumerate(days):
        at = EPOCH + timedelta(days=day)
        events.append(
            Event(
                at,
                at.date(),
                "v",
                "v/m",
                "release" if number == 0 and draw(st.booleans()) else "price",
                "https://a.example",
                currency=draw(st.sampled_from(CURRENCIES)),
                after=draw(lists),
            )
        )
    return events


@given(books, instants)
def test_changes_replay_to_the_book(book: PriceBook, at: datetime) -> None:
    rows = book.rows("v/m", "v")
    in_force = {
        (row.tier, row.currency, row.schedule, row.above, row.meter): row.price
        for row in rows
        if (row.valid_from is None or row.valid_from <= at) and (row.valid_to is None or at < row.valid_to)
    }
    assert replay(list_changes(rows), at) == in_force


@given(books)
def test_each_change_begins_where_the_one_before_ended(book: PriceBook) -> None:
    last: dict[object, Decimal | None] = {}
    for change in list_changes(book.rows("v/m", "v")):
        assert last.get(change.key) == change.before
        last[change.key] = change.after


@given(books, tariffs, instants)
def test_what_is_appended_changes_no_replayed_price_before_its_start(
    book: PriceBook, tariff: Tariff, at: datetime
) -> None:
    if tariff.starts is None or at >= tariff.starts:
        return
    before, after = (list_changes(each.rows("v/m", "v")) for each in (book, book.append(tariff)))
    assert replay(before, at) == replay(after, at)


@given(st.lists(tariffs, max_size=4), told(), instants)
def test_a_models_prices_with_its_history_are_one_at_any_instant_in_a_stated_currency(
    stated: list[Tariff], events: list[Event], at: datetime
) -> None:
    laid = lay_history(stated, events, EPOCH.date())
    known = {tariff.currency for tariff in (*stated, *make_tariffs(events))}
    book = PriceBook(tuple(laid))
    rows = [row for row in book.rows("v/m", "v") if row.holds(at) and not row.schedule]
    keys = [(row.tier, row.currency, row.meter, row.above) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row.currency for row in rows} <= known
    found = book.find(at, "standard")
    assert found is None or found.currency in known


@given(told(), st.integers(0, 3), instants)
def test_a_later_event_changes_nothing_before_it(events: list[Event], count: int, at: datetime) -> None:
    fewer = events[:count]
    if len(events) <= count or at >= events[count].at:
        return
    less, more = (PriceBook(tuple(make_tariffs(each))) for each in (fewer, events))
    assert less.find(at, "standard") == more.find(at, "standard")


@given(st.lists(tariffs, max_size=4))
def test_entries_are_in_order_and_tell_changes_only(stated: list[Tariff]) -> None:
    entries = list_entries(Catalogue([CARD], lambda _: PriceBook(tuple(stated))), CARD)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert all(price.before != price.after for entry in entries for price in entry.prices)


said: st.SearchStrategy[dict[Meter, Decimal]] = st.dictionaries(st.sampled_from(["input", "output"]), amounts)
# Dollars at all hours for prompts of any length, as other lists can say them.
simple = st.builds(
    Tariff,
    currency=st.just("USD"),
    prices=prices,
    source=st.just("https://a.example"),
    starts=st.none() | instants,
)


@given(st.lists(simple | tariffs, min_size=1, max_size=3), said, instants)
def test_an_accepted_price_holds_from_then_on_and_changes_nothing_before(
    stated: list[Tariff], theirs: dict[Meter, Decimal], at: datetime
) -> None:
    book = PriceBook(tuple(stated))
    rival = Rival("l", "https://l.example", EPOCH.date(), "models.dev", (Statement("v", "m", theirs, {}),))
    catalogue = Catalogue([CARD], lambda _: book)
    proposals = [one for one in propose(catalogue, rival, at) if one.hinders is None]
    tree = append({"vendor": "v", "sources": {}, "models": {"other": {"name": "o"}}}, proposals, rival, at)
    assert tree["models"]["other"] == {"name": "o"}
    if not proposals:
        return
    overlay = msgspec.convert(tree, Overlay)
    [row], [proposal] = overlay.models["m"].prices, proposals
    tariff = convert_tariff(row, overlay)
    grown = book.append(tariff)
    assert (tariff.currency, tariff.starts, tariff.prices) == ("USD", at, proposal.after)
    for early in (at - timedelta(minutes=1), at - timedelta(days=3)):
        assert grown.find(early, "standard") == book.find(early, "standard")
    assert {row.meter: row.price for row in list_prices(grown, at).values()} == proposal.after


def list_prices(book: PriceBook, at: datetime) -> dict[str, PriceRow]:
    return audit.list_prices(Catalogue([CARD], lambda _: book), CARD, at)


tokens = st.integers(0, 4000)


@given(st.lists(books, min_size=1, max_size=4), st.builds(Usage, input=tokens, output=tokens), instants)
def test_a_comparison_keeps_currencies_and_orders_by_cost(
    found: list[PriceBook], usage: Usage, at: datetime
) -> None:
    cards = [Card(f"v/{number}", "v", "m", "v", "m") for number in range(len(found))]
    catalogue = Catalogue(cards, lambda card: found[int(card.id[2:])])
    result = compare(catalogue, cards, usage, at)
    assert {quote.model for quote in result.quotes} | set(result.unpriced) == {card.id for card in cards}
    for quote in result.quotes:
        rates = catalogue.rates(quote.model, at)
        assert rates is not None
        assert quote.cost.currency == rates.currency
    for currency in CURRENCIES:
        costs = [quote.cost.amount for quote in result.quotes if quote.cost.currency == currency]
        assert costs == sorted(costs)


@given(
    st.decimals("0.0001", 1, places=4),
    st.integers(1, 2000),
    st.decimals(1, 5000, places=1),
    st.decimals("0.1", 20, places=2),
    st.decimals("0.01", 20, places=3),
)
def test_machines_are_cheaper_exactly_from_the_load_that_is_said(
    each: Decimal, output: int, speed: Decimal, hour: Decimal, rps: Decimal
) -> None:
    machine = Machine(speed, Money(hour, "USD"))
    turn = find_turn(Money(each, "USD"), output, machine)
    demand = Demand(rps, Usage(input=10, output=output))
    model, own = each * demand.requests, count_machines(demand, machine).month.amount
    slack = model * Decimal("1e-9")
    if turn.first is None or rps < turn.first * Decimal("0.999999"):
        assert own >= model - slack
    if turn.lasting is not None and rps >= turn.lasting * Decimal("1.000001"):
        assert own <= model + slack
