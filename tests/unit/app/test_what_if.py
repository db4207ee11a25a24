"""Recorded traffic on other models: prices, expected lengths, and what could not be priced."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from fen.app.what_if import ENOUGH, Lengths, When, price_anew
from fen.catalogue import Card, Catalogue, load_catalogue
from fen.evals.report import Entry
from fen.ledger import Used
from fen.wire.money import Money
from fen.wire.usage import Usage
from tests.fakes.eval_reports import half, make_records, make_run

NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def find(catalogue: Catalogue, name: str) -> Card:
    card = catalogue.find(name)
    assert card is not None
    return card


def make_used(number: int = 1, **changes: Any) -> Used:
    usage = Usage(1000, output=100)
    used = Used(f"req_{number}-1", NOON, "openai/gpt-4o", None, usage, Money(Decimal("0.01"), "USD"))
    return replace(used, **changes)


def make_entry(model: str, tokens: int) -> Entry:
    run = make_run(model)
    records = make_records(run, "gsm8k", half(ENOUGH, ENOUGH))
    return Entry(model, (run,), tuple(replace(one, output_tokens=tokens) for one in records))


def test_the_price_is_that_of_the_day_and_the_length_the_recorded_one_without_more(
    catalogue: Catalogue,
) -> None:
    traffic = [make_used(number) for number in range(3)]
    found = price_anew(
        traffic, find(catalogue, "openai/gpt-4o-mini"), catalogue, Lengths((), traffic), When(NOON)
    )
    assert found.cost == Money(3 * Decimal(1000 * 15 + 100 * 60) / 10**8, "USD")
    assert found.recorded == (Money(Decimal("0.03"), "USD"),)
    assert found.bases == {"recorded": 3}


def test_lengths_come_from_samples_that_both_answered(catalogue: Catalogue) -> None:
    entries = (make_entry("openai/gpt-4o", 100), make_entry("openai/gpt-4o-mini", 250))
    traffic = [make_used()]
    found = price_anew(
        traffic, find(catalogue, "openai/gpt-4o-mini"), catalogue, Lengths(entries, traffic), When(NOON)
    )
    assert (found.output_tokens, found.recorded_output_tokens) == (250, 100)
    assert found.bases == {"evaluations": 1}


def test_or_from_the_models_own_traffic_of_that_tag(catalogue: Catalogue) -> None:
    mini = "openai/gpt-4o-mini"
    told = [make_used(n, model=mini, tag="mail", usage=Usage(10, output=40)) for n in range(ENOUGH)]
    told += [make_used(n, model=mini, tag="code", usage=Usage(10, output=400)) for n in range(ENOUGH)]
    lengths = Lengths((), told)
    assert lengths.expect(make_used(tag="mail"), mini) == (40, "traffic")
    assert lengths.expect(make_used(tag="other"), mini) == (220, "traffic")
    assert lengths.expect(make_used(model=mini), mini) == (100, "own")
    assert Lengths((), told[: ENOUGH - 1]).expect(make_used(tag="mail"), mini) == (100, "recorded")


def test_what_does_not_fit_or_has_no_price_is_told(catalogue: Catalogue) -> None:
    card = find(catalogue, "openai/gpt-4o-mini")
    traffic = [make_used(1), make_used(2, usage=Usage(200_000, output=10))]
    found = price_anew(traffic, card, catalogue, Lengths((), traffic), When(NOON))
    assert (found.requests, found.unfit, found.unpriced) == (1, 1, 0)
    before = price_anew(
        traffic, card, catalogue, Lengths((), traffic), When(datetime(2020, 1, 1, tzinfo=UTC))
    )
    assert (before.requests, before.unpriced, before.cost) == (0, 1, None)


def test_batches_cost_half(catalogue: Catalogue) -> None:
    card = find(catalogue, "openai/gpt-4o-mini")
    traffic = [make_used()]
    when = datetime(2026, 11, 1, tzinfo=UTC)
    plain = price_anew(traffic, card, catalogue, Lengths((), traffic), When(when))
    batch = price_anew(traffic, card, catalogue, Lengths((), traffic), When(when, "batch"))
    assert plain.cost is not None
    assert batch.cost is not None
    assert batch.cost.amount * 2 == plain.cost.amount


def test_off_peak_takes_the_cheapest_hour(catalogue: Catalogue) -> None:
    card = find(catalogue, "deepseek/deepseek-chat")
    traffic = [make_used()]
    day = datetime(2025, 4, 1, 12, tzinfo=UTC)  # DeepSeek had hours at half price then
    plain = price_anew(traffic, card, catalogue, Lengths((), traffic), When(day))
    cheap = price_anew(traffic, card, catalogue, Lengths((), traffic), When(day, off_peak=True))
    assert plain.cost is not None
    assert cheap.cost is not None
    assert cheap.hour is not None
    assert cheap.cost.amount < plain.cost.amount
