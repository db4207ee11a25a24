from datetime import UTC, datetime

import pytest

from fen.catalogue import Card, Catalogue, PriceBook

CARDS = [
    Card("openai/gpt-4o", "openai", "GPT-4o", "openai", "gpt-4o", aliases=("gpt-4o-2024-08-06",)),
    Card("azure/gpt-4o", "azure", "GPT-4o", "azure", "gpt-4o"),
    Card("router/openai/gpt-4o", "router", "GPT-4o", "router", "openai/gpt-4o"),
    Card("groq/llama", "groq", "Llama", "groq", "llama"),
    Card("together/llama", "together", "Llama", "together", "llama"),
    Card("router/sonnet-3-7-20250219", "router", "Sonnet", "router", "sonnet-3-7-20250219"),
    Card("together/only", "together", "Only", "together", "only"),
    Card("zhipu/GLM-4", "zhipu", "GLM-4", "zhipu", "glm-4"),
    Card(
        "anthropic/sonnet",
        "anthropic",
        "Sonnet",
        "anthropic",
        "sonnet",
        patterns=("sonnet-3", r"^opus-\d{8}$"),
    ),
    Card(
        "anthropic/sonnet-3-5", "anthropic", "Sonnet 3.5", "anthropic", "sonnet-3-5", patterns=("sonnet-3-5",)
    ),
]
CATALOGUE = Catalogue(CARDS, lambda _: PriceBook(), frozenset({"openai", "zhipu", "anthropic"}))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("azure/gpt-4o", "azure/gpt-4o"),
        ("gpt-4o", "openai/gpt-4o"),  # the maker before a reseller
        ("openai/gpt-4o", "openai/gpt-4o"),  # an id before another vendor's name
        ("only", "together/only"),
        ("GLM-4", "zhipu/GLM-4"),
        ("glm-4", "zhipu/GLM-4"),
        ("OpenAI/GPT-4o", "openai/gpt-4o"),
        ("sonnet-3-7-20250219", "anthropic/sonnet"),  # its maker knows it by its beginning
        ("anthropic/sonnet-3-5-20241022", "anthropic/sonnet-3-5"),  # the longest fit
        ("opus-20250101", "anthropic/sonnet"),
        ("opus-2025", None),
        ("nope", None),
        ("", None),
    ],
)
def test_a_name_means_one_model_or_none(wanted: str, found: str | None) -> None:
    card = CATALOGUE.find(wanted)
    assert (card.id if card else None) == found


def test_a_name_that_could_mean_several_means_none_and_says_which() -> None:
    assert CATALOGUE.find("llama") is None
    assert CATALOGUE.matches("llama") == ["groq/llama", "together/llama"]
    assert CATALOGUE.matches("gpt-4o") == ["openai/gpt-4o"]
    assert CATALOGUE.matches("nope") == []


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("openai/gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("anthropic/sonnet-3-5-20241022", "sonnet-3-5-20241022"),
        ("gpt-4o", "gpt-4o"),
        ("zhipu/GLM-4", "glm-4"),
        ("GLM-4", "glm-4"),
    ],
)
def test_who_asks_for_a_version_gets_that_version(wanted: str, sent: str) -> None:
    card = CATALOGUE.find(wanted)
    assert card is not None
    assert card.upstream_model == sent


def test_a_model_without_prices_has_none() -> None:
    assert CATALOGUE.rates("openai/gpt-4o", datetime.now(UTC)) is None
    assert CATALOGUE.prices("openai/gpt-4o") == []
    assert CATALOGUE.prices("nope") == []
    assert CATALOGUE.rates("nope", datetime.now(UTC)) is None


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(
        ValueError, match="found 2026-01-01 00:00:00, a time without a zone, expected an instant"
    ):
        CATALOGUE.rates("openai/gpt-4o", datetime(2026, 1, 1))  # noqa: DTZ001 (that is what is refused)
