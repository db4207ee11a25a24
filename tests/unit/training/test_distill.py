"""A teacher's answers become examples, and a test that is kept apart from them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fen.app.settings import load_settings
from fen.evals.record import Record, Run
from fen.evals.response import Response, ToolCall
from fen.evals.score import Score
from fen.evals.store import KeptResponse
from fen.training.distill.files import (
    describe_distillation,
    name_source,
    read_distillation,
    write_lessons,
    write_outcomes,
)
from fen.training.distill.kept import Kept, gather_lessons, is_held, name_sample
from fen.training.distill.shelf import check_consent
from fen.training.distill.worth import list_outcomes, weigh
from fen.training.texts import Turn
from fen.wire.errors import ConfigError, InvalidRequest
from fen.wire.money import Money

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
RIGHT, WRONG = Score("correct", 1.0), Score("wrong")


def record(sample: str, score: Score = RIGHT, cluster: str | None = None, **more: Any) -> Record:
    told = {"run": "run_a", "suite": "s", "version": "1", "scorer": "x", "dimension": "d", "calls": (sample,)}
    return Record(**(told | {"sample": sample, "score": score, "cluster": cluster} | more))


def kept(records: Sequence[Record], *, model: str = "big/one", said: str = "Paris", **asked: Any) -> Kept:
    answers: dict[str, KeptResponse] = {}
    for one in records:
        messages = [{"role": "user", "content": f"Question {one.sample}?"}]
        body = json.dumps({"model": model, "messages": messages} | asked).encode()
        answers[one.sample] = KeptResponse(one.sample, "run_a", NOON, body, Response(text=said))
    return Kept(Run(id="run_a", model=model, suites=("s",), started=NOON), records, answers)


def test_right_answers_teach_and_nothing_else_does() -> None:
    records = [
        record("1"),
        record("2", WRONG),
        record("3", Score("correct", 0.5)),
        record("4", calls=("4", "1")),
    ]
    found = gather_lessons([kept(records)], 0.0)
    [example] = found.examples
    assert (example.id, example.answer, example.family) == ("s/1", "Paris", "s")
    assert example.messages == (Turn("user", "Question 1?"),)
    assert found.left_out == {"not right": 2, "of several calls": 1}
    assert found.held_out == ()


@pytest.mark.parametrize(
    "asked",
    [
        {"tools": [{"type": "function"}]},
        {"response_format": {"type": "json_object"}},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        {"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]},
        {"messages": [{"role": "assistant", "content": "x"}]},
        {"messages": []},
    ],
)
def test_what_is_no_plain_text_is_left_out(asked: Any) -> None:
    assert gather_lessons([kept([record("1")], **asked)], 0.0).left_out == {"not plain text": 1}


def test_an_answer_that_is_none_is_left_out() -> None:
    whole = kept([record("1")])
    for said in (
        Response(text=" "),
        Response(text="x", refused=True),
        Response(text="x", finish_reason="length"),
        Response(text="x", calls=(ToolCall("f"),)),
    ):
        answers = {"1": replace(whole.answers["1"], response=said)}
        assert gather_lessons([replace(whole, answers=answers)], 0.0).left_out == {"not plain text": 1}
    assert gather_lessons([replace(whole, answers={})], 0.0).left_out == {"its answer is not kept": 1}


def test_a_sample_and_a_conversation_teach_once() -> None:
    first = kept([record("1", WRONG), record("2")])
    second = kept([record("1"), record("2")], said="Rome")
    same = kept([record("3")], messages=[{"role": "user", "content": "Question 1?"}])
    found = gather_lessons([first, second, same], 0.0)
    assert [(example.id, example.answer) for example in found.examples] == [("s/2", "Paris"), ("s/1", "Rome")]
    assert found.left_out == {
        "not right": 1,
        "another answer to the same sample": 1,
        "the same conversation": 1,
    }


def test_no_cluster_is_on_both_sides() -> None:
    records = [record(str(number), cluster=f"c{number % 50}") for number in range(400)]
    found = gather_lessons([kept(records)], 0.3, seed=5)
    clusters = {name_sample(one): one.cluster for one in records}
    taught = {clusters[example.id] for example in found.examples}
    held = {clusters[name] for name in found.held_out}
    assert not taught & held
    assert len(found.examples) + len(found.held_out) == 400
    assert 5 <= len(held) <= 25
    assert found.held_out != gather_lessons([kept(records)], 0.3, seed=6).held_out
    assert {is_held(record("1"), share, 0) for share in (0.0, 1.0)} == {False, True}


def test_a_folder_says_what_it_is_and_notices_a_change(tmp_path: Path) -> None:
    runs = [kept([record(str(number)) for number in range(20)])]
    lessons = gather_lessons(runs, 0.3)
    told = describe_distillation("trivia", [name_source(one) for one in runs], lessons, 0.3, 0)
    write_lessons(tmp_path, lessons, told)
    assert read_distillation(tmp_path) == told
    assert (told.examples + len(told.held_out), told.sources[0].model) == (20, "big/one")
    lines = [json.loads(line) for line in (tmp_path / "examples.jsonl").read_text().splitlines()]
    assert set(lines[0]) == {"id", "messages", "answer", "family"}
    (tmp_path / "examples.jsonl").write_text("")
    with pytest.raises(InvalidRequest, match="found the SHA-256"):
        read_distillation(tmp_path)
    with pytest.raises(InvalidRequest, match="expected a distillation's folder"):
        read_distillation(tmp_path / "none")
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(InvalidRequest, match="expected what `fen distill build` wrote"):
        read_distillation(tmp_path)


def test_a_student_is_weighed_on_the_test_alone() -> None:
    cheap, dear = Money(Decimal("0.001"), "USD"), Money(Decimal("0.01"), "USD")
    names = [str(number) for number in range(40)]
    held = {f"s/{name}" for name in names[:20]}
    student = kept(
        [record(name, RIGHT if int(name) % 2 else WRONG, cost=cheap, output_tokens=5) for name in names],
        model="fen/small",
    )
    teacher = kept([record(name, cost=dear) for name in names[:30]])
    found = weigh(student, teacher, held)
    assert (found.student.score.n, found.student.score.mean, found.teacher.score.mean) == (20, 0.5, 1.0)
    assert found.student.cost.value == Money(Decimal("0.002"), "USD")
    assert found.teacher.cost.value == Money(Decimal("0.01"), "USD")
    assert found.difference.difference == -0.5
    assert found.difference.told_apart
    lines = list(list_outcomes(student, held, "trivia"))
    assert len(lines) == 20
    assert (lines[1].prompt, lines[1].model, lines[1].score, lines[1].tag) == (
        "Question 1?",
        "fen/small",
        1.0,
        "trivia",
    )


def test_outcomes_are_lines_with_amounts_as_numbers(tmp_path: Path) -> None:
    one = kept([record("1", cost=Money(Decimal("0.0010"), "USD")), record("2", Score("truncated"))])
    path = write_outcomes(tmp_path, list(list_outcomes(one, {"s/1", "s/2"}, "trivia")))
    [line] = path.read_text().splitlines()
    assert json.loads(line) == {
        "prompt": "Question 1?",
        "model": "big/one",
        "score": 1.0,
        "tag": "trivia",
        "cost": 0.001,
        "currency": "USD",
    }


def test_two_runs_that_share_nothing_are_told() -> None:
    with pytest.raises(InvalidRequest, match="found no sample of the test that both"):
        weigh(kept([record("1")]), kept([record("2")]), {"s/1", "s/2"})


def test_without_consent_nothing_is_taught(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"found no consent .*expected answers = true under \[training\]"):
        check_consent(load_settings(None, {}))
    config = tmp_path / "fen.toml"
    config.write_text("[training]\nanswers = true")
    check_consent(load_settings(config, {}))
