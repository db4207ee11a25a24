"""The suites of our own tasks: role play, generation and the industries."""

import re
from collections import Counter
from pathlib import Path

import pytest

from fen.evals import Aids, DataFile, Response, Sample, Suite
from fen.evals.packs import PackSuite, read_pack, read_target
from fen.evals.sample import Body
from fen.evals.suites.generation import SUITE as GENERATION
from fen.evals.suites.industries import SUITES as INDUSTRIES
from fen.evals.suites.role_play import SUITE as ROLE_PLAY
from fen.evals.suites.role_play import write_dialogue
from fen.wire.errors import ConfigError
from tests.fakes.judges import ScriptedJudge, failed, says, untrusted
from tests.unit.evals.suites.test_xstest import NoSandbox

ALL = (*INDUSTRIES, ROLE_PLAY, GENERATION)
NAMES = [suite.name for suite in ALL]
CHINESE = re.compile("[\u4e00-\u9fff]")


class NoFiles:
    def path(self, file: DataFile) -> Path:
        raise AssertionError(f"asked for {file.path}, but the tasks are in the package")


class Actor:
    """A model that numbers its answers, and fails at the turn that it is told."""

    def __init__(self, fails_at: int = 0) -> None:
        self.asked: list[Body] = []
        self._fails_at = fails_at

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        self.asked.append(body)
        if len(self.asked) == self._fails_at:
            return failed(500)
        return Response(text=f"line {len(self.asked)}", finish_reason="stop")


def load(suite: Suite, **options: str) -> list[Sample]:
    return list(suite.load(NoFiles(), options))


def verdict(suite: str, score: int) -> str:
    return says(analysis="so", **dict.fromkeys(read_pack(suite).rubric.names, score))


def said(text: str) -> list[Response]:
    return [Response(text=text, finish_reason="stop")]


@pytest.mark.parametrize("suite", ALL, ids=NAMES)
def test_tasks_are_half_chinese_half_english_and_told_apart(suite: Suite) -> None:
    samples = load(suite)
    languages = Counter(sample.language for sample in samples)
    assert languages["zh"] == languages["en"]
    assert set(languages) == {"zh", "en"} == set(suite.languages)
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({str(sample.messages) for sample in samples}) == len(samples)
    assert suite.needs_judge
    for sample in samples:
        asked = str(sample.messages[-1]["content"])
        assert bool(CHINESE.search(asked)) == (sample.language == "zh"), sample.id
        assert len(read_target(sample).points) >= 4, sample.id


@pytest.mark.parametrize("suite", INDUSTRIES, ids=[suite.name for suite in INDUSTRIES])
def test_an_industry_has_at_least_24_tasks_over_its_topics(suite: Suite) -> None:
    samples = load(suite)
    assert len(samples) >= 24
    topics = Counter((sample.stratum, sample.language) for sample in samples)
    assert len(topics) == 8
    assert set(topics.values()) == {3}
    assert len(read_pack(suite.name).rubric.criteria) == 5


@pytest.mark.parametrize("suite", ALL, ids=NAMES)
def test_the_first_tasks_are_of_both_languages(suite: Suite) -> None:
    assert Counter(sample.language for sample in load(suite)[:4]) == {"zh": 2, "en": 2}


@pytest.mark.parametrize("suite", INDUSTRIES, ids=[suite.name for suite in INDUSTRIES])
async def test_a_judge_scores_by_the_packs_criteria(suite: Suite) -> None:
    sample = load(suite)[0]
    judge = ScriptedJudge(verdict(suite.name, 4), verdict(suite.name, 3))
    aids = Aids(NoSandbox(), judge)
    good = await suite.score(sample, said("an answer"), aids)
    assert (good.outcome, good.value, good.answer) == ("correct", 0.75, "4.00")
    assert good.detail["rubric"] == f"{suite.name}/1"
    poor = await suite.score(sample, said("an answer"), aids)
    assert (poor.outcome, poor.value) == ("wrong", 0.5)
    asked = judge.asked[0]["messages"][1]["content"]
    assert str(sample.messages[0]["content"]) in asked
    assert all(point in asked for point in read_target(sample).points)
    assert untrusted(judge.asked[0]) == ["an answer"]


