"""The suite IFEval: what is asked, what is needed for it, and which outcome an answer has."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fen.evals import Aids, DataFile, Failure, Response, Sample, Score
from fen.evals.sandbox import USUAL, Limits, Ran
from fen.evals.suites.ifeval import SUITE
from fen.wire.errors import ConfigError

ROWS = [
    {
        "key": 7,
        "prompt": "Say it in quotes and without commas.",
        "instruction_id_list": ["startend:quotation", "punctuation:no_comma"],
        "kwargs": [{}, {}],
    },
    {
        "key": 9,
        "prompt": "Say it in three sentences.",
        "instruction_id_list": ["length_constraints:number_sentences"],
        "kwargs": [{"num_sentences": 3, "relation": "at least"}],
    },
]


class Folder:
    """Has the prompts, and Punkt's data or not."""

    def __init__(self, folder: Path, has_punkt: bool) -> None:
        self._prompts = folder / "input_data.jsonl"
        self._prompts.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        self._has_punkt = has_punkt

    def path(self, file: DataFile) -> Path:
        if file.path.startswith("ifeval/"):
            return self._prompts
        if not self._has_punkt:
            raise ConfigError(f"found no {file.path}")
        return Path("/data") / file.path


class NoSandbox:
    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        raise AssertionError("IFEval runs no program")


AIDS = Aids(NoSandbox())


def load(folder: Path, options: Mapping[str, str] | None = None, *, has_punkt: bool = True) -> list[Sample]:
    return list(SUITE.load(Folder(folder, has_punkt), {**SUITE.options, **(options or {})}))


async def score(sample: Sample, **response: Any) -> Score:
    return await SUITE.score(sample, [Response(**response)], AIDS)


def test_a_sample_is_the_prompt_as_published(tmp_path: Path) -> None:
    quoted, counted = load(tmp_path)
    assert (quoted.id, quoted.messages) == ("7", ({"role": "user", "content": ROWS[0]["prompt"]},))
    assert quoted.target["punkt"] is None
    assert counted.target == {
        "instructions": [
            {"kind": "length_constraints:number_sentences", "num_sentences": 3, "relation": "at least"}
        ],
        "reading": "strict",
        "punkt": f"/data/{SUITE.files[1].path}",
    }
    json.dumps(counted.target)  # plain JSON


def test_without_punkts_data_the_kind_that_needs_it_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, has_punkt=False)
    assert "length_constraints:number_sentences needs" in caught.value.message
    assert "found no punkt/" in caught.value.message
    assert "--set ifeval.punkt=skip" in caught.value.message


def test_prompts_that_need_punkts_data_can_be_left_out(tmp_path: Path) -> None:
    assert [sample.id for sample in load(tmp_path, {"punkt": "skip"}, has_punkt=False)] == ["7"]


def test_the_users_own_prompts_are_asked_instead(tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text(json.dumps({**ROWS[0], "key": 1}))
    assert [sample.id for sample in load(tmp_path, {"file": str(own)})] == ["1"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"instruction_id_list": ["startend:rhyme"], "kwargs": [{}]},
            "found an instruction 'startend:rhyme'",
        ),
        ({"kwargs": [{}]}, "prompt 7: found 1 kwargs for 2 instructions"),
        ({"instruction_id_list": [], "kwargs": []}, "prompt 7: found 0 kwargs for 0 instructions"),
        ({"key": "7"}, "own.jsonl:1: "),
    ],
)
def test_what_is_wrong_with_own_prompts_is_told_before_anything_is_asked(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text(json.dumps({**ROWS[0], **change}))
    with pytest.raises(ConfigError, match=told):
        load(tmp_path, {"file": str(own)})


@pytest.mark.parametrize("options", [{"reading": "lose"}, {"punkt": "no"}])
def test_an_option_that_is_not_known_is_told(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="expected reading=strict or loose, punkt=need or skip"):
        load(tmp_path, options)


@pytest.mark.parametrize(
    ("text", "reading", "outcome", "value", "answer"),
    [
        ('"so"', "strict", "correct", 1.0, "2 of 2"),
        ('"so, yes"', "strict", "wrong", 0.0, "1 of 2"),
        ('Sure:\n"so"', "strict", "wrong", 0.0, "1 of 2"),
        ('Sure:\n"so"', "loose", "correct", 1.0, "2 of 2"),
        (" \n", "strict", "format_error", 0.0, None),
    ],
)
async def test_correct_is_an_answer_that_follows_all(
    tmp_path: Path, text: str, reading: str, outcome: str, value: float, answer: str | None
) -> None:
    found = await score(load(tmp_path, {"reading": reading})[0], text=text, finish_reason="stop")
    assert (found.outcome, found.value, found.answer) == (outcome, value, answer)
    assert [each["kind"] for each in found.detail["instructions"]] == ROWS[0]["instruction_id_list"]


@pytest.mark.parametrize(
    ("response", "outcome"),
    [({"finish_reason": "length"}, "truncated"), ({"refused": True}, "refused")],
)
async def test_an_answer_that_was_cut_or_declined_keeps_its_verdicts_and_scores_nothing(
    tmp_path: Path, response: dict[str, Any], outcome: str
) -> None:
    found = await score(load(tmp_path)[0], text='"so"', **response)
    assert (found.outcome, found.value) == (outcome, 0.0)
    assert [each["strict"] for each in found.detail["instructions"]] == [True, True]


async def test_a_call_that_failed_has_no_verdicts(tmp_path: Path) -> None:
    found = await score(load(tmp_path)[0], error=Failure(500, "down"))
    assert (found.outcome, found.value) == ("api_error", 0.0)
    assert "instructions" not in found.detail
