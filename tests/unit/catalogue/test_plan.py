import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from fen.catalogue import Card, Catalogue, PriceBook, Tariff, Window, load_catalogue
from fen.catalogue.capacity import LOAD, Capacity, Level, Provisioned, find_capacity, read_load
from fen.catalogue.overlay import load_yaml
from fen.catalogue.plan import (
    HOURS,
    Demand,
    Machine,
    Terms,
    Turn,
    average_cost,
    count_machines,
    count_units,
    find_turn,
    fit,
    plan,
    sort_plans,
)
from fen.catalogue.vendors import DATA
from fen.wire.money import Money
from fen.wire.usage import Usage

AT = datetime(2026, 11, 26, tzinfo=UTC)
FILES = read_load()
SCHEMA = json.loads((DATA / "load.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CATALOGUE = load_catalogue()
DEMAND = Demand(Decimal(5), Usage(input=2000, output=500), 40)
MONTH = Money(Decimal(7884), "USD")


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize("path", sorted(LOAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_of_load_keeps_to_the_schema_and_uses_its_sources(path: Path) -> None:
    tree: Any = load_yaml(path.read_text())
    assert [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(tree)] == []
    assert tree["vendor"] == path.stem
    used = {row["source"] for key in ("limits", "provisioned", "batches") for row in tree.get(key, ())}
    used |= {row["price_source"] for row in tree.get("provisioned", ())}
    assert used == set(tree["sources"])


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_facts_of_load_are_of_models_that_are_known(file: Any) -> None:
    known = [card.id.partition("/")[2] for card in CATALOGUE.cards() if card.vendor == file.vendor]
    for row in (*file.limits, *file.provisioned, *file.batches):
        found = [find_capacity(f"{file.vendor}/{name}", FILES) for name in known]
        assert any(capacity != Capacity() for capacity in found), row


def test_levels_of_a_model_come_from_its_vendors_file() -> None:
    levels = find_capacity("openai/gpt-4-turbo", FILES).levels
    assert [level.tokens_per_minute for level in levels] == [30_000, 450_000, 600_000, 800_000, 2_000_000]
    assert find_capacity("deepseek/deepseek-flash", FILES).levels[0].concurrency == 2500
    assert find_capacity("nobody/knows", FILES) == Capacity()
    batch = find_capacity("openai/gpt-4o", FILES).batch
    assert batch is not None
    assert batch.hours == 24


def test_the_lowest_level_that_takes_the_load_is_named() -> None:
    found = fit(DEMAND, MONTH, find_capacity("openai/gpt-4-turbo", FILES).levels)
    assert found is not None
    # 5 a second are 300 requests and 750,000 tokens a minute.
    assert (found.level.name, found.accounts, found.binds) == ("tier 4", 1, "tokens a minute")
    assert found.use == Decimal(750_000) / 800_000
    assert fit(DEMAND, MONTH, ()) is None


def test_a_load_beyond_the_highest_level_needs_several_accounts() -> None:
    found = fit(replace(DEMAND, rps=Decimal(50)), MONTH, find_capacity("openai/gpt-4-turbo", FILES).levels)
    assert found is not None
    assert (found.level.name, found.accounts, found.binds) == ("tier 5", 4, "tokens a minute")
    assert found.use == Decimal(7_500_000) / 2_000_000 / 4


@pytest.mark.parametrize(
    ("level", "accounts", "binds"),
    [
        (Level("l", "s", requests_per_minute=100), 3, "requests a minute"),
        (Level("l", "s", requests_per_day=200_000), 3, "requests a day"),
        (Level("l", "s", tokens_per_minute=400_000), 2, "tokens a minute"),
        (Level("l", "s", input_tokens_per_minute=500_000), 2, "input a minute"),
        (Level("l", "s", output_tokens_per_minute=50_000), 3, "output a minute"),
        (Level("l", "s", concurrency=10), 4, "requests at once"),
        (Level("l", "s", spend_per_month=usd("1000")), 8, "money a month"),
        (Level("l", "s", spend_per_month=Money(Decimal(1000), "CNY")), 1, "nothing"),
    ],
)
def test_each_limit_binds(level: Level, accounts: int, binds: str) -> None:
    found = fit(DEMAND, MONTH, [level])
    assert found is not None
    assert (found.accounts, found.binds) == (accounts, binds)


def test_cached_input_does_not_count_towards_the_limit_of_input() -> None:
    level = Level("l", "s", input_tokens_per_minute=300_000)
    cached = replace(DEMAND, usage=Usage(input=1000, cached_input=1000, output=500))
    found = fit(cached, MONTH, [level])
    assert found is not None
    assert (found.accounts, found.use) == (1, 1)


def test_units_are_bought_from_a_minimum_on_in_steps() -> None:
    offer = Provisioned("o", "PTU", 2500, 3, 15, 5, usd("1"), "s", None, "p", None)
    # 300 requests a minute of 2,000 + 3 x 500 tokens are 1,050,000: exactly 420 units of 2,500.
    assert count_units(DEMAND, offer).units == 420
    assert count_units(DEMAND, offer).month == usd(str(420 * HOURS))
    assert count_units(replace(DEMAND, rps=Decimal("5.01")), offer).units == 425
    assert count_units(replace(DEMAND, rps=Decimal("0.001")), offer).units == 15


def test_a_month_has_730_hours() -> None:
    card = CATALOGUE.find("gpt-4o-mini")
    assert card is not None
    planned = plan(CATALOGUE, card, DEMAND, find_capacity(card.id, FILES), Terms(AT))
    assert planned is not None
    # 5 x 3600 x 730 requests of 0.0006 USD.
    assert planned.month == usd("7884")
    assert planned.batch == usd("3942")
    assert planned.fit is not None
    assert (planned.fit.level.name, planned.fit.accounts) == ("tier 5", 1)
    assert [units.units for units in planned.units] == [30]
    assert planned.turn is None
    assert planned.common is None


def test_a_model_without_a_price_has_no_plan() -> None:
    card = Card("v/m", "v", "m", "v", "m")
    catalogue = Catalogue([card], lambda _: PriceBook())
    assert plan(catalogue, card, DEMAND, Capacity(), Terms(AT)) is None


def test_prices_that_are_bound_to_hours_are_averaged_over_the_week() -> None:
    card = Card("v/m", "v", "m", "v", "m")
    nights = (Window(time(0), time(6)),)
    book = PriceBook(
        tuple(
            Tariff("USD", {"input": Decimal(price), "output": Decimal(0)}, "s", windows=windows)
            for price, windows in ((4, ()), (2, nights))
        )
    )
    each = average_cost(Catalogue([card], lambda _: book), card, Usage(input=1_000_000), AT)
    assert each == usd("3.5")  # a quarter of the day at half the price


def test_machines_are_counted_by_what_they_write_and_take_at_once() -> None:
    machine = Machine(Decimal(900), usd("2"))
    assert count_machines(DEMAND, machine).machines == 3  # 2,500 tokens a second
    assert count_machines(DEMAND, machine).month == usd(str(3 * 2 * HOURS))
    assert count_machines(DEMAND, replace(machine, concurrency=8)).machines == 5
    assert count_machines(replace(DEMAND, rps=Decimal("0.001")), machine).machines == 1


def test_from_which_load_on_a_machine_is_cheaper() -> None:
    machine = Machine(Decimal(900), usd("2"))
    # A request costs 0.01: 2 an hour are 200 requests; the machine writes 1.8 a second.
    assert find_turn(usd("0.01"), 500, machine) == Turn(Decimal(200) / 3600, Decimal(200) / 3600)
    # At 0.0006 one machine pays from 0.926 a second on, and a second one only from twice that on.
    turn = find_turn(usd("0.0006"), 500, machine)
    assert turn.first == Decimal(2) / (Decimal("0.0006") * 3600)
    assert turn.first is not None
    assert turn.lasting == turn.first * 2
    assert find_turn(usd("0.0001"), 500, machine) == Turn(None, None)
    assert find_turn(usd("0"), 500, machine) == Turn(None, None)


def test_a_machine_and_a_model_of_two_currencies_need_a_rate() -> None:
    card = CATALOGUE.find("deepseek/deepseek-v4-pro")
    assert card is not None
    machine = Machine(Decimal(900), usd("2"))
    alone = plan(CATALOGUE, card, DEMAND, Capacity(), Terms(AT, machine))
    assert alone is not None
    assert alone.turn is None
    rated = plan(
        CATALOGUE,
        card,
        DEMAND,
        Capacity(),
        Terms(AT, machine, lambda m: m if m.currency == "CNY" else Money(m.amount * 7, "CNY")),
    )
    assert rated is not None
    assert rated.turn is not None
    assert rated.turn.first is not None
    assert sort_plans([rated, alone])[0].month.currency == "CNY"
    assert rated.checked == date(2026, 11, 24)
