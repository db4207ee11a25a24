"""Lengths: what is counted, S_l, loops, and the effective output length."""

from itertools import islice
from pathlib import Path
from random import Random

import msgspec
import pytest

from fen.evals import Response, Score
from fen.evals.lengths.count import count_length, tell_language
from fen.evals.lengths.effective import find_reach
from fen.evals.lengths.ending import Ending, Measured, measure
from fen.evals.lengths.repetition import find_repetition
from fen.evals.lengths.score import ENOUGH, LEAST, score_length
from fen.evals.record import Record
from fen.evals.ruler.text import make_name

ROOT = Path(__file__).parents[3]


def write(words: int, language: str = "en", seed: int = 0) -> str:
    """Return words that say nothing and do not repeat."""
    chance = Random(f"{seed}/{language}")
    names = islice(iter(lambda: make_name(chance, "en" if language == "en" else "zh"), None), words)
    return " ".join(names) if language == "en" else "".join(names)[:words]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("It's a well-known café.", 4),
        ("我在 2023 年用 GPT 写了3篇文章。", 10),
        ("1,000 -- 42", 0),
        ("Ｗｅ：“你好”", 2),
        ("𠀀㐀", 2),
    ],
)
def test_chinese_characters_and_latin_words_count(text: str, length: int) -> None:
    assert count_length(text) == length


def test_a_texts_language_is_what_most_of_it_is() -> None:
    assert tell_language("请写 a poem about 春天的故事") == "zh"
    assert tell_language("Write a poem about 春天") == "en"
    assert tell_language("") == "en"


@pytest.mark.parametrize(
    ("asked", "written", "s_l"),
    [
        (1000, 0, 0),
        (1000, 1000, 100),
        (1000, 2500, 50),
        (1000, 4000, 0),
        (1000, 9000, 0),
        (1000, 500, 50),
        (900, 300, 0),
        (1000, 100, 0),
        (1000, 800, LEAST),
        (1000, 1375, LEAST),
    ],
)
def test_s_l_is_longwriters(asked: int, written: int, s_l: float) -> None:
    assert score_length(asked, written) == pytest.approx(s_l)


def test_s_l_needs_a_length() -> None:
    with pytest.raises(ValueError, match="found 0 words"):
        score_length(0, 5)


def test_good_texts_do_not_count_as_repetition() -> None:
    for name in ("README.md", "docs/gateway.md", "docs/hierarchy.md", "docs/operations.md"):
        assert not find_repetition((ROOT / name).read_text()).loops, name
    assert find_repetition(write(2000)).share == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_loops_are_found_at_the_end_of_a_long_text_too(language: str) -> None:
    joint = " " if language == "en" else "，"
    phrase = write(20, language, seed=1) + joint
    assert find_repetition(phrase * 10).loops
    long = find_repetition(write(3000, language) + joint + phrase * 12)
    assert long.share < 0.1
    assert long.loops
    assert not find_repetition(write(3000, language) + joint + phrase * 3).loops


def test_a_text_shorter_than_a_passage_has_nothing_to_repeat() -> None:
    assert find_repetition("no " * 11).share == 0
    assert find_repetition("no " * 24).share == pytest.approx(23 / 24)


def said(text: str, finish_reason: str = "stop", *, refused: bool = False) -> Response:
    return Response(text=text, finish_reason=finish_reason, refused=refused)


@pytest.mark.parametrize(
    ("response", "ending"),
    [
        (said(write(1000)), "done"),
        (said(write(800)), "done"),
        (said(write(799)), "early_stop"),
        (said(write(1376)), "too_long"),
        (said(write(900), "length"), "cap"),
        (said("I'm sorry, but I can't write a text of that length."), "refusal"),
        (said("", refused=True), "refusal"),
        (said("very good " * 500, "length"), "repetition"),
        (said(""), "early_stop"),
    ],
)
def test_endings_are_told_apart(response: Response, ending: str) -> None:
    assert measure(1000, response).ending == ending


def record(asked: int, written: int, ending: Ending = "done", *, continued: bool = False) -> Record:
    measured = Measured(asked, written, written / asked, score_length(asked, written), ending, 0.0, continued)
    return Record(
        run="run_1",
        suite="output_length",
        version="1",
        scorer="length/1",
        sample=f"{asked}-{written}",
        score=Score("correct", detail=msgspec.to_builtins(measured)),
        dimension="generation",
    )


def test_the_effective_length_is_the_largest_step_that_holds() -> None:
    plain = [record(1000, 1000), record(2000, 1600), record(2000, 500), record(2000, 1700)]
    plain += [record(4000, 3900, "cap"), record(4000, 4000), record(4000, 4000), record(8000, 6390)]
    gone_on = [record(4000, 4000, continued=True), record(8000, 7000, continued=True)]
    without, through = find_reach([*plain, *gone_on])
    assert (without.continued, without.effective) == (False, 2000)  # 4000 was cut once, 8000 is too short
    assert (through.continued, through.effective) == (True, 8000)
    assert [step.ratio for step in without.steps[:2]] == [1, ENOUGH]
    assert without.steps[2].endings == {"cap": 1, "done": 2}


def test_what_loops_is_long_and_not_written() -> None:
    (reach,) = find_reach([record(1000, 1000), record(2000, 2000, "repetition")])
    assert (reach.effective, reach.written) == (2000, 1000)


def test_calls_that_failed_say_nothing_of_lengths() -> None:
    failed = msgspec.structs.replace(record(1000, 0), score=Score("api_error", detail={"status": 500}))
    assert find_reach([failed]) == []


def test_a_refusal_is_an_answer_of_no_length() -> None:
    refused = msgspec.structs.replace(record(500, 0), score=Score("refused"), stratum="1000, continued")
    (reach,) = find_reach([refused, record(1000, 1000, continued=True), record(500, 500, continued=True)])
    assert (reach.effective, reach.steps[1].endings) == (500, {"refusal": 1, "done": 1})
