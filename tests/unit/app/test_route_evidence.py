"""What routing learns from: one currency, ids of the catalogue, files and addresses."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fen.app import Settings, load_settings
from fen.app.route_evidence import Gathered, Sources, gather, make_setting
from fen.wire.errors import ConfigError, InvalidRequest, UpstreamFailed
from fen.wire.money import Money

FX = '[fx]\nCNY_PER_USD = {rate = "7", on = 2026-11-01, source = "the bank"}\n'


def read(folder: Path, *rows: dict[str, Any], config: str = "") -> tuple[Settings, Gathered]:
    path = folder / "outcomes.jsonl"
    path.write_text("".join(json.dumps({"prompt": "p", "correct": 1, **row}) + "\n" for row in rows))
    settings = make_settings(folder, config)
    return settings, asyncio.run(gather(settings, Sources((str(path),))))


def make_settings(folder: Path, config: str = "", **environ: str) -> Settings:
    (folder / "fen.toml").write_text(config)
    return load_settings(folder / "fen.toml", {"FEN_HOME": str(folder), **environ})


def test_a_model_has_its_id_and_keeps_the_name_of_the_data(tmp_path: Path) -> None:
    _, found = read(tmp_path, {"model": "gpt-4o-mini"}, {"model": "of my own"})
    assert [one.model for one in found.evidence.outcomes] == ["openai/gpt-4o-mini", "of my own"]
    assert found.aliases == {"openai/gpt-4o-mini": "gpt-4o-mini"}


def test_two_names_of_one_model_stay_two(tmp_path: Path) -> None:
    _, found = read(tmp_path, {"model": "gpt-4o-mini"}, {"model": "openai/gpt-4o-mini"})
    assert [one.model for one in found.evidence.outcomes] == ["gpt-4o-mini", "openai/gpt-4o-mini"]
    assert found.aliases == {}


def test_costs_are_told_in_the_currency_of_most(tmp_path: Path) -> None:
    rows = [
        {"model": "a", "cost": 1},
        {"model": "b", "cost": 2},
        {"model": "c", "cost": 14, "currency": "CNY"},
    ]
    _, found = read(tmp_path, *rows, config=FX)
    amounts = [round(one.cost.amount, 9) for one in found.evidence.outcomes if one.cost is not None]
    assert amounts == [1, 2, 2]
    assert {one.cost.currency for one in found.evidence.outcomes if one.cost is not None} == {"USD"}
    assert found.unconverted == 0


def test_without_a_rate_a_cost_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        {"model": "a", "cost": 1},
        {"model": "b", "cost": 1},
        {"model": "c", "cost": 14, "currency": "CNY"},
    ]
    _, found = read(tmp_path, *rows)
    assert [one.cost for one in found.evidence.outcomes] == [
        Money(Decimal(1), "USD"),
        Money(Decimal(1), "USD"),
        None,
    ]
    assert found.unconverted == 1


def test_prices_are_in_the_currency_of_the_costs(tmp_path: Path) -> None:
    rows = [{"model": "gpt-4o-mini", "cost": 1, "currency": "CNY"}, {"model": "of my own"}]
    settings, found = read(tmp_path, *rows, config=FX)
    rates = make_setting(settings, found).rates
    assert set(rates) == {"openai/gpt-4o-mini"}
    assert rates["openai/gpt-4o-mini"].currency == "CNY"
    bare, same = read(tmp_path, *rows)
    assert make_setting(bare, same).rates == {}
    plain = make_setting(*read(tmp_path, {"model": "gpt-4o-mini"})).rates["openai/gpt-4o-mini"]
    assert rates["openai/gpt-4o-mini"].per_million["input"] == plain.per_million["input"] * 7


def test_an_address_needs_a_network(tmp_path: Path) -> None:
    source = Sources(("http://127.0.0.1:9/outcomes.jsonl",))
    with pytest.raises(ConfigError, match="found FEN_OFFLINE and the address http://127"):
        asyncio.run(gather(make_settings(tmp_path, FEN_OFFLINE="1"), source))
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        asyncio.run(gather(make_settings(tmp_path), source))


def test_the_row_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="line 2: found the score 3, expected 0 to 1"):
        read(tmp_path, {"model": "a"}, {"model": "a", "correct": 3})
