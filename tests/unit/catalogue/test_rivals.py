import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fen.catalogue import Card, Catalogue, Fact, PriceBook, Tariff
from fen.catalogue.audit import audit, differ, read_library
from fen.catalogue.harvest import read_harvest
from fen.catalogue.rivals import Rival, read_rival
from fen.catalogue.vendors import read_vendors
from fen.wire.errors import ConfigError

AT = datetime(2026, 11, 26, tzinfo=UTC)
DAY = date(2026, 11, 25)
VENDORS = read_vendors()

GENAI: Any = [
    {
        "id": "openai",
        "models": [
            {"id": "m", "context_window": 8192, "prices": {"input_mtok": 0.15, "output_mtok": 0.6}},
            {
                "id": "dated",
                "prices": [
                    {"prices": {"input_mtok": 5}},
                    {"constraint": {"start_date": "2024-01-01"}, "prices": {"input_mtok": 3}},
                    {"constraint": {"start_date": "2999-01-01"}, "prices": {"input_mtok": 1}},
                    {
                        "constraint": {"start_time": "00:30:00Z", "end_time": "08:00:00Z"},
                        "prices": {"input_mtok": 2},
                    },
                ],
            },
            {"id": "long", "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 200000, "price": 2}]}}},
        ],
    }
]
MODELS_DEV: Any = {
    "openai": {
        "id": "openai",
        "models": {
            "m": {
                "cost": {"input": 0.15, "output": 0.6, "cache_read": 0.075},
                "limit": {"context": 8000, "output": 4096},
            },
            "free": {"limit": {"context": 0, "output": 1}},
        },
    }
}
LITELLM: Any = {
    "sample_spec": {"litellm_provider": "one of ...", "mode": "one of ...", "input_cost_per_token": 0.0},
    "m": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1.5e-07,
        "output_cost_per_token": 6e-07,
        "cache_creation_input_token_cost": 0.0,
        "max_input_tokens": 8192,
        "max_output_tokens": 2048,
    },
    "gemini/g": {
        "litellm_provider": "gemini",
        "mode": "chat",
        "input_cost_per_token_above_200k_tokens": 1,
        "input_cost_per_token": 1e-06,
    },
    "openai/voice": {"litellm_provider": "openai", "mode": "audio_speech", "input_cost_per_token": 1e-06},
}


def read(tree: object) -> Rival:
    return read_rival("list", "https://list.example/x.json", DAY, json.dumps(tree).encode(), VENDORS)


def test_genai_prices_is_read() -> None:
    rival = read(GENAI)
    assert rival.format == "genai-prices"
    first, dated, long = rival.statements
    assert (first.vendor, first.model, first.limits, first.plain) == (
        "openai",
        "m",
        {"context_window": 8192},
        True,
    )
    assert first.prices == {"input": Decimal("0.15"), "output": Decimal("0.6")}
    assert (dated.prices, dated.plain) == ({"input": 3}, False)
    assert (long.prices, long.plain) == ({"input": 1}, False)
    assert read({"providers": GENAI}).statements == rival.statements


def test_models_dev_is_read() -> None:
    rival = read(MODELS_DEV)
    assert rival.format == "models.dev"
    first, free = rival.statements
    assert first.prices == {
        "input": Decimal("0.15"),
        "output": Decimal("0.6"),
        "cached_input": Decimal("0.075"),
    }
    assert first.limits == {"context_window": 8000, "max_output_tokens": 4096}
    assert (free.prices, free.limits) == ({}, {"max_output_tokens": 1})


def test_litellm_is_read_by_the_million_and_under_fens_names() -> None:
    rival = read(LITELLM)
    assert rival.format == "LiteLLM"
    first, gemini = rival.statements
    assert first.prices == {"input": Decimal("0.15"), "output": Decimal("0.6")}
    assert (gemini.vendor, gemini.model, gemini.plain) == ("google", "g", False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not json", "expected JSON"),
        (b"\xff", "expected JSON"),
        (b"{}", "found JSON of another form"),
        (b"[]", "found JSON of another form"),
        (b"3", "found JSON of another form"),
        (b'{"openai": {"models": []}}', "found JSON of another form"),
        (b'[{"id": "openai", "models": {}}]', "found JSON of another form"),
    ],
)
def test_what_is_no_list_says_what_was_expected(content: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_rival("list", "list.json", DAY, content, VENDORS)


@pytest.mark.parametrize("form", [GENAI, MODELS_DEV, LITELLM], ids=["genai", "models.dev", "litellm"])
@pytest.mark.parametrize("junk", [None, True, "x", [], {}, -1, float("1e300")])
def test_a_member_of_another_kind_is_not_stated(form: Any, junk: object) -> None:
    def spoil(tree: Any, depth: int = 0) -> Any:
        if isinstance(tree, dict):
            keep = {"id", "models", "litellm_provider", "mode", "cost", "limit", "prices"}
            return {
                k: spoil(v, depth + 1) if k in keep or isinstance(v, dict) else junk for k, v in tree.items()
            }
        if isinstance(tree, list) and depth < 4:
            return [spoil(one, depth + 1) for one in tree]
        return tree

    for statement in read(spoil(form)).statements:
        assert all(0 <= price < 10**16 for price in statement.prices.values())


CARD = Card(
    "openai/m",
    "openai",
    "m",
    "openai",
    "m",
    context_window=Fact(8192, "https://ours.example", DAY),
    aliases=("m-1",),
)
BOOK = PriceBook(
    (Tariff("USD", {"input": Decimal("0.20"), "output": Decimal("0.6")}, "https://ours.example", DAY),)
)
CATALOGUE = Catalogue([CARD], lambda _: BOOK)


def test_disagreements_are_listed_with_both_values_and_the_date() -> None:
    found = audit(CATALOGUE, read(MODELS_DEV), AT)
    assert found.compared == 1
    assert [(d.model, d.of, d.ours, d.theirs, d.checked, d.dated) for d in found.disputes] == [
        ("openai/m", "context_window", 8192, 8000, DAY, DAY),
        ("openai/m", "input", Decimal("0.20"), Decimal("0.15"), DAY, DAY),
    ]
    assert found.missing == ("openai/free",)


def test_a_thousandth_is_taken_for_rounding() -> None:
    assert not differ(Decimal("0.3"), Decimal("0.30002"))
    assert differ(Decimal("0.3"), Decimal("0.301"))
    assert differ(None, Decimal(1))
    assert not differ(None, None)
    assert not differ(Decimal(0), Decimal(0))


def test_what_genai_prices_says_is_what_was_harvested() -> None:
    rival = read_library(read_harvest(), AT)
    [mini] = [s for s in rival.statements if (s.vendor, s.model) == ("openai", "gpt-4o-mini")]
    assert mini.prices["input"] == Decimal("0.15")
    assert mini.limits == {"context_window": 128_000}
