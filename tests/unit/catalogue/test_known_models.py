"""What the catalogue says of models that people use."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from fen.catalogue import Catalogue, Fact, Tier


def rates(catalogue: Catalogue, model: str, at: str, tier: Tier = "standard") -> dict[str, str] | None:
    found = catalogue.rates(model, datetime.fromisoformat(at).replace(tzinfo=UTC), tier)
    if found is None:
        return None
    return {"currency": found.currency} | {
        meter: str(found.per_million[meter].normalize().__format__("f"))
        for meter in ("input", "cached_input", "output")
        if meter in found.per_million
    }


def cny(*prices: str) -> dict[str, str]:
    return {"currency": "CNY", "input": prices[0], "cached_input": prices[1], "output": prices[2]}


def usd(*prices: str) -> dict[str, str]:
    return cny(*prices) | {"currency": "USD"}


@pytest.mark.parametrize(
    ("at", "prices"),
    [
        ("2024-06-01T00:00", cny("1", "1", "2")),
        ("2025-03-01T16:29", cny("2", "0.5", "8")),
        ("2025-03-01T16:30", cny("1", "0.25", "4")),
        ("2025-03-02T00:30", cny("2", "0.5", "8")),
        ("2025-09-05T15:59", cny("2", "0.5", "8")),
        ("2025-09-05T16:30", cny("4", "0.5", "12")),  # no nights any more
        ("2026-01-01T17:00", cny("2", "0.2", "3")),
        ("2026-11-24T12:00", None),
    ],
)
def test_deepseek_chat_through_its_prices(
    catalogue: Catalogue, at: str, prices: dict[str, str] | None
) -> None:
    assert rates(catalogue, "deepseek/deepseek-chat", at) == prices


@pytest.mark.parametrize(
    ("at", "prices"),
    [
        ("2026-08-22T02:00", cny("9", "0.3", "27")),  # Saturday, before weekends were off-peak
        ("2026-11-23T00:59", cny("4.5", "0.15", "13.5")),
        ("2026-11-23T01:00", cny("9", "0.3", "27")),  # Monday, 09:00 in Beijing
        ("2026-11-28T02:00", cny("4.5", "0.15", "13.5")),  # Saturday
    ],
)
def test_deepseek_has_peak_hours_on_weekdays(catalogue: Catalogue, at: str, prices: dict[str, str]) -> None:
    assert rates(catalogue, "deepseek/deepseek-v4-pro", at) == prices


def test_a_batch_at_openai_costs_half(catalogue: Catalogue) -> None:
    for model in ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-5", "o3"):
        moment = datetime(2025, 12, 1, tzinfo=UTC)
        standard = catalogue.rates(f"openai/{model}", moment)
        batch = catalogue.rates(f"openai/{model}", moment, "batch")
        assert standard is not None
        assert batch is not None
        for meter in ("input", "output"):
            assert batch.per_million[meter] * 2 == standard.per_million[meter]


def test_news_of_genai_prices_come_after_an_overlays_last_price(catalogue: Catalogue) -> None:
    before, after = (rates(catalogue, "openai/gpt-4o", at, "batch") for at in ("2026-10-13", "2026-10-15"))
    assert before == usd("1.25", "1.25", "5")
    assert after is not None
    assert {row.source for row in catalogue.prices("openai/gpt-4o") if row.tier == "batch"} != {
        "https://platform.openai.com/docs/pricing"
    }


@pytest.mark.parametrize(
    ("model", "window", "output"),
    [
        ("openai/gpt-4o-mini", 128_000, 16_384),
        ("openai/gpt-3.5-turbo", 16_385, 4_096),
        ("anthropic/claude-haiku-4-5", 200_000, 64_000),
        ("anthropic/claude-3-5-sonnet", 200_000, 4_096),
        ("google/gemini-2.5-pro", 1_048_576, 65_535),
        ("openai/gpt-4.1", 1_000_000, 32_768),
        ("deepseek/deepseek-flash", 1_000_000, 384_000),
        ("dashscope/qwen-turbo", 131_072, 16_384),
        ("baidu/ernie-4.5-turbo-128k", 131_072, 12_288),
        ("fen/smollm2-135m", 8_192, None),
    ],
)
def test_limits_are_facts_with_source_and_date(
    catalogue: Catalogue, model: str, window: int, output: int | None
) -> None:
    card = catalogue.find(model)
    assert card is not None
    assert card.context_window is not None
    assert card.context_window.value == window
    assert (card.max_output_tokens.value if card.max_output_tokens else None) == output
    for fact in (card.context_window, card.max_output_tokens, card.knowledge_cutoff):
        assert fact is None or (fact.source and (fact.checked is None or fact.checked.year >= 2026))


@pytest.mark.parametrize("model", ["openai/gpt-3.5-turbo", "openai/gpt-4", "anthropic/claude-sonnet-5-5"])
def test_what_was_opened_says_when(catalogue: Catalogue, model: str) -> None:
    card = catalogue.find(model)
    assert card is not None
    assert card.max_output_tokens is not None
    assert card.knowledge_cutoff is not None
    assert card.max_output_tokens.checked == card.knowledge_cutoff.checked == date(2026, 11, 24)


def test_what_was_not_opened_has_no_date(catalogue: Catalogue) -> None:
    card = catalogue.find("openai/gpt-4o-mini")
    assert card is not None
    assert card.knowledge_cutoff == Fact("2023-10", "https://platform.openai.com/docs/models")
    batch = [row for row in catalogue.prices(card.id) if row.tier == "batch" and row.note is None]
    assert batch
    assert {row.checked for row in batch} == {None}


def test_a_price_of_genai_prices_says_that_the_library_was_read(catalogue: Catalogue) -> None:
    rows = catalogue.prices("xai/grok-3")
    assert rows
    assert {row.note for row in rows} == {"as genai-prices has it"}


def test_the_embedded_model_costs_nothing_and_says_why(catalogue: Catalogue) -> None:
    card = catalogue.find("fen/smollm2-135m")
    assert card is not None
    assert (card.upstream, card.upstream_model) == ("fen/smollm2-135m", "fen/smollm2-135m")
    found = catalogue.rates(card.id, datetime.now(UTC))
    assert found is not None
    assert {found.per_million[meter] for meter in ("input", "output")} == {Decimal(0)}
    assert found.source == "runs on this machine"


@pytest.mark.parametrize(
    ("wanted", "card_id", "upstream_model"),
    [
        ("gpt-4o-mini", "openai/gpt-4o-mini", "gpt-4o-mini"),
        ("claude-3-5-haiku-20241022", "anthropic/claude-3-5-haiku-latest", "claude-3-5-haiku-20241022"),
        ("glm-4.7", "zhipu/glm-4.7", "glm-4.7"),
        ("doubao-seed-1.6", "volcengine/doubao-seed-1.6", "doubao-seed-1-6-250615"),
        ("smollm2-135m", "fen/smollm2-135m", "fen/smollm2-135m"),
        ("openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o", "openai/gpt-4o"),
    ],
)
def test_usual_names_are_found(catalogue: Catalogue, wanted: str, card_id: str, upstream_model: str) -> None:
    card = catalogue.find(wanted)
    assert card is not None
    assert (card.id, card.upstream_model) == (card_id, upstream_model)


def test_ids_are_vendor_and_model_and_every_model_can_be_found(catalogue: Catalogue) -> None:
    for card in catalogue.cards():
        assert card.id.startswith(f"{card.vendor}/")
        assert catalogue.find(card.id) is card


def test_every_book_opens(catalogue: Catalogue) -> None:
    rows = [row for card in catalogue.cards() for row in catalogue.prices(card.id)]
    assert len(rows) > 5_000
    assert all(row.price >= 0 and row.source and row.currency in ("USD", "CNY") for row in rows)


def test_rates_stay_the_same_object_until_they_change(catalogue: Catalogue) -> None:
    first, again, later = (
        catalogue.rates("deepseek/deepseek-flash", datetime(2026, 11, 23, hour, 30, tzinfo=UTC))
        for hour in (1, 2, 4)
    )
    assert first is again
    assert later is not None
    assert first is not None
    assert later.per_million["input"] < first.per_million["input"]
    back = catalogue.rates("deepseek/deepseek-flash", datetime(2026, 11, 23, 1, 30, tzinfo=UTC))
    assert back == first
