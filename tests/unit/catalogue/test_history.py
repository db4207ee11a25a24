from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from fen.catalogue import PriceBook, Tariff, load_catalogue
from fen.catalogue.claims import judge, read_claims
from fen.catalogue.history import (
    PriceStep,
    find_end,
    find_percent,
    find_start,
    list_changes,
    list_entries,
    list_timeline,
    replay,
)

CATALOGUE = load_catalogue()


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def entries(model: str) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
    card = CATALOGUE.find_ever(model)
    assert card is not None
    return [
        (str(entry.day), entry.what, {p.meter: (str(p.before), str(p.after)) for p in entry.prices})
        for entry in list_entries(CATALOGUE, card)
        if entry.tier == "standard"
    ]


def test_the_history_of_gpt_35_turbo_is_told() -> None:
    assert entries("gpt-3.5-turbo") == [
        ("2023-03-01", "release", {"input": ("None", "2"), "output": ("None", "2")}),
        ("2023-06-13", "price", {"input": ("2", "1.5")}),
        ("2023-12-11", "price", {"input": ("1.5", "1")}),
        ("2024-02-16", "price", {"input": ("1", "0.5"), "output": ("2", "1.5")}),
        ("2026-10-23", "retirement", {}),
    ]


def test_output_grew_from_4096_by_way_of_8192_to_16384() -> None:
    steps = {
        (entry.model, step.before, step.after)
        for entry in list_timeline(CATALOGUE, day("2024-01-01"), day("2024-12-31"))
        for step in entry.steps
        if step.limit == "max_output_tokens"
    }
    assert ("anthropic/claude-3-5-sonnet", 4096, 8192) in steps
    assert ("openai/gpt-4o", 4096, 16384) in steps
    assert ("openai/gpt-4o-mini", None, 16384) in steps


def test_who_cut_prices_in_the_price_war_and_by_how_much() -> None:
    found = list_timeline(CATALOGUE, day("2024-05-01"), day("2024-08-01"))
    cuts = {
        entry.model: {price.meter: price.percent for price in entry.prices if price.percent is not None}
        for entry in found
        if entry.is_cut
    }
    assert cuts["dashscope/qwen-long"] == {"input": Decimal("-97.5")}
    assert cuts["zhipu/glm-3-turbo"] == {"input": Decimal(-80)}
    assert cuts["hunyuan/hunyuan-standard-256K"] == {"input": Decimal("-87.5")}
    assert [entry.at for entry in found] == sorted(entry.at for entry in found)
    assert all(day("2024-05-01") <= entry.at < day("2024-08-01") for entry in found)
    assert {e.vendor for e in list_timeline(CATALOGUE, vendors=["baidu"])} == {"baidu"}


def test_a_models_end_and_beginning() -> None:
    davinci, mini = CATALOGUE.find("text-davinci-003"), CATALOGUE.find("gpt-4o-mini")
    gone = CATALOGUE.find_ever("gemini-pro")
    assert davinci is not None
    assert mini is not None
    assert gone is not None
    assert find_end(CATALOGUE, davinci) == date(2024, 1, 4)
    assert find_start(CATALOGUE, mini) == date(2024, 7, 18)
    assert find_end(CATALOGUE, gone) == date(2025, 2, 15)  # only the history knows of it
    assert find_end(CATALOGUE, CATALOGUE.find("fen/smollm2-135m") or mini) is None


def test_a_day_is_the_vendors() -> None:
    days = [found for found, _, _ in entries("deepseek/deepseek-chat")]
    assert "2025-02-09" in days
    assert "2025-02-08" not in days


def test_a_span_is_of_the_vendors_days() -> None:
    found = list_timeline(CATALOGUE, day("2024-05-21"), day("2024-05-22"), ["dashscope"])
    assert {entry.model for entry in found} >= {"dashscope/qwen-long", "dashscope/qwen-max"}
    assert {entry.day for entry in found} == {date(2024, 5, 21)}
    assert list_timeline(CATALOGUE, day("2024-05-20"), day("2024-05-21"), ["dashscope"]) == []


def test_percent_of_what_is_unknown_or_was_nothing_is_none() -> None:
    assert find_percent(Decimal(5), Decimal(1)) == -80
    assert find_percent(Decimal(1), Decimal("1.5")) == 50
    assert find_percent(None, Decimal(1)) is None
    assert find_percent(Decimal(1), None) is None
    assert find_percent(Decimal(0), Decimal(1)) is None
    assert PriceStep("input", Decimal(20), Decimal("0.5")).percent == Decimal("-97.5")


def test_a_gap_between_prices_is_an_end_and_a_beginning() -> None:
    tariffs = [
        Tariff("USD", {"input": Decimal(price)}, "https://v.example", starts=day(starts), ends=day(ends))
        for price, starts, ends in ((5, "2024-01-01", "2024-02-01"), (3, "2024-03-01", "2024-04-01"))
    ]
    changes = list_changes(PriceBook(tuple(tariffs)).rows("v/m", "v"))
    assert [(str(c.at and c.at.date()), c.before, c.after) for c in changes] == [
        ("2024-01-01", None, 5),
        ("2024-02-01", 5, None),
        ("2024-03-01", None, 3),
        ("2024-04-01", 3, None),
    ]
    assert list(replay(changes, day("2024-01-15")).values()) == [5]
    assert replay(changes, day("2024-02-15")) == {}


def test_the_claims_are_computed_from_the_book() -> None:
    verdicts = {claim.name: judge(claim, CATALOGUE) for claim in read_claims()}
    mini = {f.of: (f.figure, f.holds) for f in verdicts["gpt-4o-mini-60-percent"].findings}
    assert mini == {"input": (70, True), "output": (60, False), "input + output": (Decimal("62.5"), True)}
    davinci = {f.of: f.figure for f in verdicts["davinci-100-times"].findings}
    assert [round(figure, 1) for figure in davinci.values() if figure is not None] == [
        Decimal("133.3"),
        Decimal("33.3"),
        Decimal("53.3"),
    ]
    assert [verdicts[name].holds for name in ("gpt-4o-mini-60-percent", "davinci-100-times")] == [None, None]
    assert verdicts["qwen-long-97-percent"].holds
    assert verdicts["gpt-4-turbo-3-times"].holds


def test_a_claim_about_an_unknown_price_is_unknown() -> None:
    [claim, *_] = read_claims()
    early = replace(claim, than=replace(claim.than, on=date(2020, 1, 1)))
    verdict = judge(early, CATALOGUE)
    assert verdict.holds is None
    assert {finding.figure for finding in verdict.findings} == {None}
