import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fen.catalogue import TIERS
from fen.catalogue.overlay import Overlay, load_yaml, read_amount, read_overlays
from fen.catalogue.vendors import DATA, read_vendors
from fen.upstreams import VENDORS

FILES = sorted(DATA.glob("*.yaml"))
SCHEMA = json.loads((DATA / "overlay.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
OVERLAYS = {overlay.vendor: overlay for overlay in read_overlays()}
# Vendors whose wire format is not OpenAI's have no row among the upstreams.
OTHERS = {"fen", "anthropic"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_overlay_keeps_to_the_schema(path: Path) -> None:
    tree: Any = load_yaml(path.read_text())
    assert [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(tree)] == []
    assert isinstance(tree, dict)
    assert tree["vendor"] == path.stem


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "price",
    [
        {"currency": "CNY", "input": 1},
        {"source": "s", "input": 1},
        {"currency": "EUR", "source": "s"},
        {"currency": "CNY", "source": "s", "input": "-1"},
        {"currency": "CNY", "source": "s", "input": 0.5},
        {"currency": "CNY", "source": "s", "tokens": 1},
        {"currency": "CNY", "source": "s", "from": "May 2024"},
    ],
)
def test_the_schema_refuses_what_is_not_a_price(price: dict[str, object]) -> None:
    sources = {"s": {"url": "https://vendor.example", "checked": "2026-11-24"}}
    tree = {"vendor": "v", "sources": sources, "models": {"m": {"prices": [price]}}}
    assert not VALIDATOR.is_valid(tree)


@pytest.mark.parametrize("overlay", OVERLAYS.values(), ids=OVERLAYS)
def test_an_overlays_sources_are_there_and_used(overlay: Overlay) -> None:
    used = {row.source for row in overlay.models.values()} - {None}
    for row in overlay.models.values():
        used |= {part.source for part in (*row.prices, *row.also, *row.unlocks)}
        used |= {row.retirement.source} if row.retirement else set()
    assert used == set(overlay.sources)


@pytest.mark.parametrize("overlay", OVERLAYS.values(), ids=OVERLAYS)
def test_brackets_ascend_and_bills_are_in_the_vendors_currencies(overlay: Overlay) -> None:
    vendor = read_vendors()[overlay.vendor]
    for row in overlay.models.values():
        for price in row.prices:
            steps = [bracket.above for bracket in price.brackets]
            assert steps == sorted(set(steps))
            assert price.currency in vendor.currencies
            assert price.tier in TIERS


@pytest.mark.parametrize(
    "model",
    [
        {"unlocks": [{"source": "s", "max_output_tokens": 8192}]},
        {"unlocks": [{"source": "s", "max_output_tokens": 8192, "headers": {"Anthropic-Beta": "x"}}]},
        {"unlocks": [{"source": "s", "max_output_tokens": 8192, "headers": {"anthropic-beta": "x\r\ny: z"}}]},
        {"retirement": {"source": "s", "successor": "n"}},
        {"retirement": {"retired": "2026-01-01"}},
        {"also": [{"source": "s"}]},
        {"also": [{"context_window": 8192}]},
    ],
)
def test_the_schema_refuses_limits_and_ends_without_what_makes_them(model: dict[str, object]) -> None:
    tree = {"vendor": "v", "sources": {"s": {"url": "https://vendor.example"}}, "models": {"m": model}}
    assert not VALIDATOR.is_valid(tree)


def test_a_source_that_nobody_opened_has_no_date() -> None:
    tree = {"vendor": "v", "sources": {"s": {"url": "https://vendor.example"}}, "models": {"m": {}}}
    assert VALIDATOR.is_valid(tree)


def test_each_overlays_vendor_is_an_upstream() -> None:
    known = {vendor.id for vendor in VENDORS} | OTHERS
    assert set(OVERLAYS) <= known
    assert {name for name, row in read_vendors().items() if row.genai} - known == {"zai"}


def test_the_vendors_that_genai_prices_lacks_have_overlays() -> None:
    lacking = {
        "dashscope",
        "volcengine",
        "baichuan",
        "baidu",
        "hunyuan",
        "iflytek",
        "01ai",
        "sensetime",
        "stepfun",
    }
    for vendor in lacking:
        priced = [price for row in OVERLAYS[vendor].models.values() for price in row.prices]
        assert priced
        assert {price.currency for price in priced} == {"CNY"}


def test_amounts_are_read_as_they_are_written() -> None:
    tree = load_yaml("{a: 0.10, b: 2.50, c: 4, d: 2024-05-21}")
    assert tree == {"a": "0.10", "b": "2.50", "c": 4, "d": "2024-05-21"}
    assert read_amount("2.50") == Decimal("2.50")
    with pytest.raises(ValueError, match="found '1e3', expected a decimal number"):
        read_amount("1e3")
