"""`fen distill`: from two evaluations to examples, a test, and what the student is worth."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fen.app import load_settings
from fen.app.evals import open_shelf
from fen.evals.record import Run
from fen.evals.response import Response
from tests.fakes.worths import make_records
from tests.integration.cli.conftest import Fake, Fen

STARTED = datetime(2026, 1, 31, tzinfo=UTC)


def keep(name: str, model: str, outcomes: str, cost: str) -> None:
    """Write an ended run down, with an answer to each of its questions."""

    async def write() -> None:
        async with open_shelf(load_settings(None, os.environ)) as shelf:
            run, writer = Run(id=name, model=model, suites=("gsm8k",), started=STARTED), shelf.storage.writer
            await writer.run(shelf.store.begin, run, name)
            for record in make_records(outcomes, cost=cost):
                key = f"{name}-{record.sample}"
                messages = [{"role": "user", "content": f"Question {record.sample}?"}]
                request = msgspec.json.encode({"model": model, "messages": messages})
                answer = msgspec.json.encode(Response(text=f"Answer {record.sample}."))
                own = msgspec.structs.replace(record, run=name, calls=(key,))
                await writer.run(shelf.store.keep, key, name, 0, request, answer)
                await writer.run(shelf.store.record, own)

    asyncio.run(write())


@pytest.fixture
def runs(config: Path) -> Path:
    keep("run_teacher", "x/large", "1" * 80 + "0" * 20, "0.02")
    keep("run_student", "fen/small", "1" * 60 + "0" * 40, "0.001")
    return config


def test_without_consent_nothing_is_written(fen: Fen, runs: Path, tmp_path: Path) -> None:
    done = fen("distill", "build", "run_teacher", "--out", str(tmp_path / "set"), "--tag", "sums")
    assert done.status != 0
    assert f"{runs}: found no consent to train on kept answers" in done.err
    assert not (tmp_path / "set").exists()


def test_a_teachers_right_answers_become_a_set_and_the_student_is_weighed(
    fen: Fen, runs: Path, tmp_path: Path
) -> None:
    with runs.open("a") as file:
        file.write("\n[training]\nanswers = true\n")
    folder = str(tmp_path / "set")
    told = fen("distill", "build", "run_teach", "--out", folder, "--tag", "sums", "--json").json
    lines = [json.loads(line) for line in (tmp_path / "set/examples.jsonl").read_text().splitlines()]
    assert told["examples"] == len(lines)
    assert told["examples"] + len(told["held_out"]) + told["left_out"]["not right"] == 100
    assert not {line["id"] for line in lines} & set(told["held_out"])
    sample = lines[0]["id"].removeprefix("gsm8k/")
    assert lines[0]["messages"] == [{"role": "user", "content": f"Question {sample}?"}]
    assert lines[0]["answer"] == f"Answer {sample}."

    found = fen("distill", "weigh", folder, "run_student", "run_teacher", "--json").json
    assert found["student"]["score"]["n"] == found["teacher"]["score"]["n"] == len(told["held_out"])
    assert found["student"]["score"]["mean"] < found["teacher"]["score"]["mean"]
    outcomes = [json.loads(line) for line in Path(found["outcomes"]).read_text().splitlines()]
    assert len(outcomes) == 2 * len(told["held_out"])
    assert {(line["model"], line["cost"], line["tag"]) for line in outcomes} == {
        ("fen/small", 0.001, "sums"),
        ("x/large", 0.02, "sums"),
    }
    text = fen("distill", "weigh", folder, "run_student", "run_teacher")
    assert text.rows[1][0] == "fen/small"
    assert "cost of a right answer" in text.out
    assert f"outcomes.jsonl: {len(outcomes)} answers" in text.out


def test_a_set_without_a_test_is_refused(fen: Fen, runs: Path, tmp_path: Path) -> None:
    with runs.open("a") as file:
        file.write("\n[training]\nanswers = true\n")
    keep("run_wrong", "x/none", "000", "0.02")
    done = fen("distill", "build", "run_wrong", "--out", str(tmp_path / "set"), "--tag", "sums")
    assert done.status != 0
    assert "expected some of each" in done.err
    assert fen("distill", "weigh", str(tmp_path / "set"), "run_student", "run_teacher").status != 0


def test_a_teacher_is_asked_within_a_budget(fen: Fen, fake: Fake, config: Path, tmp_path: Path) -> None:
    with config.open("a") as file:
        file.write("\n[training]\nanswers = true\n")
    prompts = tmp_path / "prompts.jsonl"
    lines = [{"prompt": f"Question {number}?"} for number in range(4)]
    system = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Question 4?"}]
    prompts.write_text("\n".join(json.dumps(line) for line in [*lines, {"messages": system}, lines[0]]))
    folder, before = tmp_path / "set", len(fake.bodies)
    words = ["distill", "ask", str(prompts), "--teacher", "fake/gpt-4o-mini", "--tag", "sums"]
    words += ["--out", str(folder), "--max-tokens", "50"]
    done = fen(*words, "--budget", "1USD")
    assert done.status == 0, done.err
    asked = fake.bodies[before:]
    assert [body["messages"][-1]["content"] for body in asked] == [
        f"Question {number}?" for number in range(5)
    ]
    written = [json.loads(line) for line in (folder / "examples.jsonl").read_text().splitlines()]
    assert len(written) == 5
    assert written[4]["messages"] == system
    assert "cost 0.0" in done.out
    rows = fen("requests", "list", "--json").json
    assert {row["tag"] for row in rows} == {"training"}

    spent = fen(*words, "--budget", "0.000062USD")
    assert spent.status == 0, spent.err
    assert "stopped: " in spent.out
    assert 0 < len((folder / "examples.jsonl").read_text().splitlines()) < 5


def test_prompts_that_are_none_are_told_before_anybody_is_asked(
    fen: Fen, fake: Fake, config: Path, tmp_path: Path
) -> None:
    with config.open("a") as file:
        file.write("\n[training]\nanswers = true\n")
    prompts, before = tmp_path / "prompts.jsonl", len(fake.bodies)
    words = ["distill", "ask", str(prompts), "--teacher", "fake/gpt-4o-mini", "--tag", "sums"]
    words += ["--out", str(tmp_path / "set"), "--budget", "1USD"]
    for text, found in (
        ("", "found no prompt in it"),
        ("\n{", "line 2: "),
        ("{}", "line 1: found no question"),
        ('{"messages": [{"role": "assistant", "content": "x"}]}', "line 1: found no question"),
    ):
        prompts.write_text(text)
        done = fen(*words)
        assert done.status != 0
        assert found in done.err
    prompts.write_text('{"prompt": "x"}')
    (tmp_path / "file").write_text("")
    words[words.index("--out") + 1] = str(tmp_path / "file" / "set")
    assert "expected a folder that can be written" in fen(*words).err
    assert len(fake.bodies) == before
