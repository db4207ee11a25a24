"""`fen eval speed` against a scripted upstream, whose times are known."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fen.app import load_settings
from fen.app.facts import describe_model
from fen.evals.suites import ruler, self_knowledge

GAP = 0.02
DELAY = 0.1
MODEL = "tokens-20-gap-20ms-delay-100ms"


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    words = [sys.executable, "-m", "tests.fakes.upstream"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def speed(home: Path, base_url: str, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "FEN_HOME": str(home)}
    for name in ("FEN_URL", "FEN_CONFIG", "COLUMNS", "FEN_EVAL_API_KEY"):
        environ.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "fen", "eval", "speed", MODEL, "--base-url", base_url, *words],
        env=environ,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=60,
    )


def test_times_are_those_of_the_upstream(base_url: str, tmp_path: Path) -> None:
    words = ("--concurrency", "1,4", "--rate", "20", "--requests", "4", "--first", "5", "--per-token", "1")
    done = speed(tmp_path, base_url, *words, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    measured: dict[str, Any] = json.loads(done.stdout)
    levels = measured["levels"]
    assert [(level["loop"], level["load"], level["n"], level["failed"]) for level in levels] == [
        ("closed", 1, 4, 0),
        ("closed", 4, 4, 0),
        ("open", 20.0, 4, 0),
    ]
    for level in levels:
        assert level["first"]["p50"] >= DELAY
        assert GAP * 0.7 <= level["token"]["p50"] <= GAP * 5  # a busy machine is slow, and no machine early
        assert level["output_tokens"] == 80
        assert level["goodput"] == pytest.approx(level["calls_per_s"])
    one, four = levels[0], levels[1]
    assert one["seconds"] >= 4 * (DELAY + 19 * GAP)
    assert four["tokens_per_s"] > 1.5 * one["tokens_per_s"]


def test_a_person_sees_a_table_and_is_asked_before_it_costs(base_url: str, tmp_path: Path) -> None:
    asked = speed(tmp_path, base_url, "--requests", "1")
    assert asked.returncode != 0
    assert "expected --yes" in asked.stderr
    shown = speed(tmp_path, base_url, "--requests", "1", "--concurrency", "1", "--yes")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[-1].split()[:4] == ["1", "at", "once", "1"]
    wrong = speed(tmp_path, base_url, "--concurrency", "many")
    assert "expected positive numbers with commas between" in wrong.stderr
    none = speed(tmp_path, base_url, "--concurrency", "")
    assert "found neither --concurrency nor --rate" in none.stderr


def test_a_models_card_fills_the_options_of_suites_that_ask_for_it(tmp_path: Path) -> None:
    settings = load_settings(None, {"FEN_HOME": str(tmp_path)})
    facts = describe_model(settings, "fen/smollm2-135m", [ruler.SUITE, self_knowledge.SUITE])
    assert facts["self_knowledge.model.context_window"] == "8192"
    assert facts["self_knowledge.model.name"].startswith("SmolLM2 135M Instruct|")
    assert all(name.startswith("self_knowledge.") for name in facts)
    assert describe_model(settings, "fen/smollm2-135m", [ruler.SUITE]) == {}
