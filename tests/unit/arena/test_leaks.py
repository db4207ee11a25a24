"""What gives away who wrote an answer, and what only looks like it."""

import sys
import tomllib
from pathlib import Path

import pytest

from fen.arena.identity import LeakFilter, is_probe, make_roster
from fen.arena.identity.folding import fold

TEXTS = tomllib.loads((Path(__file__).parents[2] / "fakes/identity_texts.toml").read_text("utf-8"))
MODELS = ("openai/gpt-4o-mini", "fen/smollm2-135m", "zephyrlabs/blorp-7b-instruct")


@pytest.fixture(scope="module")
def leaks() -> LeakFilter:
    return LeakFilter(make_roster(MODELS, codenames=["velvet-otter"]))


@pytest.mark.parametrize("text", TEXTS["leaks"])
def test_an_answer_that_says_who_wrote_it_is_spoilt(leaks: LeakFilter, text: str) -> None:
    assert leaks.spoils(text)


@pytest.mark.parametrize("text", TEXTS["innocent"])
def test_an_innocent_answer_is_not(leaks: LeakFilter, text: str) -> None:
    assert not leaks.spoils(text)


def test_precision_and_recall_of_the_table(leaks: LeakFilter, record_property, capsys) -> None:
    hits = sum(map(leaks.spoils, TEXTS["leaks"]))
    false = sum(map(leaks.spoils, TEXTS["innocent"]))
    precision, recall = hits / (hits + false), hits / len(TEXTS["leaks"])
    record_property("precision", precision)
    record_property("recall", recall)
    with capsys.disabled():
        sys.stdout.write(
            f"\nleak filter: precision {precision:.3f}, recall {recall:.3f} of {len(TEXTS['leaks'])} leaks"
            f" and {len(TEXTS['innocent'])} innocent texts\n"
        )
    assert len(TEXTS["leaks"]) >= 60
    assert len(TEXTS["innocent"]) >= 60
    assert precision == recall == 1.0


def test_a_bare_mention_is_flagged_and_spoils_nothing(leaks: LeakFilter) -> None:
    [leak] = leaks.find("Papers by OpenAI describe this.")
    assert (leak.kind, leak.name) == ("mention", "openai")


def test_an_ordinary_word_is_not_even_flagged(leaks: LeakFilter) -> None:
    assert leaks.find("The palm tree and the llama.") == ()


def test_a_vendor_nobody_knew_is_caught_once_it_is_on_the_roster() -> None:
    text = "I am Quibble, a model made by Frobnica Research."
    before = LeakFilter(make_roster(MODELS))
    after = LeakFilter(make_roster([*MODELS, "frobnica/quibble-9b-chat"]))
    chinese = LeakFilter(make_roster(vendors={"frobnica": ["弗罗布尼卡"]}))
    assert not before.spoils(text)
    assert after.spoils(text)
    assert not before.spoils("我是由弗罗布尼卡开发的模型。")
    assert chinese.spoils("我是由弗罗布尼卡开发的模型。")


class TestProbes:
    @pytest.mark.parametrize(
        "prompt",
        [
            "Who are you?",
            "What model are you?",
            "which company made you",
            "Are you ChatGPT?",
            "Tell me your name.",
            "What's your knowledge cutoff?",
            "Please introduce yourself.",
            "Which LLM am I talking to?",
            "Ｗｈｏ made you?",
            "你是谁？",
            "你是什么模型？",
            "谁开发了你？",
            "你是不是文心一言？",
            "请自我介绍。",
            "你的名字是什么",
        ],
    )
    def test_a_prompt_that_asks_who_it_is(self, prompt: str) -> None:
        assert is_probe(prompt)

    @pytest.mark.parametrize(
        "prompt",
        [
            "Who are you going to vote for in this story?",
            "What is your opinion on trains?",
            "Write a story about a man named Claude.",
            "Introduce yourself to the class, said the teacher. Continue the story.",
            "写一首关于春天的诗",
            "你是一位历史老师，请讲讲唐朝。",
            "介绍一下北京的历史",
        ],
    )
    def test_a_prompt_that_does_not(self, prompt: str) -> None:
        assert not is_probe(prompt)


class TestFolding:
    def test_what_reads_the_same_is_spelt_the_same(self) -> None:
        spellings = (
            "Claude",
            "CLAUDE",
            "Ｃｌａｕｄｅ",
            "Cl\u200bau\u200bde",
            "Cláude",
            "**Claude**",
            "𝐂𝐥𝐚𝐮𝐝𝐞",
        )
        assert {fold(spelling) for spelling in spellings} == {"claude"}

    def test_other_scripts_keep_their_letters(self) -> None:
        assert fold("通义千问") == "通义千问"
        assert fold("が") == "が"
