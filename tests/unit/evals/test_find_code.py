"""Programs in answers: fenced, bare, only going on, with prose around, or not there."""

from typing import Any

import pytest

from fen.evals.code import find_code

PROMPT = '''import math


def area(radius: float) -> float:
    """The area of a circle.
    >>> area(0)
    0.0
    """
'''
BODY = "    return math.pi * radius**2\n"
WHOLE = f"def area(radius):\n{BODY}"
HELPED = """\
from math import pi

def square(x):
    return x * x

def area(radius):
    return pi * square(radius)
"""


def run(answer: str, radius: float = 2.0) -> float:
    """What the program in an answer returns; the answers are our own."""
    program = find_code(answer, PROMPT, "area")
    assert program is not None
    space: dict[str, Any] = {}
    exec(program, space)
    return space["area"](radius)


@pytest.mark.parametrize(
    "answer",
    [
        f"```python\n{WHOLE}```",
        f"```\n{WHOLE}```",
        f"~~~py\n{WHOLE}~~~",
        f"````python\n{WHOLE}````",
        f"Sure! Here it is:\n\n```python\n{PROMPT}{BODY}```\n\nIt uses `math.pi`.",
        f"```python\n{WHOLE}",  # the block does not end
        f"```python\n{HELPED}```",
        f"First, the task:\n```python\n{PROMPT}```\nNow the solution:\n```python\n{WHOLE}```",
        f"```python\n{WHOLE}```\nTry it:\n```python\nprint(area(1))\n```\n```\n12.56\n```",
        f"```bash\npip install nothing\n```\n```python\n{WHOLE}```",
        f"```python\n{BODY}```",  # only what goes on, in a block
        "```python\nreturn math.pi * radius**2\n```",
        "1. In a list:\n\n   ```python\n   def area(radius):\n       return math.pi * radius ** 2\n   ```\n",
        WHOLE,
        HELPED,
        f"{PROMPT}{BODY}",
        f"Here is the function:\n\n{WHOLE}\nI hope that this helps!",
        BODY,
        BODY.strip(),  # chat templates strip what begins an answer
        f"{BODY}\n\nprint(area(1))\n",
        f"{BODY}\n\ndef other():\n    return 1\n",
        "    if radius < 0:\n        return 0.0\n    return math.pi * radius**2",
        "if radius < 0:\n        return 0.0\n    return math.pi * radius**2",
        f"{BODY}\nThis is the area, isn't it?",
        f"{BODY}```\n\nThat is all.",
        f"\n\n{BODY}",
    ],
)
def test_a_program_is_found_wherever_it_stands(answer: str):
    assert run(answer) == pytest.approx(12.566370614)


def test_the_prompts_own_definitions_come_along():
    program = find_code(f"```python\n{WHOLE}```", PROMPT, "area")
    assert program is not None
    assert program.startswith("import math")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot help with that.",
        "Sorry",
        "The function returns the area. It is pi times the square of the radius.",
        "```json\n{}\n```",
        "```python\nprint('hello')\n",
        "    pass",
        '    """Only words."""',
        "```\n```",
        "\0",
    ],
)
def test_where_there_is_no_code_none_is_made_up(answer: str):
    found = find_code(answer, PROMPT, "area")
    assert found is None or "hello" in found


@pytest.mark.parametrize(
    "answer",
    [
        "```python\ndef area(radius:\n    return 1\n```",
        "def area(radius)\n    return 1",
        "def area(radius):\n",
    ],
)
def test_code_that_does_not_parse_is_code(answer: str):
    found = find_code(answer, PROMPT, "area")
    assert found is not None
    with pytest.raises(SyntaxError):
        compile(found, "answer.py", "exec")


def test_hostile_answers_are_read_in_bounded_time_and_never_run():
    for answer in (
        "(" * 100_000,
        "def area(radius):\n" + "    x = [\n" * 5_000,
        "```\n" * 2_000,
        "    return " + "-" * 100_000 + "1",
        "    return " + "f(" * 5_000,
    ):
        find_code(answer, PROMPT, "area")
