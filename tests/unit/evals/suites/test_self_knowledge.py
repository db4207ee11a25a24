"""Self-knowledge: stated numbers, months and names are read, and held against what is so."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from fen.catalogue.card import Card, Fact
from fen.evals import Failure, Response, Sample, Score
from fen.evals.record import Record
from fen.evals.self_knowledge.dates import Month, months_apart, read_month
from fen.evals.self_knowledge.facts import CONTEXT, CUTOFF, NAME, OUTPUT, state_facts
from fen.evals.self_knowledge.numbers import read_chinese, read_count, read_words
from fen.evals.self_knowledge.play import PROBE
from fen.evals.self_knowledge.said import abstains, read_probability
from fen.evals.self_knowledge.score import score_cutoff, score_name, score_number
from fen.evals.self_knowledge.summary import summarise
from fen.evals.suites.self_knowledge import SUITE
from fen.wire.errors import ConfigError
from tests.fakes.made import Body, Model, load, play

FACTS = {CONTEXT: "128000", OUTPUT: "16384", CUTOFF: "2023-10", NAME: "GPT-4o mini|gpt-4o-mini"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("128K tokens", 128_000),
        ("My context window is 128k tokens, about 300 pages.", 128_000),
        ("4,096", 4096),
        ("I can write up to **4096** tokens.", 4096),
        ("200,000-token context", 200_000),
        ("约 12.8万 个 token", 128_000),
        ("大约12万8千", 128_000),
        ("上下文是4096个token", 4096),
        ("大约，4096", 4096),
        ("十二万八千个token", 128_000),
        ("一百万个 tokens", 1_000_000),
        ("about one million tokens", 1_000_000),
        ("roughly 1.5 million", 1_500_000),
        ("half a million tokens", 500_000),
        ("a hundred and twenty-eight thousand tokens", 128_000),
        ("1M tokens", 1_000_000),
        ("1,048,576", 1_048_576),
        ("As of 2023 I handle 8192 tokens.", 8192),
        ("As of 2024, it is 32768", 32768),
        ("I'm GPT-4 with 8,192 tokens", 8192),
        ("I am Qwen2.5-72B-Instruct; my window holds 131072 tokens", 131_072),
        ("between 4,000 and 8,000 tokens", 8000),
        ("It was trained on 405B parameters.", None),
        ("16 GB of memory", None),
        ("I was released in 2023.", None),
        ("I do not know.", None),
        ("a few", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_models_state_them(text: str, count: int | None) -> None:
    assert read_count(text) == count


def test_numbers_in_words_are_read() -> None:
    assert read_words("two million three hundred thousand and five") == 2_300_005
    assert read_words("nineteen hundred") == 1900
    assert [read_chinese(text) for text in ("一百二十八", "两千", "三亿二千万", "二十万", "十")] == [
        128,
        2000,
        320_000_000,
        200_000,
        10,
    ]


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("October 2023", (2023, 10)),
        ("My knowledge goes to Oct. 2023, I think.", (2023, 10)),
        ("September 30, 2021", (2021, 9)),
        ("as of May of 2024", (2024, 5)),
        ("2023年10月", (2023, 10)),
        ("2023 年 4 月底", (2023, 4)),
        ("2024-06", (2024, 6)),
        ("2024-06-01", (2024, 6)),
        ("06/2024", (2024, 6)),
        ("early 2024", (2024, 2)),
        ("2021年底", (2021, 11)),
        ("Founded in 2015, I know things up to June 2024", (2024, 6)),
        ("2021", (2021, None)),
        ("sometime in 2022.", (2022, None)),
        ("I have 2048 tokens", None),
        ("12,023", None),
        ("", None),
    ],
)
def test_months_are_read_as_models_state_them(text: str, month: Month | None) -> None:
    assert read_month(text) == month


@pytest.mark.parametrize(
    ("stated", "true", "months"),
    [
        ((2023, 10), (2023, 10), 0),
        ((2023, 12), (2024, 1), 1),
        ((2021, 9), (2023, 9), 24),
        ((2023, None), (2023, 1), 0),
        ((2022, None), (2023, 6), 12),
    ],
)
def test_months_are_counted_over_years(stated: Month, true: Month, months: int) -> None:
    assert months_apart(stated, true) == months_apart(true, stated) == months


@pytest.mark.parametrize(
    ("text", "probability"),
    [
        ("95%", 0.95),
        ("I am about 80 percent sure.", 0.8),
        ("百分之九十 或 90%", 0.9),
        ("百分之60", 0.6),
        ("0.7", 0.7),
        ("Yes, certainly.", 1.0),
        ("No, I cannot.", 0.0),
        ("不能", 0.0),
        ("可以。", 1.0),
        ("250%", None),
        ("It depends.", None),
    ],
)
def test_a_probability_is_read(text: str, probability: float | None) -> None:
    assert read_probability(text) == probability


def test_not_knowing_is_heard_in_both_languages() -> None:
    assert all(
        map(abstains, ["I don't know.", "I do not have access to that.", "我不清楚。", "官方没有公开"])
    )
    assert not any(map(abstains, ["128K", "上下文窗口是 8192", "I know it well"]))


def test_an_error_is_counted_in_doublings() -> None:
    assert score_number("128K", 131_072).outcome == "correct"
    half = score_number("64,000 tokens", 128_000)
    assert (half.outcome, half.value, half.detail["doublings"]) == ("wrong", 0, 1)
    assert score_number("4096", 8192, measured=4096).outcome == "correct"
    assert score_number("I'm not sure.", 8192) == Score("refused", detail={"abstained": True})
    assert score_number("Large!", 8192).outcome == "format_error"


def test_a_cutoff_is_right_within_a_month() -> None:
    assert [
        score_cutoff(text, "2023-10").outcome for text in ("2023-10", "Nov 2023", "Dec 2023", "2023")
    ] == [
        "correct",
        "correct",
        "wrong",
        "correct",
    ]
    assert score_cutoff("April 2023", "2023-10-01").value == 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("GPT-4o mini", 1),
        ("我是 GPT-4o-mini。", 1),
        ("我是GPT-4o mini，由OpenAI训练。", 1),
        ("I am GPT-4.", 0.5),
        ("I am ChatGPT.", 0.5),
        ("I am Claude, made by Anthropic.", 0),
        ("I am Qwen, similar to GPT.", 0),
        ("I am an assistant.", 0),
    ],
)
def test_a_name_is_right_whole_and_half_by_its_family(text: str, value: float) -> None:
    assert score_name(text, FACTS[NAME]).value == value


def answer(body: Body) -> Response | str:
    """Answer as a model that knows itself."""
    text = body["messages"][0]["content"]
    if body == PROBE:
        message = "max_tokens is too large: 10000000. This model supports at most 16384 completion tokens"
        return Response(error=Failure(400, message))
    if "ferryman" in text or "摆渡人" in text:
        return write(body)
    for words, said in KNOWN.items():
        if any(word in text for word in words):
            return said
    raise AssertionError(text)


KNOWN = {
    ("percentage", "百分比"): "100%",
    ("context", "together", "上下文", "提示和回答"): "128,000 tokens",
    ("can you write", "output length", "cut off", "输出", "截断"): "16,384",
    ("cutoff", "training", "截止", "训练"): "2023年10月",
    ("name", "language model", "which model", "名字", "模型"): "GPT-4o mini",
}


def write(body: Body, share: float = 1.0) -> str:
    words = round(share * (body["max_tokens"] - 512) / 2)
    if "字" in body["messages"][0]["content"]:
        return "".join(chr(0x4E00 + number) for number in range(words))
    return " ".join(chr(97 + number % 26) + chr(97 + number // 26) for number in range(words))


async def test_one_who_knows_itself_scores_1() -> None:
    samples = load(SUITE, FACTS)
    assert Counter(sample.stratum for sample in samples) == {
        "context_window": 6,
        "max_output_tokens": 6,
        "knowledge_cutoff": 6,
        "name": 6,
        "claim": 4,
    }
    for sample in samples:
        scored = await play(SUITE, sample, Model(answer))
        assert (scored.outcome, scored.value) == ("correct", 1.0), (sample.id, scored)


async def test_one_who_always_says_the_same_scores_low() -> None:
    scores = [
        await play(SUITE, sample, Model(lambda body: "I am Claude: 4096")) for sample in load(SUITE, FACTS)
    ]
    assert sum(score.value for score in scores) == 0


async def test_the_limit_that_the_upstream_names_counts_where_none_is_documented() -> None:
    unknown = FACTS | {OUTPUT: ""}
    samples = {sample.id: sample for sample in load(SUITE, unknown)}
    scored = await play(SUITE, samples["max_output_tokens-en-0"], Model(answer))
    assert (scored.outcome, scored.detail["measured"]) == ("correct", 16_384)
    window = await play(SUITE, samples["context_window-en-0"], Model(answer))
    assert (window.outcome, window.detail["measured"]) == ("correct", None)  # the complaint names another
    silent = Model(lambda body: "" if body == PROBE else answer(body))
    unheard = await play(SUITE, samples["max_output_tokens-en-0"], silent)
    assert (unheard.outcome, unheard.detail["stated"]) == ("api_error", 16_384)
    assert not any("max_output" in sample.id for sample in load(SUITE, unknown | {"measure": "off"}))


async def test_a_documented_limit_is_not_measured_since_fen_keeps_to_it() -> None:
    model = Model(answer)
    for sample in load(SUITE, FACTS):
        await play(SUITE, sample, model)
    assert PROBE not in model.asked


@pytest.mark.parametrize(("share", "brier"), [(1.0, 0.04), (0.5, 0.64)])
async def test_a_claim_is_held_against_what_happened(share: float, brier: float) -> None:
    sample = next(sample for sample in load(SUITE) if sample.id == "claim-en-200")
    scored = await play(SUITE, sample, Model(lambda b: "80%" if "sure" in str(b) else write(b, share)))
    assert scored.detail["brier"] == pytest.approx(brier)
    assert scored.value == pytest.approx(1 - brier)
    assert scored.outcome == ("correct" if share == 1 else "wrong")


async def test_a_failed_call_is_no_answer() -> None:
    model = Model(lambda body: Response(error=Failure(500, "broke")))
    for sample in load(SUITE, FACTS):
        assert (await play(SUITE, sample, model)).outcome == "api_error"


def test_what_is_neither_documented_nor_measured_is_not_asked() -> None:
    assert {sample.stratum for sample in load(SUITE, {"measure": "off"})} == {"claim"}
    assert load(SUITE, {"words": "0", "measure": "off"}) == []
    assert {sample.stratum for sample in load(SUITE)} == {"claim", "context_window", "max_output_tokens"}


@pytest.mark.parametrize("wrong", [{CONTEXT: "128K"}, {CUTOFF: "October"}, {"languages": "fr"}])
def test_facts_that_say_nothing_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"found '.*', expected"):
        load(SUITE, wrong)


def test_a_card_states_the_facts_that_it_has() -> None:
    card = Card(
        "v/m-1",
        "v",
        "M 1",
        "v",
        "m-1",
        context_window=Fact(8192, "x", date(2026, 1, 1)),
        knowledge_cutoff=Fact("2024-03", "x"),
    )
    assert state_facts(card) == {NAME: "M 1|m-1", CONTEXT: "8192", CUTOFF: "2024-03"}
    assert state_facts(None) == {}


def record(sample: Sample | str, score: Score, stratum: str) -> Record:
    return Record(
        run="run_1",
        suite="self_knowledge",
        version="1",
        scorer="self-knowledge/1",
        sample=str(sample),
        score=score,
        stratum=stratum,
        dimension="knowledge",
    )


def test_answers_about_one_subject_come_to_error_abstention_and_consistency() -> None:
    said = ["128K tokens", "130,000", "32K", "I don't know."]
    records = [record(text, score_number(text, 128_000), "context_window") for text in said]
    records.append(record("x", Score("api_error"), "context_window"))
    claims: list[dict[str, Any]] = [{"brier": 0.0}, {"brier": 0.5}]
    records += [record("c", Score("correct", answer="1%", detail=detail), "claim") for detail in claims]
    claim, window = summarise(records)
    assert (claim.subject, claim.brier, claim.consistency) == ("claim", 0.25, None)
    assert (window.n, window.abstained, window.consistency) == (4, 0.25, pytest.approx(1 / 3))
    assert window.doublings == pytest.approx(0.0224, abs=1e-3)
