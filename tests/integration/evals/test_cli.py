"""`fen eval run`, `runs`, `show` and `rescore`, as a person calls them."""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fen.cli.program import run
from fen.evals import Suite
from tests.fakes.suites.puzzles import SUITES
from tests.serving import CONFIG


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


class Command:
    """`fen eval` in this process, over a home of the test's; nobody is at the terminal."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.config = config
        self._capsys = capsys
        self._patch = patch

    def __call__(self, *words: str) -> Done:
        self._patch.setattr(sys, "stdin", io.StringIO())
        self._capsys.readouterr()
        status = run(("eval", *words))
        captured = self._capsys.readouterr()
        return Done(status, captured.out, captured.err)

    def json(self, *words: str) -> object:
        done = self(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def base_url() -> object:
    words = [sys.executable, "-m", "tests.fakes.upstream"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
def command(
    base_url: str, fen_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    config = fen_home / "fen.toml"
    config.write_text(CONFIG.format(base_url=base_url))
    monkeypatch.setenv("FEN_CONFIG", str(config))
    for name in ("FEN_URL", "COLUMNS", "FEN_EVAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for module in ("run", "rescore"):
        monkeypatch.setattr(f"fen.cli.evals.{module}.find_suites", find_suites)
    return Command(config, capsys, monkeypatch)


def find_suites(names: Sequence[str]) -> tuple[Suite, ...]:
    return tuple(suite for suite in SUITES if suite.name in names)


def test_a_run_is_shown_listed_and_rescored(command: Command) -> None:
    words = ("run", "puzzles", "--model", "fake/gpt-4o-mini", "--limit", "8", "--yes")
    done = command(*words)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    run_id, model = lines[0].split()
    assert model == "fake/gpt-4o-mini"
    assert [line for line in lines if line.startswith("puzzles")]
    assert {"Models", "Dimensions", "Scores", "Outcomes"} <= set(lines)
    assert "95%" in done.stdout
    [told] = json.loads(json.dumps(command.json("runs")))
    assert (told["id"], told["limit"], told["ended"] is not None) == (run_id, 8, True)
    rows = command("show", run_id).stdout.splitlines()
    assert len(rows) == 9
    sample = rows[1].split()[1]
    shown = command("show", run_id, "--sample", sample).stdout
    assert f"user: Question {sample[1:]} [[tokens-" in shown
    assert "answered: word0" in shown
    rescored = command("rescore", run_id[:-2])
    assert "0 scores changed, 0 samples were left as they were" in rescored.stdout
    again = command(*words)  # nothing is to be asked, so nobody has to agree
    assert "spent now: 0" in again.stdout


def test_money_wants_somebody_who_agrees(command: Command) -> None:
    done = command("run", "puzzles", "--model", "fake/gpt-4o-mini")
    assert done.returncode == 2
    assert "found 30 samples that may cost" in done.stderr
    assert "expected --yes, or a terminal" in done.stderr
    assert command.json("runs") == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("puzzles", "--model", "fake/gpt-4o-mini", "--budget", "2"), "budget: found '2', expected"),
        (("puzzles", "--model", "m", "--budget", "2USD/day"), "expected one for all: 2USD"),
        (("puzzles", "--model", "m", "--set", "count=3"), "expected SUITE.NAME=VALUE"),
        (("puzzles", "--model", "m", "--base-url", "there"), "expected http(s)://host[:port][/path]"),
        (
            ("puzzles", "--model", "fake/unpriced", "--budget", "1USD"),
            "found no known price of fake/unpriced",
        ),
    ],
)
def test_what_is_wrong_is_said_before_any_call(
    command: Command, words: tuple[str, ...], message: str
) -> None:
    done = command("run", *words)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr


def test_another_fen_is_not_asked_by_accident(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEN_URL", "http://127.0.0.1:9")
    done = command("run", "puzzles", "--model", "m")
    assert done.returncode == 2
    assert "--base-url $FEN_URL/v1 evaluates what that Fen serves" in done.stderr


def test_a_budget_that_is_reached_is_no_failure(command: Command) -> None:
    words = ("run", "puzzles", "--model", "fake/gpt-4o-mini", "--yes", "--budget", "0.00008USD", "--json")
    done = command(*words)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["state"] == "budget"
    assert float(told["spent"]["USD"]) <= 0.00008
    assert "The budget is reached" in done.stderr


def test_an_address_is_asked_without_settings(command: Command, base_url: str) -> None:
    command.config.write_text("")
    told = command.json(
        "run", "puzzles", "--model", "tokens-2", "--base-url", base_url, "--limit", "3", "--yes"
    )
    assert isinstance(told, dict)
    assert told["model"].endswith("/tokens-2")
    assert told["suites"][0]["n"] == 3
    assert told["suites"][0]["strict_low"] <= told["suites"][0]["strict"] <= told["suites"][0]["strict_high"]
    assert told["suites"][0]["output_tokens"] > 0
    assert told["suites"][0]["outcomes"]["api_error"] == 0
