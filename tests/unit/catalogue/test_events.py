"""The history as it is: in form, in keeping with the price books, and with the press."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fen.catalogue import Tariff, load_catalogue
from fen.catalogue.events import HISTORY, Event, HistoryRow, PriceList, read_events
from fen.catalogue.overlay import load_yaml
from fen.catalogue.shelf import SEEN_THEN, lay_history
from fen.catalogue.vendors import DATA, read_vendors
from tests.shared_data import SHARED, need

FILES = sorted(HISTORY.glob("*.yaml"))
SCHEMA = json.loads((DATA / "history.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EVENTS = read_events()
CATALOGUE = load_catalogue()
TODAY = datetime(2026, 11, 26, tzinfo=UTC)
BEFORE = timedelta(seconds=1)
# What the press calls otherwise than the vendors' APIs do.
PRESS = {
    "deepseek-v2": ["deepseek/deepseek-chat"],
    "glm-3-turbo": ["zhipu/glm-3-turbo"],
    "doubao-pro-32k": ["volcengine/doubao-pro-32k"],
    "doubao-lite": ["volcengine/doubao-lite-32k"],
    "qwen-long": ["dashscope/qwen-long"],
    "ernie-speed": ["baidu/ernie-speed-8k", "baidu/ernie-speed-128k"],
    "ernie-lite": ["baidu/ernie-lite-8k"],
    "spark-lite": ["iflytek/lite"],
    "hunyuan-lite": ["hunyuan/hunyuan-lite"],
    "hunyuan-standard-256k": ["hunyuan/hunyuan-standard-256K"],
    "gpt-4o-mini": ["openai/gpt-4o-mini"],
}


def paid(model: str, at: datetime, currency: str) -> dict[str, Decimal]:
    return {
        row.meter: row.price
        for row in CATALOGUE.prices(model)
        if (row.tier, row.above, row.schedule, row.currency) == ("standard", 0, (), currency)
        and row.holds(at)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_keeps_to_the_schema_and_uses_its_sources(path: Path) -> None:
    tree: Any = load_yaml(path.read_text())
    assert [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(tree)] == []
    assert tree["vendor"] == path.stem
    assert {event["source"] for event in tree["events"]} == set(tree["sources"])


@pytest.mark.parametrize(
    "event",
    [
        {"what": "price"},
        {"what": "price", "after": {"input": 1}},
        {"what": "price", "currency": "EUR", "after": {"input": 1}},
        {"what": "price", "currency": "CNY", "after": {"input": "-1"}},
        {"what": "release", "currency": "CNY", "before": {"input": 1}},
        {"what": "limit"},
        {"what": "fee"},
        {"what": "release", "successor": "n"},
        {"what": "release", "max_output_tokens": {"before": 4096}},
    ],
)
def test_the_schema_refuses_what_is_no_event(event: dict[str, object]) -> None:
    whole = {"date": "2024-05-21", "model": "m", "source": "s", **event}
    tree = {"vendor": "v", "sources": {"s": {"url": "https://v.example"}}, "events": [whole]}
    assert not VALIDATOR.is_valid(tree)


def test_the_history_has_what_it_is_to_have() -> None:
    told = {event.model for event in EVENTS}
    wanted = {
        "openai/text-davinci-003",
        "openai/gpt-3.5-turbo",
        "openai/gpt-4",
        "openai/gpt-4-turbo",
        "openai/gpt-4o",
        "openai/gpt-4o-mini",
        "anthropic/claude-v1",
        "anthropic/claude-2",
        "anthropic/claude-3-haiku",
        "anthropic/claude-3-5-sonnet",
        "google/gemini-pro",
        "google/gemini-1.5-pro",
        "google/gemini-1.5-flash",
    }
    assert wanted <= told
    assert {model.partition("/")[0] for model in told} >= {
        "deepseek",
        "zhipu",
        "volcengine",
        "dashscope",
        "baidu",
        "hunyuan",
        "iflytek",
        "01ai",
        "moonshot",
        "baichuan",
        "minimax",
    }


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event.day} {event.model} {event.what}")
def test_the_book_says_what_an_event_says(event: Event) -> None:
    assert CATALOGUE.find_ever(event.model) is not None
    if event.currency is None:
        return
    assert event.currency in read_vendors()[event.vendor].currencies
    if event.after is not None:
        assert event.after.prices.items() <= paid(event.model, event.at, event.currency).items()
    if event.before is not None:
        assert event.before.prices.items() <= paid(event.model, event.at - BEFORE, event.currency).items()
    if event.what == "release":
        assert paid(event.model, event.at - BEFORE, event.currency) == {}


def test_the_history_changes_no_price_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fen.catalogue.shelf.read_events", lambda: ())
    plain, compared = load_catalogue(), 0
    for model in {event.model for event in EVENTS}:
        card = plain.find(model)
        end = card.retirement.retired if card is not None and card.retirement is not None else None
        ended = any(event.model == model and event.what == "retirement" for event in EVENTS)
        if card is None or ended or (end is not None and end <= TODAY.date()):
            continue
        now, then = CATALOGUE.rates(model, TODAY), plain.rates(model, TODAY)
        stated = [(r.currency, r.per_million, r.brackets) if r is not None else None for r in (now, then)]
        assert stated[0] == stated[1]
        compared += now is not None
    assert compared > 20


@need("prices")
def test_each_price_of_the_press_is_in_the_book() -> None:
    with (SHARED / "prices" / "price_war_2024.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 13
    for row in rows:
        noon = datetime.fromisoformat(row["date"]).replace(hour=12, tzinfo=UTC)
        for model in PRESS[row["model"]]:
            assert paid(model, noon, row["currency"])[row["meter"]] == Decimal(row["after"])
            if row["before"]:
                before = paid(model, noon - timedelta(days=1), row["currency"])
                assert before[row["meter"]] == Decimal(row["before"])


def test_a_model_without_a_card_is_known_by_its_history() -> None:
    assert CATALOGUE.find("claude-instant-1.2") is None
    card = CATALOGUE.find_ever("claude-instant-1.2")
    assert card is not None
    assert (card.id, card.name) == ("anthropic/claude-instant-1.2", "Claude Instant 1.2")
    assert card.context_window is not None
    assert card.context_window.value == 100_000
    assert card.retirement is not None
    assert card.retirement.retired == date(2024, 11, 6)
    assert card.id not in {one.id for one in CATALOGUE.cards()}
    assert card.id in {one.id for one in CATALOGUE.all_cards()}


def tariff(price: int, starts: datetime | None = None, checked: date | None = None, **others: Any) -> Tariff:
    return Tariff("USD", {"input": Decimal(price)}, "https://v.example", checked, starts=starts, **others)


def event(day: int, what: Any, price: int | None, before: int | None = None) -> Event:
    at = datetime(2024, 1, day, tzinfo=UTC)
    lists = [None if one is None else PriceList({"input": Decimal(one)}) for one in (before, price)]
    return Event(
        at,
        at.date(),
        "v",
        "v/m",
        what,
        "https://news.example",
        currency="USD",
        before=lists[0],
        after=lists[1],
    )


def test_an_open_start_that_contradicts_the_history_begins_when_it_was_seen() -> None:
    told = [event(1, "release", 5), event(9, "price", 3, before=5)]
    laid = lay_history([tariff(2, checked=date(2026, 11, 24))], told, date(2026, 1, 1))
    assert [(t.starts, t.prices["input"], t.note) for t in laid] == [
        (datetime(2026, 11, 24, tzinfo=UTC), 2, SEEN_THEN),
        (datetime(2024, 1, 1, tzinfo=UTC), 5, None),
        (datetime(2024, 1, 9, tzinfo=UTC), 3, None),
    ]


def test_an_open_start_that_says_the_same_confirms_the_history() -> None:
    [only] = lay_history([tariff(5, checked=date(2026, 11, 24))], [event(1, "release", 5)], date(2026, 1, 1))
    assert (only.starts, only.source, only.checked) == (
        datetime(2024, 1, 1, tzinfo=UTC),
        "https://v.example",
        date(2026, 11, 24),
    )


def test_a_price_that_was_seen_after_the_end_of_a_model_is_none() -> None:
    laid = lay_history(
        [tariff(2, checked=date(2026, 11, 24))], [event(1, "release", 5)], date(2026, 1, 1), date(2025, 1, 1)
    )
    assert [t.prices["input"] for t in laid] == [5]


def test_an_overlays_price_list_goes_before_the_events_of_that_moment() -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    laid = lay_history([tariff(4, starts=at)], [event(1, "release", 5)], date(2026, 1, 1))
    assert [t.prices["input"] for t in laid] == [4]


def test_a_tier_of_which_no_event_tells_stays_as_it_is() -> None:
    batch = tariff(1, tier="batch")
    assert batch in lay_history([batch], [event(1, "release", 5)], date(2026, 1, 1))


def test_dates_are_the_vendors() -> None:
    [first] = [one for one in EVENTS if one.model == "deepseek/deepseek-chat"]
    assert first.at == datetime(2024, 5, 5, 16, tzinfo=UTC)
    assert first.day == date(2024, 5, 6)
    assert HistoryRow("v", {}, ()).utc_offset == "+00:00"
