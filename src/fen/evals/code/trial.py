"""A trial: a model's function meets a problem's tests, and never in the same process.

A program could end before the tests, replace them, or return what claims to equal everything. So it never
sees them: the tests run once with the reference solution, which tells their inputs; the program is run on
these inputs, and hands over plain values; then the tests run again, with these values for its answers.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec

from fen.evals.code import values
from fen.evals.sandbox import Limits, Ran, Sandbox
from fen.wire.errors import ConfigError

LIMITS = Limits(seconds=60.0, cpu_seconds=5.0, memory=1 << 30, output=1 << 24)
"""Of each program. The published harness gives 3 s of wall clock; here CPU counts, so that a busy machine
changes no score, and the clock ends only what sleeps."""

_VALUES = Path(values.__file__).read_text("utf-8")
_KEPT = 512  # problems whose inputs are remembered; a suite has 164

_RECORD = """
import random
space = {"__name__": "tests"}
exec(given["reference"], space)
calls = []
def candidate(*args):
    calls.append(encode(args))
    return space[given["entry"]](*args)
exec(given["test"], space)
random.seed(0)
space["check"](candidate)
print(json.dumps(calls))
"""

_ANSWER = """
import io, os, random, sys, types
class Void(io.TextIOBase):
    def write(self, text):
        return len(text)
write, sys.stdout = os.write, Void()
module = sys.modules["answer"] = types.ModuleType("answer")
random.seed(0)
exec(compile(given["program"], "answer.py", "exec"), module.__dict__)
if given["entry"] not in module.__dict__:
    raise NameError(f"name {given['entry']!r} is not defined")
answered = module.__dict__[given["entry"]]
for args in given["calls"]:
    line = (dump(answered(*decode(args))) + "\\n").encode()
    while line:
        line = line[write(1, line):]
"""

_JUDGE = """
import random
space = {"__name__": "tests"}
exec(given["reference"], space)
answers = list(zip(given["calls"], given["answers"]))[::-1]
def candidate(*args):
    asked, answer = answers.pop()
    if asked != encode(args):
        raise RuntimeError("the tests ask for something else each time")
    return load(answer)
exec(given["test"], space)
random.seed(0)
space["check"](candidate)
"""


class Problem(msgspec.Struct, frozen=True):
    """A function to write. test: defines `check(candidate)`; reference: a program that passes it."""

    prompt: str
    entry: str
    test: str
    reference: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether a program passes. ending: of the program; `failed`, too, where its answers are wrong.

    error: the last line of what went wrong, with the exception's name.
    """

    passed: bool
    ending: str = "passed"
    error: str = ""
    seconds: float = 0.0


class Inputs:
    """What each problem's tests call its function with; found once, in the sandbox."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Problem, list[Any]] = OrderedDict()

    async def find(self, problem: Problem, sandbox: Sandbox) -> list[Any]:
        """Return the arguments of each call, encoded; raises ConfigError where the reference fails."""
        if (kept := self._kept.get(problem)) is not None:
            return kept
        given = {"entry": problem.entry, "reference": problem.reference, "test": problem.test}
        ran = await sandbox.run(_write(_RECORD, given), LIMITS)
        if ran.ending != "passed":
            found = f"{ran.ending}: {_find_error(ran)}"
            raise ConfigError(
                f"{problem.entry}: found {found}, expected tests that their own reference passes"
            )
        calls: list[Any] = json.loads(ran.stdout)
        self._kept[problem] = calls
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return calls


async def try_code(
    program: str, problem: Problem, sandbox: Sandbox, inputs: Inputs, limits: Limits = LIMITS
) -> Verdict:
    """Run a program on a problem's inputs and judge its answers; raises ConfigError."""
    calls = await inputs.find(problem, sandbox)
    given = {"entry": problem.entry, "program": program, "calls": calls}
    ran = await sandbox.run(_write(_ANSWER, given), limits)
    if ran.ending != "passed":
        return Verdict(False, ran.ending, _find_error(ran), ran.seconds)
    answers = ran.stdout.split("\n")[:-1]
    if len(answers) != len(calls):
        error = f"found {len(answers)} answers to {len(calls)} calls: the program ended before the tests did"
        return Verdict(False, "failed", error, ran.seconds)
    given = {
        "entry": problem.entry,
        "reference": problem.reference,
        "test": problem.test,
        "calls": calls,
        "answers": answers,
    }
    judged = await sandbox.run(_write(_JUDGE, given), LIMITS)
    if judged.ending == "passed":
        return Verdict(True, seconds=ran.seconds)
    return Verdict(False, "failed", _find_error(judged), ran.seconds)


def _write(step: str, given: dict[str, Any]) -> str:
    """Return a program for the sandbox: the values' code, what is given, and the step itself."""
    return f"{_VALUES}\ngiven = json.loads({json.dumps(given)!r})\n{step}"


def _find_error(ran: Ran) -> str:
    lines = ran.stderr.strip().splitlines()
    return lines[-1][:500] if lines else ""
