"""Training where scripts/train.sh has installed the extra `train`: trials, and runs that are killed.

Torch is apart from the environment of the other tests, so that each of these is a process of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
VENV = ROOT / "build/train"
ROWS = ["base", "baseline", "treatment", "treatment-dpo"]

pytestmark = pytest.mark.skipif(
    not (VENV / ".installed").exists(), reason="the extra train is not installed: run scripts/train.sh"
)


def start(*words: str) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FEN_")}
    environ |= {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        [str(VENV / "bin/python"), "-m", *words],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(*words: str, code: int = 0) -> str:
    process = start(*words)
    output = process.communicate(timeout=170)[0].decode()
    assert process.returncode == code, output
    return output


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    run("tests.integration.training.tiny", str(folder))
    return folder


@pytest.fixture(scope="module")
def whole(home: Path) -> Path:
    """The folder of a comparison that nothing disturbed."""
    out = home / "whole"
    run("fen.training", "compare", *place(home, out))
    return out


def place(home: Path, out: Path) -> list[str]:
    return [str(home / "plan"), "--base", str(home / "base"), "--out", str(out)]


def read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_trials() -> None:
    output = run("pytest", "tests/integration/training/trials.py", "-q", "-o", "filterwarnings=ignore")
    assert " passed" in output


def test_a_comparison_trains_and_asks_every_row(whole: Path) -> None:
    results = json.loads((whole / "results.json").read_text())
    assert list(results["rows"]) == ROWS
    for row in ROWS:
        answers = read_lines(whole / "answers" / f"{row}.jsonl")
        assert [answer["id"] for answer in answers] == [f"asked-{number}" for number in range(6)]
        assert results["rows"][row]["answered"]["replay_loss"] > 0
    assert results["rows"]["base"]["training"] is None
    trained = [results["rows"][row]["training"] for row in ROWS[1:]]
    assert [training["steps"] for training in trained] == [8, 8, 8]
    arms = [(whole / "adapters" / row / "adapter_model.safetensors").read_bytes() for row in ROWS[1:]]
    assert len(set(arms)) == 3
    replay, held_out = read_lines(whole / "replay.jsonl"), read_lines(whole / "held_out.jsonl")
    assert 0 < len(replay) <= 4
    assert not {row["id"] for row in replay} & {row["id"] for row in held_out}


def kill_at(step: int, home: Path, out: Path, row: str) -> None:
    """Train a row, and kill -9 the process once it has told of a step; its answers are not asked for."""
    process = start("fen.training", "train", *place(home, out), "--row", row)
    progress, until = out / "work" / row / "progress.jsonl", time.monotonic() + 120
    while not (lines := progress.read_text().splitlines() if progress.exists() else []) or (
        json.loads(lines[-1])["step"] < step
    ):
        assert process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_run_that_was_killed_ends_as_one_that_was_not(home: Path, whole: Path) -> None:
    out = home / "killed"
    run("fen.training", "replay", *place(home, out))
    kill_at(3, home, out, "treatment")
    assert not (out / "adapters" / "treatment").exists()
    newest = max((out / "work" / "treatment").glob("checkpoint-*"), key=lambda path: int(path.name[11:]))
    half = newest.with_name("checkpoint-7")  # what a process leaves that is killed while it writes
    half.mkdir()
    (half / "optimizer.pt").write_bytes(b"half")
    output = run("fen.training", "train", *place(home, out), "--row", "treatment")
    assert "step 1 of 8" not in output  # it went on, and did not start again
    found, expected = (
        (folder / "adapters" / "treatment" / "adapter_model.safetensors").read_bytes()
        for folder in (out, whole)
    )
    assert found == expected


def test_what_is_done_is_not_done_again(home: Path, whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()}
    output = run("fen.training", "train", *place(home, whole), "--row", "treatment-dpo")
    output += run("fen.training", "answer", *place(home, whole), "--row", "treatment-dpo")
    assert "step" not in output
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()} == before


def test_a_plan_that_is_wrong_is_told_without_a_traceback(home: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.mkdir()
    (plan / "recipe.json").write_text("{}")
    (plan / "treatment.jsonl").write_text('{"id": "a", "messages": [], "answer": "b"}\n{"id": 3}\n')
    output = run(
        "fen.training", "compare", str(plan), "--base", str(home), "--out", str(tmp_path / "out"), code=1
    )
    assert "treatment.jsonl:2: found Expected `str`, got `int` - at `$.id`, expected Example" in output
    assert "Traceback" not in output


def test_from_made_data_to_an_exported_adapter_by_command(home: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    sizes = ("--examples", "16", "--pairs", "4", "--replay", "8", "--seen", "1", "--unseen", "1")
    run("fen", "hierarchy", "synth", str(data), *sizes, "--language", "en")
    words = ("--base", str(home / "base"), "--out", str(out), "--device", "cpu", "--no-ifeval")
    shown = run("fen", "hierarchy", "train", str(data), *words, "--steps", "2", "--batch", "4")
    assert "treatment - baseline" in shown
    scores = json.loads((out / "scores.json").read_text())
    assert scores["table"]["arms"] == ["baseline", "base", "treatment", "treatment-dpo"]
    file = tmp_path / "taught.gguf"
    study = ("--study", str(out / "study.json"))
    run("fen", "hierarchy", "export", str(out / "adapters/treatment"), "--out", str(file), *study)
    manifest = json.loads((tmp_path / "taught.manifest.json").read_text())
    assert manifest["recipe"]["rank"] == 8
    told = {score["arm"] for score in manifest["scores"]}
    assert {"treatment", "treatment - baseline"} <= told