async def test_where_a_score_passes_is_an_option() -> None:
    suite = INDUSTRIES[0]
    judge = ScriptedJudge(verdict(suite.name, 4))
    sample = load(suite, **{"pass": "4.5"})[0]
    assert (await suite.score(sample, said("x"), Aids(NoSandbox(), judge))).outcome == "wrong"
    for wrong in ("6", "high", "nan"):
        with pytest.raises(ConfigError, match="expected a mean score from 1 to 5"):
            load(suite, **{"pass": wrong})


@pytest.mark.parametrize("suite", ALL, ids=NAMES)
async def test_an_answer_that_is_none_costs_no_judging(suite: Suite) -> None:
    sample = load(suite)[0]
    aids = Aids(NoSandbox())
    assert (await suite.score(sample, [failed(500)], aids)).outcome == "api_error"
    assert (
        await suite.score(sample, [Response(text="a", finish_reason="length")], aids)
    ).outcome == "truncated"
    assert (await suite.score(sample, said(" "), aids)).outcome == "format_error"
    with pytest.raises(ConfigError, match=f"{suite.name} needs one"):
        await suite.score(sample, said("words"), aids)


async def test_role_play_holds_the_whole_conversation() -> None:
    sample = load(ROLE_PLAY)[0]
    turns = read_target(sample).turns
    actor = Actor()
    responses = await ROLE_PLAY.play(sample, actor)
    assert len(responses) == 1 + len(turns)
    assert [message["role"] for message in actor.asked[-1]["messages"]] == [
        "system",
        *["user", "assistant"] * len(turns),
        "user",
    ]
    assert len(actor.asked[0]["messages"]) == 2, "a body that was asked is not changed afterwards"
    judge = ScriptedJudge(verdict("role_play", 5))
    score = await ROLE_PLAY.score(sample, responses, Aids(NoSandbox(), judge))
    assert (score.outcome, score.value) == ("correct", 1.0)
    spoken = untrusted(judge.asked[0])[0]
    assert spoken == write_dialogue(sample, responses)
    assert all(turn in spoken for turn in turns)
    assert f"line {len(responses)}" in spoken


async def test_role_play_ends_with_a_turn_that_failed() -> None:
    sample = load(ROLE_PLAY)[0]
    responses = await ROLE_PLAY.play(sample, Actor(fails_at=2))
    assert len(responses) == 2
    assert (await ROLE_PLAY.score(sample, responses, Aids(NoSandbox()))).outcome == "api_error"


async def test_every_conversation_has_several_turns_and_a_person() -> None:
    for sample in load(ROLE_PLAY):
        assert sample.messages[0]["role"] == "system"
        assert len(read_target(sample).turns) >= 3


@pytest.mark.parametrize(
    ("words", "outcome", "value"),
    [
        (("first", "second"), "correct", 1.0),
        (("second", "first"), "wrong", 0.0),
        (("first", "first"), "wrong", 0.5),
    ],
)
async def test_generation_can_be_compared_with_the_reference(
    words: tuple[str, str], outcome: str, value: float
) -> None:
    sample = load(GENERATION, mode="pairwise")[0]
    judge = ScriptedJudge(*(says(better=word) for word in words))
    score = await GENERATION.score(sample, said("my text"), Aids(NoSandbox(), judge))
    assert (score.outcome, score.value) == (outcome, value)
    reference = read_target(sample).reference
    assert [untrusted(body) for body in judge.asked] == [["my text", reference], [reference, "my text"]]


async def test_generation_tells_the_judges_fault_and_a_wrong_mode() -> None:
    sample = load(GENERATION, mode="pairwise")[0]
    score = await GENERATION.score(sample, said("my text"), Aids(NoSandbox(), ScriptedJudge("hm")))
    assert score.outcome == "api_error"
    assert "judge_fault" in score.detail
    with pytest.raises(ConfigError, match="expected one of single, pairwise"):
        load(GENERATION, mode="double")


def test_every_text_has_a_reference_that_keeps_its_own_length() -> None:
    for task in read_pack("generation").tasks:
        assert task.reference, task.id
        most = re.search(r"[Aa]t most (\d+) words", task.prompt) or re.search(r"(\d+)字以内", task.prompt)
        length = (
            len(CHINESE.findall(task.reference)) if task.language == "zh" else len(task.reference.split())
        )
        assert most is None or length <= int(most[1]), task.id


def test_a_pack_is_read_once() -> None:
    assert read_pack("finance") is read_pack("finance")
    assert PackSuite("finance").name == "finance"
