from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fen.catalogue import Catalogue, ModelOverride, Tier, load_catalogue
from fen.wire.errors import ConfigError

NOW = datetime.now(UTC)
PRICE = {"input": "0.15", "cached_input": "0.075", "output": "0.60", "currency": "USD"}


def load(*overrides: ModelOverride) -> Catalogue:
    return load_catalogue(overrides)


def test_a_correction_replaces_only_what_it_gives() -> None:
    known = load().find("openai/gpt-4o")
    card = load(ModelOverride("openai/gpt-4o", max_output_tokens=99)).find("openai/gpt-4o")
    assert known is not None
    assert card is not None
    assert card.max_output_tokens is not None
    assert (card.max_output_tokens.value, card.max_output_tokens.source) == (99, "fen.toml")
    assert card.max_output_tokens.checked == NOW.date()
    for name in ("upstream", "upstream_model", "context_window", "abilities", "knowledge_cutoff", "aliases"):
        assert getattr(card, name) == getattr(known, name)


def test_a_corrected_price_holds_and_says_where_it_is_from() -> None:
    catalogue = load(ModelOverride("openai/gpt-4o", price={"input": "1", "output": "2", "currency": "CNY"}))
    rates = catalogue.rates("openai/gpt-4o", NOW)
    assert rates is not None
    assert (rates.currency, rates.per_million["input"], rates.per_million["output"]) == (
        "CNY",
        Decimal(1),
        Decimal(2),
    )
    assert (rates.source, rates.checked) == ("fen.toml", NOW.date())
    assert rates.per_million["cached_input"] == Decimal(1), "nothing of the old list is mixed in"
    batch = catalogue.rates("openai/gpt-4o", NOW, "batch")
    assert batch is not None
    assert batch.source != "fen.toml"


def test_a_model_of_ones_own_is_its_vendors() -> None:
    catalogue = load(ModelOverride("mock/tiny", context_window=100, abilities=["tools"], price=PRICE))
    card = catalogue.find("mock/tiny")
    assert card is not None
    assert (card.vendor, card.upstream, card.upstream_model) == ("mock", "mock", "tiny")
    assert card.abilities == {"tools"}
    assert card.max_output_tokens is None
    rates = catalogue.rates("mock/tiny", NOW)
    assert rates is not None
    assert rates.per_million["cached_input"] == Decimal("0.075")


def test_a_model_without_a_price_has_none() -> None:
    assert load(ModelOverride("mock/free")).rates("mock/free", NOW) is None


def test_no_abilities_mean_text_alone_and_silence_means_unknown() -> None:
    catalogue = load(ModelOverride("mock/text", abilities=[]), ModelOverride("mock/any"))
    assert [catalogue.find(name).abilities for name in ("mock/text", "mock/any")] == [frozenset(), None]  # type: ignore[union-attr]


def test_of_two_overrides_the_later_one_has_the_last_word() -> None:
    catalogue = load(
        ModelOverride("a/b", context_window=1, upstream="x"), ModelOverride("a/b", context_window=2)
    )
    card = catalogue.find("a/b")
    assert card is not None
    assert card.context_window is not None
    assert (card.context_window.value, card.upstream) == (2, "x")


@pytest.mark.parametrize(("written", "meant"), [("0.10", "0.10"), (2, "2"), (0.1, "0.1"), (1e-07, "1E-7")])
def test_amounts_are_exactly_what_is_written(written: str | int | float, meant: str) -> None:
    [tariff] = ModelOverride("a/b", price={"input": written, "currency": "USD"}).tariffs(NOW.date())
    assert str(tariff.prices["input"]) == meant


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"id": "b"}, "models.b: found an id without a vendor, expected VENDOR/MODEL"),
        ({"id": "a/"}, "models.a/: found an id without a vendor, expected VENDOR/MODEL"),
        ({"context_window": 0}, "models.a/b.context_window: found 0, expected at least 1"),
        ({"max_output_tokens": -1}, "models.a/b.max_output_tokens: found -1, expected at least 1"),
        ({"abilities": ["sight"]}, "models.a/b.abilities: found 'sight', expected some of vision, "),
        ({"price": {"input": "1"}}, "models.a/b.price.currency: found None, expected USD or CNY"),
        (
            {"price": {"input": "1", "currency": "EUR"}},
            "models.a/b.price.currency: found 'EUR', expected USD or CNY",
        ),
        (
            {"price": {"tokens": "1", "currency": "USD"}},
            "models.a/b.price: found the meter 'tokens', expected one of ",
        ),
        (
            {"price": {"output": "0,60", "currency": "USD"}},
            "models.a/b.price.output: found '0,60', expected a decimal ",
        ),
        (
            {"price": {"output": "-1", "currency": "USD"}},
            "models.a/b.price.output: found '-1', expected a decimal ",
        ),
        (
            {"price": {"output": float("nan"), "currency": "USD"}},
            "models.a/b.price.output: found nan, expected a ",
        ),
        (
            {"price": {"output": float("inf"), "currency": "USD"}},
            "models.a/b.price.output: found inf, expected a ",
        ),
        (
            {"price": {"output": True, "currency": "USD"}},
            "models.a/b.price.output: found True, expected a decimal ",
        ),
    ],
)
def test_what_no_model_can_have_is_refused(given: dict[str, Any], complaint: str) -> None:
    whole: dict[str, Any] = {"id": "a/b"} | given
    with pytest.raises(ConfigError) as refused:
        ModelOverride(**whole)
    assert str(refused.value).startswith(complaint)


def test_price_in_a_batch_is_beside_the_usual_one() -> None:
    usual, half = ({"input": each, "output": each, "currency": "USD"} for each in ("2", "1"))
    catalogue = load_catalogue(
        [ModelOverride("a/b", price=usual, batch_price=half), ModelOverride("openai/gpt-4", price=usual)]
    )
    expected: tuple[tuple[str, Tier, int], ...] = (
        ("a/b", "standard", 2),
        ("a/b", "batch", 1),
        ("openai/gpt-4", "batch", 15),
    )
    for model, tier, input_price in expected:
        rates = catalogue.rates(model, NOW, tier)
        assert rates is not None
        assert rates.per_million["input"] == input_price
