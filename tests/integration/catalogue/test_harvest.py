"""The harvest beside the library that it was taken from."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import types
from genai_prices.data import providers
from msgspec.structs import replace

from fen.catalogue import Card, Catalogue, PriceBook, Tier, cost, load_catalogue
from fen.catalogue.genai import take_harvest
from fen.catalogue.harvest import Harvest, append_changes, merge, read_harvest, read_tariffs, write_harvest
from fen.catalogue.vendors import VendorRow, read_vendors
from fen.wire.usage import Usage
from tests.sizes import pick

VENDORS = read_vendors()
NAMES = {row.genai: name for name, row in VENDORS.items() if row.genai}
MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
PRICED = {"input_mtok", "output_mtok", "cache_read_mtok"}


@pytest.fixture(scope="module")
def fresh() -> Harvest:
    return take_harvest(VENDORS, read_harvest().header.harvested)


def test_the_harvest_is_that_of_the_locked_library(fresh: Harvest) -> None:
    """After an upgrade of genai-prices, run scripts/harvest_prices.py: it appends what has changed."""
    held = read_harvest()
    assert held.header.version == fresh.header.version
    merged = merge(held, fresh)
    assert {(m.vendor, m.model): read_tariffs(m) for m in merged.models} == {
        (m.vendor, m.model): read_tariffs(m) for m in held.models
    }


def test_a_harvest_reads_as_it_was_written(fresh: Harvest, tmp_path: Path) -> None:
    path = tmp_path / "harvest.jsonl"
    write_harvest(fresh, path)
    again = read_harvest(path)
    assert again.header == fresh.header
    assert [m.model for m in again.models] == [
        m.model for m in sorted(fresh.models, key=lambda m: (m.vendor, m.model))
    ]
    assert path.read_bytes().count(b"\n") == len(fresh.models) + 1


def test_an_unchanged_library_changes_nothing_on_a_later_day(fresh: Harvest) -> None:
    later = take_harvest(VENDORS, date(2027, 1, 1))
    merged = merge(fresh, later)
    assert [read_tariffs(m) for m in merged.models] == [read_tariffs(m) for m in fresh.models]


def comparable() -> list[tuple[types.Provider, types.ModelInfo]]:
    """Models whose price is by the token alone, and the same at all hours."""
    found = []
    for provider in providers:
        row = VENDORS.get(NAMES.get(provider.id, provider.id))
        for info in provider.models:
            conditions = [] if isinstance(info.prices, types.ModelPrice) else info.prices
            by_hour = any(isinstance(c.constraint, types.TimeOfDateConstraint) for c in conditions)
            keys = {key for key, value in vars(info.get_prices(MOMENT)).items() if value is not None}
            skipped = row is not None and (info.id.startswith(row.skip) or row.lowercase)
            if keys >= PRICED and "requests_kcount" not in keys and not by_hour and not skipped:
                found.append((provider, info))
    return found


@pytest.mark.parametrize("read", [1_000, 199_999, 200_001, 900_000])
def test_calls_cost_what_genai_prices_says(read: int) -> None:
    models = comparable()
    assert len(models) > 900
    catalogue = harvested_only()
    cached = read // 3
    theirs = TheirUsage(input_tokens=read, cache_read_tokens=cached, output_tokens=777)
    ours = Usage(input=read - cached, cached_input=cached, output=777)
    differing = []
    for provider, info in models[:: pick(5, 1)]:
        rates = catalogue.rates(f"{NAMES.get(provider.id, provider.id)}/{info.id}", MOMENT)
        assert rates is not None
        spent = cost(ours, rates)
        expected = info.calc_price(theirs, provider, genai_request_timestamp=MOMENT).total_price
        if spent is None or spent.amount != expected:
            differing.append((provider.id, info.id, spent, expected))
    assert differing == []


def harvested_only() -> Catalogue:
    """The catalogue as the harvest alone makes it."""
    books = {f"{m.vendor}/{m.model}": PriceBook(read_tariffs(m), ("USD",)) for m in read_harvest().models}
    cards = [Card(name, name.partition("/")[0], name, name, name) for name in books]
    return Catalogue(cards, lambda card: books[card.id])


@pytest.mark.parametrize("tier", ["batch", "flex", "priority"])
def test_other_tiers_cost_what_genai_prices_says(tier: Tier) -> None:
    when = {"processing": "batch"} if tier == "batch" else {"service_tier": str(tier)}
    catalogue = harvested_only()
    compared = 0
    for provider in providers:
        for info in provider.models:
            if not any(variant.when == when for variant in info.price_variants or ()):
                continue
            stated = info.get_prices(MOMENT, when).input_mtok
            vendor = NAMES.get(provider.id, provider.id)
            skipped = info.id.startswith(VENDORS.get(vendor, VendorRow()).skip)
            if stated is None or skipped:  # it is not priced by the token, or is another address's
                continue
            rates = catalogue.rates(f"{vendor}/{info.id}", MOMENT, tier)
            assert rates is not None
            assert rates.per_million["input"] == (stated if isinstance(stated, Decimal) else stated.base)
            compared += 1
    assert compared >= 20


def test_a_new_price_is_appended_and_the_past_stays(fresh: Harvest) -> None:
    old = next(m for m in fresh.models if (m.vendor, m.model) == ("openai", "gpt-4.1"))
    today = date(2027, 1, 1)
    changed = [replace(t, prices=dict.fromkeys(t.prices, Decimal(9))) for t in read_tariffs(old)]
    merged = append_changes(read_tariffs(old), changed, today)
    assert merged[: len(read_tariffs(old))] == read_tariffs(old)
    before, after = PriceBook(read_tariffs(old)), PriceBook(merged)
    start = datetime(2027, 1, 1, tzinfo=UTC)
    for at in (MOMENT, start - timedelta(microseconds=1)):
        assert after.find(at, "standard") == before.find(at, "standard")
    found = after.find(start, "standard")
    assert found is not None
    assert set(found.prices.values()) == {Decimal(9)}
    assert found.checked == today


def test_a_start_does_not_import_genai_prices() -> None:
    program = "import sys, fen.catalogue as c; c.load_catalogue(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "fen.catalogue" in done.stdout.split()
    assert not {"genai_prices", "pydantic"} & set(done.stdout.split())


def test_the_catalogue_has_every_harvested_model() -> None:
    catalogue = load_catalogue()
    assert all(catalogue.find(f"{m.vendor}/{m.model}") for m in read_harvest().models)
