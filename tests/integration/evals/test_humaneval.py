"""HumanEval and HumanEval+: references pass, and fail with one fault; the published data, and ours."""

import asyncio
import gzip
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fen.evals import Aids, DataFile, Response, Sample, Score, Suite
from fen.evals.code import Problem
from fen.evals.sandbox import ProcessSandbox
from fen.evals.suites.humaneval import SUITES
from fen.wire.errors import ConfigError
from tests.fakes.mutants import mutate
from tests.sizes import pick

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("FEN_DATA") or ROOT.parent / "shared/data")
BASE, PLUS = SUITES
_SEED = 20
_PROBLEMS = pick(5, 164)
_MUTANTS = pick(5, 50)

ADD = 'def add(x: int, y: int):\n    """Add two numbers."""\n'
ROOTS = (
    "def poly(xs: list, x: float):\n    return sum(a * x**i for i, a in enumerate(xs))\n\n\n"
    'def find_zero(xs: list):\n    """A root of the polynomial with these coefficients."""\n'
)
HALVE = 'def halve(xs):\n    """Half of each."""\n'
OURS = [
    {
        "task_id": "Ours/0",
        "prompt": ADD,
        "entry_point": "add",
        "canonical_solution": "    return x + y\n",
        "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n    assert candidate(-1, 1) == 0\n",
    }
]
OURS_PLUS = [
    {
        "task_id": "Ours/0",
        "prompt": ADD,
        "contract": "",
        "entry_point": "add",
        "canonical_solution": "    return x + y\n",
        "base_input": [[2, 3]],
        "plus_input": [[-1, 1], [True, 6]],
        "atol": 0,
    },
    {
        "task_id": "Ours/1",
        "prompt": ROOTS,
        "contract": "",
        "entry_point": "find_zero",
        "canonical_solution": "    return -xs[0] / xs[1]\n",
        "base_input": [[[1, 2]]],
        "plus_input": [[[-6, 11]]],
        "atol": 0.0001,
    },
    {
        "task_id": "Ours/2",
        "prompt": HALVE,
        "contract": "",
        "entry_point": "halve",
        "canonical_solution": "    return [x / 2 for x in xs]\n",
        "base_input": [[[1, 2]]],
        "plus_input": [[[]]],
        "atol": 0,
    },
]


