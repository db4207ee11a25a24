import json
from datetime import UTC, date, datetime

import pytest

from fen.catalogue import Catalogue, describe, summarize

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_model_is_described_in_openais_shape_with_sources_and_dates(catalogue: Catalogue) -> None:
    card = catalogue.find("openai/gpt-4o-mini")
    assert card is not None
    shown = describe(card, catalogue, NOW)
    json.dumps(shown)
    assert {name: shown[name] for name in ("id", "object", "owned_by")} == {
        "id": "openai/gpt-4o-mini",
        "object": "model",
        "owned_by": "openai",
    }
    assert isinstance(shown["created"], int)
    assert shown["context_window"] == {
        "value": 128_000,
        "source": "https://vercel.com/ai-gateway/models/gpt-4o-mini-fast.md",
        "checked": "2026-11-24",
    }
    assert shown["max_output_tokens"]["value"] == 16_384
    assert shown["abilities"]["value"] == ["files", "json_schema", "tools", "vision"]
    assert shown["knowledge_cutoff"] == {
        "value": "2023-10",
        "source": "https://platform.openai.com/docs/models",
        "checked": None,
    }
    assert shown["retirement"] == {
        "announced": "2026-10-14",
        "retired": "2027-01-14",
        "successor": "openai/gpt-6-luna",
        "source": (
            "https://dev.to/importstatic/"
            "every-openai-model-shutdown-date-until-january-2027-and-what-replaces-it-1dfk"
        ),
        "checked": "2026-11-24",
    }
    assert shown["pricing"]["currency"] == "USD"
    assert shown["pricing"]["prices"]["cached_input"] == "0.075"
    assert shown["pricing"]["prices"]["output"] == "0.6"
    assert (shown["pricing"]["source"], shown["pricing"]["checked"]) == (
        "https://openai.com/index/api-prompt-caching/",
        "2026-11-24",
    )


def test_prices_of_long_prompts_are_described(catalogue: Catalogue) -> None:
    card = catalogue.find("dashscope/qwen3-max")
    assert card is not None
    steps = describe(card, catalogue, NOW)["pricing"]["long_prompts"]
    assert [(step["above"], step["prices"]["input"]) for step in steps] == [(32_000, "4"), (128_000, "7")]


def test_what_is_unknown_is_null(catalogue: Catalogue) -> None:
    card = catalogue.find("iflytek/spark-x")
    assert card is not None
    shown = describe(card, catalogue, NOW)
    assert shown["pricing"] is None
    assert shown["knowledge_cutoff"] is None
    assert shown["retirement"] is None


def test_the_output_that_a_header_unlocks_is_described(catalogue: Catalogue) -> None:
    card = catalogue.find("anthropic/claude-3-5-sonnet")
    assert card is not None
    assert describe(card, catalogue, NOW)["max_output_tokens"]["value"] == 8192


def test_every_model_can_be_described(catalogue: Catalogue) -> None:
    json.dumps([describe(card, catalogue, NOW) for card in catalogue.cards()])


@pytest.mark.parametrize(
    ("words", "first"),
    [("smollm2 INSTRUCT", "fen/smollm2-135m"), ("ERNIE speed pro", "baidu/ernie-speed-pro-128k")],
)
def test_models_are_found_by_words(catalogue: Catalogue, words: str, first: str) -> None:
    assert summarize(catalogue, NOW, words)[0].id == first


def test_a_summary_is_a_line_of_facts(catalogue: Catalogue) -> None:
    [line] = summarize(catalogue, NOW, "ernie-4.0-turbo-8k")
    assert (str(line.input), str(line.output), line.currency) == ("3", "9", "CNY")
    assert (line.context_window, line.max_output_tokens) == (8192, 2048)
    assert (line.source, line.checked) == (
        "https://ai.baidu.com/ai-doc/WENXINWORKSHOP/Rm6uq7jy9",
        date(2026, 11, 24),
    )


def test_a_summary_can_be_of_one_vendor(catalogue: Catalogue) -> None:
    lines = summarize(catalogue, NOW, vendor="iflytek")
    assert [line.id for line in lines] == sorted(line.id for line in lines)
    assert {line.id.partition("/")[0] for line in lines} == {"iflytek"}
    assert [line.input for line in lines if line.id == "iflytek/spark-x"] == [None]
