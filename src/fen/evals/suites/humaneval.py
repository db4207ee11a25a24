"""HumanEval: 164 functions to complete, judged by running them; and HumanEval+, with more and harder inputs.

Chen et al. 2021, arXiv:2107.03374; Liu et al. 2023, arXiv:2305.01210 (EvalPlus; its set "Mini").
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fen.evals.code.extract import find_code
from fen.evals.code.trial import Inputs, Problem, try_code
from fen.evals.files import FILE_OPTION, find_file
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end, grade
from fen.evals.suite import Aids, DataFile, Files, Suite
from fen.wire.errors import ConfigError

_BASE = DataFile(
    path="humaneval/HumanEval.jsonl.gz",
    url="https://raw.githubusercontent.com/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/"
    "data/HumanEval.jsonl.gz",
    sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
)
_PLUS = DataFile(
    path="humanevalplus/HumanEvalPlus-Mini.jsonl.gz",
    url="https://raw.githubusercontent.com/evalplus/humanevalplus_release/"
    "200defce9e3429d28ca215b6dd061c0f7f31c18b/HumanEvalPlus-Mini.jsonl.gz",
    sha256="91486741f1627101021fbe50523df08eebb5b0bf5e804b633dcd5ca3c14dbd2f",
)

PROMPT = """\
Complete this Python function. Answer with the whole function and its imports, in one Python code block.

```python
{prompt}
```"""

_MAX_TOKENS = 1024
_TEMPERATURE = "0"  # of pass@1; for pass@k over epochs it must be higher

PLUS_TEST = """
import copy, json
def same(found, expected, atol):
    if type(found) is bool or type(expected) is bool or not isinstance(expected, (float, list, tuple)):
        return found == expected
    if isinstance(expected, float):
        if not isinstance(found, (int, float)):
            return False
        return found == expected or abs(found - expected) <= (atol or 1e-6) + 1e-7 * abs(expected)
    if type(found) is not type(expected) or len(found) != len(expected):
        return False
    return all(same(one, other, atol) for one, other in zip(found, expected))
def check(candidate):
    reference = {entry}
    for given in json.loads({inputs!r}):
        expected = reference(*copy.deepcopy(given))
        found = candidate(*copy.deepcopy(given))
        assert {holds}, f"of {{given!r:.200}} found {{found!r:.200}}, expected {{expected!r:.200}}"
"""
"""What EvalPlus does with a problem: reference and answer get the same inputs and must give the same; floats
within `atol` (1e-6 where it is 0) plus 1e-7 of the value."""

_SAME = "same(found, expected, {atol!r})"
_ROOT = "isinstance(found, (int, float)) and abs(poly(*given, found)) <= {atol!r}"
"""`find_zero` has many right answers: EvalPlus asks whether it is a root."""


class Row(msgspec.Struct):
    """One line of either file; those of HumanEval+ have inputs in place of a test."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str = ""
    base_input: list[Any] = []
    plus_input: list[Any] = []
    atol: float = 0.0


def make_problem(row: Row) -> Problem:
    """Return a line's problem, with the published test, or with one made of its inputs."""
    test = row.test
    if not test:
        inputs = msgspec.json.encode([*row.base_input, *row.plus_input]).decode()
        holds = _ROOT if row.entry_point == "find_zero" else _SAME
        test = PLUS_TEST.format(entry=row.entry_point, inputs=inputs, holds=holds.format(atol=row.atol))
    return Problem(row.prompt, row.entry_point, test, row.prompt + row.canonical_solution)


def read_rows(path: Path) -> list[Row]:
    """Return a file's lines; raises ConfigError."""
    try:
        with gzip.open(path) as lines:
            return [msgspec.json.decode(line, type=Row) for line in lines if line.strip()]
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise ConfigError(f"{path}: found {error}, expected JSON lines packed by gzip") from error


def _load(file: DataFile, files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    given = options.get("temperature", _TEMPERATURE)
    try:
        params = {"max_tokens": _MAX_TOKENS, "temperature": float(given)}
    except ValueError:
        raise ConfigError(f"temperature: found {given!r}, expected a number") from None
    for row in read_rows(find_file(files, options, file)):
        problem = make_problem(row)
        yield Sample(
            id=row.task_id,
            messages=({"role": "user", "content": PROMPT.format(prompt=row.prompt.strip())},),
            target=msgspec.to_builtins(problem),
            params=params,
        )


def load_base(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return HumanEval's problems in the file's order."""
    return _load(_BASE, files, options)


def load_plus(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Return HumanEval+'s problems in the file's order."""
    return _load(_PLUS, files, options)


class CodeScorer:
    """Judges an answer by running its program; remembers each problem's inputs."""

    def __init__(self) -> None:
        self._inputs = Inputs()

    async def __call__(self, sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
        """Return `correct` where the program passes the tests; else how it ended, and its last line."""
        response = responses[-1]
        if (end := find_end(response)) is not None:
            return end
        problem = msgspec.convert(sample.target, Problem)
        program = find_code(response.text, problem.prompt, problem.entry)
        if program is None:
            return grade(right=False, detail={"error": f"found no code that defines {problem.entry}"})
        verdict = await try_code(program, problem, aids.sandbox, self._inputs)
        detail = {} if verdict.passed else {"ending": verdict.ending, "error": verdict.error}
        return grade(right=verdict.passed, answer=program, detail=detail)


def _make_suite(name: str, summary: str, file: DataFile, load: Any, licence: str, source: str) -> Suite:
    return Suite(
        name=name,
        summary=summary,
        dimension="code",
        languages=("en",),
        licence=licence,
        source=source,
        files=(file,),
        load=load,
        score=CodeScorer(),
        scorer="python/1",
        template="the function's signature and docstring in a block, the whole function asked for",
        options={"temperature": _TEMPERATURE, **FILE_OPTION},
    )


SUITES = (
    _make_suite(
        "humaneval",
        "164 Python functions, judged by running them",
        _BASE,
        load_base,
        "MIT",
        "https://github.com/openai/human-eval",
    ),
    _make_suite(
        "humaneval_plus",
        "HumanEval's functions with harder inputs (EvalPlus Mini)",
        _PLUS,
        load_plus,
        "Apache-2.0",
        "https://github.com/evalplus/humanevalplus_release",
    ),
)
