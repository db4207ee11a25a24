"""Programs that want a pass without solving the problem, and programs that merely write and end oddly."""

import asyncio

import pytest

from fen.evals.code import Inputs, Problem, try_code
from fen.evals.sandbox import Limits, ProcessSandbox
from fen.wire.errors import ConfigError

PROMPT = 'def double(numbers):\n    """Every number, doubled, as a list."""\n'
TEST = """
METADATA = {}
def check(candidate):
    assert candidate([1, 2]) == [2, 4]
    assert candidate([]) == []
    assert candidate([0.5, -3]) == [1.0, -6], "halves"
"""
PROBLEM = Problem(PROMPT, "double", TEST, PROMPT + "    return [2 * one for one in numbers]\n")
LIMITS = Limits(seconds=20, cpu_seconds=2, memory=256 << 20, output=1 << 22)
RIGHT = "def double(numbers):\n    return [2 * one for one in numbers]\n"

HONEST = {
    "as asked": RIGHT,
    "with a main part": RIGHT + "if __name__ == '__main__':\n    1/0\n",
    "with prints": RIGHT.replace("return", "print('x' * 10**6); return") + "print(double([1]))\n",
    "with a generator inside": "def double(numbers):\n    return list(map(lambda one: one + one, numbers))\n",
    "changing its argument": "def double(n):\n    n[:] = [2 * one for one in n]\n    return n\n",
    "with a dataclass": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n" + RIGHT,
}

CHEATS = {
    "exit 0": "import sys; sys.exit(0)",
    "exit 0 at once": "import os; os._exit(0)",
    "exit in the call": "def double(numbers):\n    import os; os._exit(0)",
    "equal to everything": (
        "class Yes(list):\n"
        "    def __eq__(self, other): return True\n"
        "    def __ne__(self, other): return False\n"
        "def double(numbers): return Yes()"
    ),
    "no asserts": (
        "import builtins\nclass AssertionError(Exception): pass\n"
        "builtins.AssertionError = AssertionError\n"
        "def double(numbers): return None"
    ),
    "another check": (
        "import sys, builtins\n"
        "sys.modules['__main__'].check = lambda candidate: None\n"
        "sys.modules['__main__'].given['test'] = 'def check(candidate): pass'\n"
        "builtins.exec = lambda *_: None\n"
        "def double(numbers): return None"
    ),
    "answers of its own for all calls": (
        "import os, sys\n"
        "sys.modules['__main__'].dump = lambda value: '[2, 4]'\n"
        "def double(numbers): return None"
    ),
    "lines that are no values": "import os\nos.write(1, b'passed\\n' * 3)\nos._exit(0)",
    "a bomb": (
        "import os, base64, zlib\n"
        "packing = zlib.compressobj(1)\n"
        "bomb = b''.join(packing.compress(b' ' * 10**6) for _ in range(80)) + packing.flush()\n"
        "os.write(1, b'z' + base64.b64encode(bomb) + b'\\n' + b'0\\n' * 2)\n"
        "os._exit(0)"
    ),
    "deep nesting": "import os\nos.write(1, (b'[' * 10**5 + b']' * 10**5 + b'\\n') * 3)\nos._exit(0)",
    "a type that it names": 'import os\nos.write(1, b\'{"__import__": "os"}\\n\' * 3)\nos._exit(0)',
}

FAILURES = {
    "def double(numbers): return [n * n for n in numbers]": ("failed", "AssertionError"),
    "def double(numbers): return [2 * n for n in numbers if n >= 0]": ("failed", "AssertionError: halves"),
    "def double(numbers): return tuple(2 * n for n in numbers)": ("failed", "AssertionError"),
    "def double(numbers): return numbers[0] / 0": ("failed", "ZeroDivisionError: division by zero"),
    "def treble(numbers): return numbers": ("failed", "NameError: name 'double' is not defined"),
    "def double(numbers:": ("failed", "SyntaxError: '(' was never closed"),
    "import numpy\n" + RIGHT: ("failed", "ModuleNotFoundError: No module named 'numpy'"),
    "def double(numbers): return double(numbers)": (
        "failed",
        "RecursionError: maximum recursion depth exceeded",
    ),
    "def double(numbers):\n    while True: pass": ("time", ""),
    "def double(numbers): return [0] * 10**9": ("memory", "MemoryError"),
    "def double(numbers):\n    open('x', 'w')": ("files", ""),
    "import requests": ("failed", "ModuleNotFoundError: No module named 'requests'"),
    "import socket; socket.socket()": ("network", ""),
    "import os; os.fork()": ("processes", ""),
}


async def try_all(programs: dict[str, str]) -> dict[str, tuple[bool, str, str]]:
    sandbox, inputs = ProcessSandbox(), Inputs()
    verdicts = await asyncio.gather(
        *(try_code(program, PROBLEM, sandbox, inputs, LIMITS) for program in programs.values())
    )
    return {name: (one.passed, one.ending, one.error) for name, one in zip(programs, verdicts, strict=True)}


async def test_honest_programs_pass():
    assert await try_all(HONEST) == dict.fromkeys(HONEST, (True, "passed", ""))


async def test_no_cheat_passes():
    for name, (passed, ending, error) in (await try_all(CHEATS)).items():
        assert not passed, name
        assert ending in {"failed", "memory"}, name
        assert error, name


async def test_a_program_that_ends_before_the_tests_is_told_so():
    (verdict,) = (await try_all({"": "import sys; sys.exit(0)"})).values()
    assert verdict[2] == "found 0 answers to 3 calls: the program ended before the tests did"


async def test_a_failure_says_how_it_came():
    found = await try_all({program: program for program in FAILURES})
    assert {program: (ending, error) for program, (_, ending, error) in found.items()} == FAILURES


async def test_tests_that_their_reference_fails_are_an_error_of_the_data():
    broken = Problem(PROMPT, "double", TEST, PROMPT + "    return numbers\n")
    with pytest.raises(ConfigError, match="double: found failed: AssertionError, expected tests that the"):
        await try_code(RIGHT, broken, ProcessSandbox(), Inputs())


async def test_random_inputs_are_the_same_each_time():
    test = (
        "import random\n"
        "def check(candidate):\n    n = [random.random()]\n    assert candidate(n) == [2 * n[0]]\n"
    )
    problem = Problem(PROMPT, "double", test, PROBLEM.reference)
    drawing = RIGHT.replace("return", "import random; random.random(); return")
    for program in (RIGHT, drawing):
        assert (await try_code(program, problem, ProcessSandbox(), Inputs())).passed
