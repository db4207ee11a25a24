"""The ruler: a reader of the whole text scores 1, one who copies or guesses does not."""

import re
from collections import Counter

import pytest

from fen.evals import Failure, Response, Sample
from fen.evals.ruler.tasks import TASKS
from fen.evals.ruler.text import CHARACTERS_PER_TOKEN
from fen.evals.suites.ruler import SUITE
from fen.wire.errors import ConfigError
from tests.fakes import made
from tests.fakes.made import AIDS

NUMBER = r"\d{7}"


def load(**options: str) -> list[Sample]:
    return made.load(SUITE, options)


def split(sample: Sample) -> tuple[str, str]:
    _, text, question = sample.messages[0]["content"].split("\n-----\n")
    return text, question


def read_numbers(text: str, question: str) -> set[str]:
    return {
        number
        for sentence in re.split(r"[.。]", text)
        for number in re.findall(NUMBER, sentence)
        for key in re.findall(
            r"(?:of|in) ([A-Z][a-z]+)(?: is|\b for)|(?:在)?([^在。，的]{3})(?:的秘密|打听)", sentence
        )
        if "".join(key) in question
    }


def follow(text: str, question: str) -> set[str]:
    (value,) = re.findall(NUMBER, question)
    values: dict[str, str] = {}
    for sentence in re.split(r"[.。]", text):
        names = re.findall(r"[A-Z]{5}", sentence)
        if len(names) == 2:
            values[names[0]] = values[names[1]]
        elif names:
            values[names[0]] = re.findall(NUMBER, sentence)[0]
    return {name for name, held in values.items() if held == value}


def count(text: str, question: str) -> set[str]:
    said = re.findall(
        r"bell of (\w+?) rang|rang the bell of (\w+)|([^。，]{3})的钟响了|敲响了([^。]{3})的钟", text
    )
    return {str(number) for name, number in Counter(map("".join, said)).items() if name in question}


def solve(sample: Sample) -> str:
    """Answer by reading the text, as a perfect model would."""
    text, question = split(sample)
    task = sample.id.split("-")[1]
    if task == "frequent":
        found = {name for name, _ in Counter(re.split(r", |、", text)).most_common(3)}
    else:
        found = {"variables": follow, "count": count}.get(task, read_numbers)(text, question)
    label = "答案：" if sample.language == "zh" else "Answer: "
    return f"I looked at 1234567 first.\n{label}{', '.join(sorted(found))}"


async def score(sample: Sample, text: str, **members: str) -> float:
    response = Response(text=text, finish_reason=members.get("finish_reason", "stop"))
    return (await SUITE.score(sample, (response,), AIDS)).value


async def test_a_reader_of_the_text_finds_everything() -> None:
    samples = load(lengths="300,1500")
    assert {sample.id.split("-")[1] for sample in samples} == set(TASKS)
    assert [sample.id for sample in samples if await score(sample, solve(sample)) != 1] == []


async def test_copying_the_text_gains_little() -> None:
    samples = [sample for sample in load(lengths="1500") if "-single-" not in sample.id]
    values = [await score(sample, split(sample)[0]) for sample in samples]
    assert max(values) <= 0.5
    assert sum(values) / len(values) < 0.3


async def test_a_lazy_answer_scores_nothing() -> None:
    sample = load(tasks="keys")[0]
    scored = await SUITE.score(sample, (Response(text="I do not know.", finish_reason="stop"),), AIDS)
    assert (scored.outcome, scored.value) == ("format_error", 0)
    guessed = await SUITE.score(sample, (Response(text="Answer: 1234567", finish_reason="stop"),), AIDS)
    assert guessed.outcome == "wrong"
    assert guessed.detail == {"missing": list(sample.target["expected"]), "extra": ["1234567"]}


async def test_how_a_number_is_written_is_no_matter() -> None:
    sample = load(tasks="values")[0]
    numbers = [int(number) for number in sample.target["expected"]]
    assert await score(sample, f"**Answer:** {' and '.join(f'{number:,}' for number in numbers)}") == 1
    assert await score(sample, f"答案：{','.join(map(str, numbers))}。") == 1


async def test_a_part_of_several_values_is_a_part_of_the_score() -> None:
    sample = load(tasks="values")[0]
    first, *_, last = sample.target["expected"]
    assert await score(sample, f"Answer: {first}, {last}") == 0.5
    assert await score(sample, f"Answer: {first}, {last}, 1234567") == 0.4


async def test_ends_without_an_answer_are_told_apart() -> None:
    sample = load()[0]
    cut = Response(text="Answer: 1", finish_reason="length")
    failed = Response(error=Failure(400, "too long"))
    assert (await SUITE.score(sample, (cut,), AIDS)).outcome == "truncated"
    assert (await SUITE.score(sample, (failed,), AIDS)).outcome == "api_error"


def test_samples_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert load(seed="3", lengths="300") == load(seed="3", lengths="300")
    texts = {
        sample.messages[0]["content"] for seed in ("3", "4") for sample in load(seed=seed, lengths="300")
    }
    ids = {sample.id for seed in ("3", "4") for sample in load(seed=seed, lengths="300")}
    assert len(texts) == len(ids) == 2 * len(load(lengths="300"))


def test_what_else_is_asked_for_does_not_change_a_sample() -> None:
    alone = {sample.id: sample for sample in load(lengths="500", tasks="count")}
    among = {sample.id: sample for sample in load(lengths="300,500")}
    assert alone.items() <= among.items()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("tokens", [1000, 16000])
def test_texts_have_the_length_that_was_asked_for(language: str, tokens: int) -> None:
    for sample in load(lengths=str(tokens), languages=language, each="1"):
        text, _ = split(sample)
        assert 0.85 < len(text) / CHARACTERS_PER_TOKEN[language] / tokens < 1.2, sample.id


def test_needles_lie_at_the_depth_that_their_stratum_says() -> None:
    for sample in load(tasks="single", lengths="2000"):
        text, _ = split(sample)
        depth = int(re.findall(r"depth (\d+)%", sample.stratum or "")[0]) / 100
        assert text.index(sample.target["expected"][0]) / len(text) == pytest.approx(depth, abs=0.05)


def test_a_template_is_a_cluster() -> None:
    clusters = {sample.cluster for sample in load(lengths="300")}
    assert len(clusters) == len(TASKS) * 2 * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lengths": "1k"}, "option lengths: found '1k', expected a whole number from 100 on"),
        ({"tasks": "single,all"}, "option tasks: found 'all', expected single or "),
        ({"each": "0"}, "option each: found '0', expected a whole number from 1 on"),
    ],
)
def test_options_that_say_nothing_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(**options)
    assert str(refused.value).startswith(said)