class Folder:
    """Finds a suite's files below a folder `evals`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def path(self, file: DataFile) -> Path:
        """Return where it would be."""
        return self._data / "evals" / file.path


@pytest.fixture
def ours(tmp_path: Path) -> Folder:
    for suite, rows in ((BASE, OURS), (PLUS, OURS_PLUS)):
        path = tmp_path / "evals" / suite.files[0].path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    return Folder(tmp_path)


def published(suite: Suite) -> list[Sample]:
    path = DATA / "evals" / suite.files[0].path
    if not path.exists():
        pytest.skip(f"no {path.name} here")
    samples = list(suite.load(Folder(DATA), {}))
    assert len(samples) == 164
    return samples


async def score(suite: Suite, answers: Iterable[tuple[Sample, str]]) -> list[Score]:
    aids = Aids(sandbox=ProcessSandbox())
    return await asyncio.gather(
        *(suite.score(sample, (Response(text=text, finish_reason="stop"),), aids) for sample, text in answers)
    )


def fence(program: str) -> str:
    return f"Here it is:\n```python\n{program}\n```"


def problem_of(sample: Sample) -> Problem:
    return msgspec.convert(sample.target, Problem)


@pytest.mark.parametrize("suite", SUITES, ids=[suite.name for suite in SUITES])
async def test_the_published_solutions_pass(suite: Suite):
    samples = random.Random(_SEED).sample(published(suite), _PROBLEMS)
    scores = await score(suite, [(sample, fence(problem_of(sample).reference)) for sample in samples])
    assert [(s.id, one.detail) for s, one in zip(samples, scores, strict=True) if one.value != 1.0] == []


@pytest.mark.parametrize("suite", SUITES, ids=[suite.name for suite in SUITES])
async def test_solutions_with_a_fault_fail(suite: Suite):
    """Each differs: its tests fail in a plain interpreter, where nothing of the sandbox or the codec is."""
    faulty = find_faulty(published(suite), _MUTANTS)
    scores = await score(suite, [(sample, fence(program)) for sample, program in faulty])
    assert len(scores) == _MUTANTS
    passed = [program for (_, program), one in zip(faulty, scores, strict=True) if one.outcome != "wrong"]
    assert passed == []
    assert all(one.detail["ending"] in {"failed", "time", "memory"} for one in scores)


def find_faulty(samples: list[Sample], count: int) -> list[tuple[Sample, str]]:
    """One mutant each of some problems, drawn by a seed; those that are no different are passed over."""
    drawn = random.Random(_SEED).sample(samples, len(samples))
    found: list[tuple[Sample, str]] = []
    for sample in drawn:
        problem = problem_of(sample)
        for mutant in list(mutate(problem.reference, problem.entry, _SEED))[:3]:
            if fails_plainly(mutant, problem):
                found.append((sample, mutant))
                break
        if len(found) == count:
            break
    return found


def fails_plainly(program: str, problem: Problem) -> bool:
    """Whether the tests fail as they are published to be run: program, tests and check in one module."""
    test = problem.test.replace(f"reference = {problem.entry}", f"reference = space[{problem.entry!r}]")
    reference = f"space = {{}}\nexec({problem.reference!r}, space)\n"
    whole = f"{program}\n{reference}{test}\ncheck({problem.entry})\n"
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", whole], capture_output=True, timeout=5, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


@pytest.mark.parametrize(
    ("suite", "name", "text", "outcome"),
    [
        (BASE, "Ours/0", "    return x + y", "correct"),
        (BASE, "Ours/0", "return x + y", "correct"),
        (BASE, "Ours/0", fence("def add(x, y):\n    return sum([x, y])"), "correct"),
        (BASE, "Ours/0", fence("def add(x, y):\n    return x - y"), "wrong"),
        (BASE, "Ours/0", "I would add them.", "format_error"),
        (PLUS, "Ours/0", "    return x + y", "correct"),
        (PLUS, "Ours/0", "    return 5 if x == 2 else 0", "wrong"),
        (PLUS, "Ours/0", "    return float(x + y)", "correct"),  # equal, as EvalPlus compares
        (PLUS, "Ours/0", "    return str(x + y)", "wrong"),
        (PLUS, "Ours/1", "    return -xs[0] / xs[1]", "correct"),
        (PLUS, "Ours/1", "    return -xs[0] / xs[1] + 1e-6", "correct"),  # within its tolerance
        (PLUS, "Ours/1", "    return -xs[0] / xs[1] + 1e-3", "wrong"),
        (PLUS, "Ours/1", "    return None", "wrong"),
        (PLUS, "Ours/2", "    return [x * 0.5 + 1e-9 for x in xs]", "correct"),
        (PLUS, "Ours/2", "    return [x * 0.5 + 1e-4 for x in xs]", "wrong"),
        (PLUS, "Ours/2", "    return tuple(x / 2 for x in xs)", "wrong"),
        (PLUS, "Ours/2", "    return [x / 2 for x in xs][:-1]", "wrong"),
        (PLUS, "Ours/2", "    return iter(xs)", "wrong"),
    ],
)
async def test_an_answer_is_scored(ours: Folder, suite: Suite, name: str, text: str, outcome: str):
    sample = next(one for one in suite.load(ours, {}) if one.id == name)
    (found,) = await score(suite, [(sample, text)])
    assert found.outcome == outcome
    assert (found.answer is None) == (outcome == "format_error")
    assert bool(found.detail) == (outcome != "correct")


async def test_what_ended_before_there_was_code_is_no_wrong_answer(ours: Folder):
    (sample,) = BASE.load(ours, {})
    aids = Aids(sandbox=ProcessSandbox())
    for response, outcome in (
        (Response(text="    return x +", finish_reason="length"), "truncated"),
        (Response(text="No.", finish_reason="stop", refused=True), "refused"),
    ):
        assert (await BASE.score(sample, (response,), aids)).outcome == outcome


def test_a_prompt_asks_for_the_whole_function(ours: Folder):
    (sample,) = BASE.load(ours, {"temperature": "0.8"})
    (message,) = sample.messages
    assert message["content"].endswith(f"```python\n{ADD.strip()}\n```")
    assert sample.params == {"max_tokens": 1024, "temperature": 0.8}
    assert json.loads(json.dumps(sample.target)) == sample.target


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"no gzip", {}, "expected JSON lines packed by gzip"),
        (gzip.compress(b'{"task_id": 1}'), {}, "expected JSON lines packed by gzip"),
        (None, {}, "expected JSON lines packed by gzip"),
        (gzip.compress(b""), {"temperature": "hot"}, "temperature: found 'hot', expected a number"),
    ],
)
def test_broken_data_is_told(tmp_path: Path, content: bytes | None, options: dict[str, Any], message: str):
    path = tmp_path / "evals" / BASE.files[0].path
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        list(BASE.load(Folder(tmp_path), options))
