"""`fen eval inspect`: with a program that stands for Inspect, and with Inspect itself where it is proved."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.inspect_logs import make_header, make_sample, write_log
from tests.integration.cli.conftest import Fen
from tests.integration.evals.test_inspect import INSPECT, PROGRAM, ZSTANDARD

MODEL = "fake/gpt-4o-mini"
STUB = """#!{python}
import json, os, pathlib, shutil, sys, urllib.request
folder = pathlib.Path(sys.argv[sys.argv.index("--log-dir") + 1])
model = sys.argv[sys.argv.index("--model") + 1].removeprefix("openai-api/fen/")
body = json.dumps({{"model": model, "messages": [{{"role": "user", "content": "1 + 1?"}}]}}).encode()
headers = {{"content-type": "application/json", "authorization": "Bearer " + os.environ["FEN_API_KEY"]}}
request = urllib.request.Request(os.environ["FEN_BASE_URL"] + "/chat/completions", body, headers)
with urllib.request.urlopen(request, timeout=30) as response:
    print(response.status, sys.argv)
shutil.copy({log!r}, folder / "new.eval")
"""
TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes


@task
def words(count=3):
    samples = [Sample(id=str(n), input=f"say {n}", target="word0" if n else "nothing") for n in range(count)]
    return Task(dataset=samples, scorer=includes())
"""
pytestmark = pytest.mark.usefixtures("config")


@pytest.fixture
def stub(tmp_path: Path) -> str:
    log = write_log(tmp_path / "made.eval", [make_sample("a"), make_sample("b", value="I")], make_header())
    path = tmp_path / "inspect"
    path.write_text(STUB.format(python=sys.executable, log=str(log)))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def run(fen: Fen, task: str, logs: Path, program: str, *more: str) -> Any:
    return fen(
        "eval",
        "inspect",
        task,
        "--model",
        MODEL,
        "--log-dir",
        str(logs),
        "--program",
        program,
        "--json",
        *more,
    )


def test_its_calls_go_through_fen_and_its_log_is_a_run(fen: Fen, stub: str, tmp_path: Path) -> None:
    done = run(fen, "sums", tmp_path / "logs", stub, "--dimension", "calculation", "--", "-T", "level=1")
    told = done.json
    assert told["run"]["model"] == MODEL
    assert [record["score"]["outcome"] for record in told["records"]] == ["correct", "wrong"]
    assert {record["dimension"] for record in told["records"]} == {"calculation"}
    assert [entry["model"] for entry in fen("requests", "list", "--json").json] == [MODEL]
    kept = fen("eval", "runs", "--json").json
    assert [(one["id"], one["model"], one["suites"]) for one in kept] == [
        ("run_inspect_e1", MODEL, ["inspect:sums"])
    ]


def test_a_log_that_is_taken_in_again_is_one_run(fen: Fen, stub: str, tmp_path: Path) -> None:
    for number in range(2):
        assert run(fen, "sums", tmp_path / f"logs{number}", stub).status == 0
    assert len(fen("eval", "runs", "--json").json) == 1


def test_a_log_that_is_there_already_is_imported_and_reported(fen: Fen, tmp_path: Path) -> None:
    log = write_log(
        tmp_path / "sums.eval", [make_sample("one"), make_sample("two", value="I")], make_header()
    )
    rows = fen("eval", "import", str(log)).rows
    assert rows[1:4] == [["correct", "1", "1.000"], ["wrong", "1", "0.000"], ["all", "2", "0.500"]]
    assert fen("eval", "import", str(log), "--json").json["run"]["id"] == "run_inspect_e1"
    assert len(fen("eval", "runs", "--json").json) == 1
    (suite,) = fen("eval", "report", "run_inspect_e1", "--json").json["suites"]
    assert (suite["name"], suite["n"], suite["score"]) == ("inspect:sums", 2, 0.5)


def test_people_get_a_table(fen: Fen, stub: str, tmp_path: Path) -> None:
    words = ("--model", MODEL, "--log-dir", str(tmp_path / "logs"), "--program", stub)
    rows = fen("eval", "inspect", "sums", *words).rows
    assert rows[1:4] == [["correct", "1", "1.000"], ["wrong", "1", "0.000"], ["all", "2", "0.500"]]


def test_a_missing_program_is_told_before_anything_is_served(fen: Fen, tmp_path: Path) -> None:
    done = run(fen, "sums", tmp_path / "logs", "no-such-program")
    assert done.status != 0
    assert "pip install 'fen[inspect]'" in done.err
    assert not (tmp_path / "logs").exists()


@INSPECT
@ZSTANDARD
def test_inspect_itself_runs_a_task_through_fen(fen: Fen, tmp_path: Path) -> None:
    task = tmp_path / "words.py"
    task.write_text(TASK)
    told = run(
        fen,
        str(task),
        tmp_path / "logs",
        str(PROGRAM),
        "--limit",
        "2",
        "--epochs",
        "2",
        "--",
        "--display",
        "none",
    ).json
    outcomes = {(record["sample"], record["epoch"]): record["score"]["outcome"] for record in told["records"]}
    assert outcomes == {("0", 0): "wrong", ("0", 1): "wrong", ("1", 0): "correct", ("1", 1): "correct"}
    entries = fen("requests", "list", "--json").json
    assert len(entries) == 4
    assert sum(record["output_tokens"] for record in told["records"]) > 0
    assert json.dumps(told["run"]).count(MODEL) == 1
