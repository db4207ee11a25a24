from datetime import date
from decimal import Decimal

import msgspec
import pytest

from fen.accounts.budget import Budget
from fen.accounts.tier import (
    Tier,
    TierTable,
    check_output,
    check_tier,
    limit_output,
    limit_window,
    load_shipped,
    make_tier,
    make_tiers,
)
from fen.catalogue import Card, Fact
from fen.wire.errors import ConfigError, ContextLengthExceeded, FenError, Forbidden, Unsupported
from fen.wire.money import Money

TEXT: frozenset[str] = frozenset()


def make_card(window: int | None, output: int | None) -> Card:
    def state(value: int | None) -> Fact[int] | None:
        return None if value is None else Fact(value, "a test", date(2025, 1, 1))

    return Card("v/m", "v", "M", "v", "m", context_window=state(window), max_output_tokens=state(output))


def test_web_is_like_a_free_chat_page() -> None:
    web = load_shipped()["web"]
    assert web.context_window == 8191
    assert web.introduce
    for ability in ("vision", "audio", "files", "tools"):
        with pytest.raises(Unsupported, match=f"found a request that needs {ability}, expected .*'web'"):
            check_tier(web, "v/m", frozenset({ability}), 1)
    check_tier(web, "v/m", TEXT, 8191)
    with pytest.raises(
        ContextLengthExceeded, match=r"found at least 8192 tokens, expected at most 8191.*'web'"
    ):
        check_tier(web, "v/m", TEXT, 8192)


def test_api_limits_nothing() -> None:
    api = load_shipped()["api"]
    assert api == Tier("api")
    check_tier(api, "v/m", frozenset({"vision", "files", "tools", "audio"}), 10**9)
    check_output(api, 10**9, "max_tokens")
    card = make_card(128_000, 4096)
    assert (limit_window(api, card), limit_output(api, card)) == (128_000, 4096)


@pytest.mark.parametrize(
    ("tier", "model", "needs", "floor", "error", "message"),
    [
        (
            Tier("t", models=("openai/*", "x/y")),
            "v/m",
            TEXT,
            1,
            Forbidden,
            "model: found v/m, expected one that the tier 't' allows: openai/*, x/y",
        ),
        (Tier("t", models=()), "v/m", TEXT, 1, Forbidden, "allows: none"),
        (
            Tier("t", abilities=frozenset({"tools"})),
            "v/m",
            frozenset({"vision", "files", "tools"}),
            1,
            Unsupported,
            "needs files and vision, expected what the tier 't' allows: text, tools",
        ),
        (Tier("t", context_window=10), "v/m", TEXT, 11, ContextLengthExceeded, "at most 10 in the tier 't'"),
    ],
)
def test_refusal_names_the_tier_its_limit_and_the_value(
    tier: Tier, model: str, needs: frozenset[str], floor: int, error: type[FenError], message: str
) -> None:
    with pytest.raises(error) as caught:
        check_tier(tier, model, needs, floor)
    assert message in caught.value.message
    assert caught.value.code == "tier_limit"


def test_patterns_of_models_match_ids_by_case() -> None:
    tier = Tier("t", models=("openai/gpt-4o*", "fen/*"))
    for model in ("openai/gpt-4o", "openai/gpt-4o-mini", "fen/small"):
        check_tier(tier, model, TEXT, 1)
    for model in ("openai/gpt-4", "OpenAI/gpt-4o", "x/openai/gpt-4o"):
        with pytest.raises(Forbidden):
            check_tier(tier, model, TEXT, 1)


def test_more_output_than_the_tier_allows_is_refused() -> None:
    tier = Tier("t", max_output_tokens=100)
    check_output(tier, 100, "max_tokens")
    with pytest.raises(ContextLengthExceeded, match="max_tokens: found 101, expected at most 100") as caught:
        check_output(tier, 101, "max_tokens")
    assert (caught.value.param, caught.value.code) == ("max_tokens", "tier_limit")


@pytest.mark.parametrize(
    ("of_tier", "of_model", "effective"),
    [(None, None, None), (5, None, 5), (None, 7, 7), (5, 7, 5), (9, 7, 7)],
)
def test_effective_limit_is_the_smaller(
    of_tier: int | None, of_model: int | None, effective: int | None
) -> None:
    tier = Tier("t", context_window=of_tier, max_output_tokens=of_tier)
    card = make_card(of_model, of_model)
    assert (limit_window(tier, card), limit_output(tier, card)) == (effective, effective)


def test_table_is_read_whole() -> None:
    table = msgspec.convert(
        {
            "context_window": 4096,
            "max_output_tokens": 512,
            "abilities": ["vision"],
            "models": ["fen/*"],
            "rpm": 60,
            "tpm": 9000,
            "concurrency": 3,
            "budget": ["2USD/month", "10 CNY/day"],
            "markup": 1.1,
            "min_output": 32,
            "hold_wait": 0,
            "introduce": True,
        },
        TierTable,
    )
    assert make_tier("team-a", table) == Tier(
        name="team-a",
        context_window=4096,
        max_output_tokens=512,
        abilities=frozenset({"vision"}),
        models=("fen/*",),
        rpm=60,
        tpm=9000,
        concurrency=3,
        budgets=(
            Budget("tier", "team-a", Money(Decimal(2), "USD"), "month"),
            Budget("tier", "team-a", Money(Decimal(10), "CNY"), "day"),
        ),
        markup=Decimal("1.1"),
        min_output=32,
        hold_wait=0.0,
        introduce=True,
    )


def test_table_changes_only_what_it_names() -> None:
    tiers = make_tiers({"web": TierTable(rpm=3, introduce=False), "new": TierTable(budget="1USD")})
    assert sorted(tiers) == ["api", "new", "web"]
    shipped = load_shipped()["web"]
    assert tiers["web"] == msgspec.structs.replace(shipped, rpm=3, introduce=False)
    assert tiers["new"].budgets == (Budget("tier", "new", Money(Decimal(1), "USD"), "total"),)


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("Web", TierTable(), "tiers: found the name 'Web', expected 1 to 64"),
        ("", TierTable(), "tiers: found the name ''"),
        ("t", TierTable(abilities=["images"]), "tiers.t.abilities: found 'images', expected some of vision"),
        ("t", TierTable(markup="much"), "tiers.t.markup: found 'much', expected a number from 0"),
        ("t", TierTable(markup=-1), "tiers.t.markup: found -1, expected"),
        ("t", TierTable(markup=float("nan")), "tiers.t.markup: found nan, expected"),
        ("t", TierTable(budget="2EUR"), "tiers.t.budget: found the currency 'EUR', expected USD or CNY"),
        (
            "t",
            TierTable(max_output_tokens=8),
            "tiers.t.min_output: found 16, expected at most its max_output",
        ),
    ],
)
def test_bad_table_stops_the_start(name: str, table: TierTable, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_tier(name, table)
    assert message in caught.value.message
