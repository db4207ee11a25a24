"""The suite that ships with the package: it loads without files, and each check passes and fails."""

from pathlib import Path

import pytest

from fen.evals.dimensions import read_dimensions
from fen.evals.files import DataFiles
from fen.evals.registry import find_suite
from fen.evals.suite import ask_once
from tests.fakes.loading import Parrot, judge

SUITE = find_suite("smoke")
SAMPLES = {sample.id: sample for sample in SUITE.load(DataFiles(None, Path(), None), {})}


def test_it_has_two_languages_and_several_dimensions() -> None:
    assert len(SAMPLES) == 24
    assert {sample.language for sample in SAMPLES.values()} == {"en", "zh"}
    dimensions = {sample.dimension for sample in SAMPLES.values()}
    assert len(dimensions) >= 5
    assert dimensions <= set(read_dimensions().dimensions)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("calc-en-1", "17 + 25 = 42", "43"),
        ("reason-zh-1", "小刚", "小明"),
        ("know-en-1", "A. Mercury", "B"),
        ("reason-en-2", "No.", "Yes."),
        ("follow-zh-1", "收到", "收到。"),
        ("follow-en-2", "red\ngreen\nblue", "1. red\n2. green\n3. blue"),
        ("follow-zh-2", "万物又生长", "春天"),
        ("follow-en-3", '```json\n{"name": "fen"}\n```', '{"name": "fen"} as you asked'),
    ],
)
def test_a_check_passes_what_is_right_and_fails_what_is_wrong(name: str, right: str, wrong: str) -> None:
    assert judge(SUITE, SAMPLES[name], right).outcome == "correct"
    assert judge(SUITE, SAMPLES[name], wrong).outcome == "wrong"


def test_an_answer_with_nothing_to_read_is_a_format_error() -> None:
    assert judge(SUITE, SAMPLES["calc-en-1"], "I do not know").outcome == "format_error"
    assert judge(SUITE, SAMPLES["follow-en-1"], "").outcome == "format_error"


async def test_a_sample_asks_one_question() -> None:
    ask = Parrot(["42"])
    [response] = await ask_once(SAMPLES["calc-en-1"], ask)
    assert response.text == "42"
    [body] = ask.bodies
    assert body["temperature"] == 0
    assert body["messages"][0]["content"].startswith("What is 17 + 25?")
