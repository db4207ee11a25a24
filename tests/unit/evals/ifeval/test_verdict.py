"""Strict and loose readings of an answer, and the four published numbers of a run."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from fen.evals.ifeval import (
    IfevalMetrics,
    LanguageReader,
    Verdict,
    check_answer,
    describe_verdicts,
    ifeval_metrics,
    open_reader,
    read_verdicts,
)
from fen.evals.ifeval.verdict import list_readings
from fen.evals.record import Record
from fen.evals.score import Score
from fen.wire.errors import ConfigError

READER = open_reader(None)
QUOTED = {"kind": "startend:quotation"}
NO_COMMA = {"kind": "punctuation:no_comma"}


def judge(text: str, **instruction: Any) -> tuple[bool, bool]:
    [verdict] = check_answer(text, [instruction], READER)
    return verdict.strict, verdict.loose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"so"', (True, True)),
        ('Sure:\n"so"', (False, True)),
        ('"so"\nBye.', (False, True)),
        ('Sure:\n\n"so"\nBye.', (False, True)),
        ('*Sure*:\n**"so"**\nBye.', (False, True)),
        ('One\ntwo\n"so"', (False, False)),
        ("so", (False, False)),
        ("", (False, False)),
        (" \n ", (False, False)),
    ],
)
def test_the_loose_reading_forgives_a_first_line_a_last_line_and_asterisks(
    text: str, expected: tuple[bool, bool]
) -> None:
    assert judge(text, **QUOTED) == expected


def test_a_blank_answer_follows_nothing_not_even_to_leave_out_commas() -> None:
    assert judge("\n", **NO_COMMA) == (False, False)
    assert judge("so", **NO_COMMA) == (True, True)


def test_readings_start_with_the_text_itself_and_come_once_each() -> None:
    assert list_readings("a\n*b*\nc") == (
        "a\n*b*\nc",
        "*b*\nc",
        "a\n*b*",
        "*b*",
        "a\nb\nc",
        "b\nc",
        "a\nb",
        "b",
    )
    assert list_readings("a") == ("a", "")


def test_verdicts_come_in_the_order_of_the_instructions() -> None:
    found = check_answer('"a, b"', [NO_COMMA, QUOTED], READER)
    assert found == (
        Verdict("punctuation:no_comma", False, False),
        Verdict("startend:quotation", True, True),
    )
    assert read_verdicts(describe_verdicts(found)) == found


def test_sentences_without_punkts_data_are_not_guessed() -> None:
    with pytest.raises(ConfigError, match="found no model of English sentences, expected punkt/"):
        judge("One. Two.", kind="length_constraints:number_sentences", num_sentences=2, relation="at least")


@pytest.mark.parametrize("content", [None, b"no wheel", b"PK\x05\x06" + bytes(18)])
def test_a_wheel_without_the_model_is_told(tmp_path: Path, content: bytes | None) -> None:
    wheel = tmp_path / "a.whl"
    if content is not None:
        wheel.write_bytes(content)
    with pytest.raises(
        ConfigError, match=r"found no model of English sentences in .*a\.whl .*expected https"
    ):
        LanguageReader(wheel).split_sentences("One. Two.")


def record(score: Score) -> Record:
    return Record(
        run="run_1", suite="ifeval", version="1", scorer="ifeval/1", sample="1", score=score, dimension="x"
    )


def kept(*verdicts: tuple[bool, bool]) -> Record:
    told = [Verdict("startend:quotation", strict, loose) for strict, loose in verdicts]
    return record(Score("wrong", detail=describe_verdicts(told)))


def test_the_four_published_numbers_of_a_run() -> None:
    records = [
        kept((True, True), (True, True)),
        kept((True, True), (False, True), (False, False)),
        kept((False, True)),
        record(Score("api_error")),
        msgspec.structs.replace(kept((True, True)), suite="gsm8k"),
    ]
    found = ifeval_metrics(records)
    assert found == IfevalMetrics(3, 1, 2, 6, 3, 5, 1)
    assert found.shares() == {
        "prompt_level_strict_acc": 1 / 3,
        "inst_level_strict_acc": 1 / 2,
        "prompt_level_loose_acc": 2 / 3,
        "inst_level_loose_acc": 5 / 6,
    }


def test_no_answer_has_no_shares() -> None:
    assert ifeval_metrics([record(Score("refused"))]).shares() == {}
