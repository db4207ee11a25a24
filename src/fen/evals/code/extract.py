"""The program in a model's answer: a fenced block, a bare function, or only what goes on after the prompt.

The prompt ends in the function's signature and docstring. Chat models repeat it, in a block; base models go
on where it ends. Both must come out as one whole program, with what the prompt defines before the function.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator

_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n`]*\n"
    r"(?P<code>.*?)(?:^[ \t]*(?P=fence)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_CODE_LINE = re.compile(r"(?:from\s+[\w.]+\s+import\b|import\s+\w|(?:async\s+)?def\s+\w|class\s+\w|@\w)")
_LANGUAGES = frozenset({"", "python", "python3", "py"})
_ATTEMPTS = 12  # each one parses what is left


def find_code(answer: str, prompt: str, entry: str) -> str | None:
    """Return the program that defines the function `entry`; None where the answer has no code.

    Of several blocks, the first that defines more of it than its docstring. What does not parse is code too,
    where it is fenced or begins as the function does: it is wrong, not missing.
    """
    blocks = list(_find_blocks(answer))
    whole = [_pull_out(block, entry) for block in blocks if _defines(block, entry)]
    if whole:
        return _cut_header(prompt, entry) + next((one for one in whole if _does(one, entry)), whole[0])
    for block in blocks:
        if (program := _continue(prompt, block, entry)) is not None:
            return program
    if _defines(answer, entry):
        return _cut_header(prompt, entry) + _cut_prose(answer)
    return _continue(prompt, answer, entry)


def _find_blocks(answer: str) -> Iterator[str]:
    """Yield the code of fenced blocks that may be Python's, without the indentation of their fences."""
    for match in _FENCE.finditer(answer):
        if match["language"].lower() in _LANGUAGES:
            yield re.sub(rf"^{match['indent']}", "", match["code"], flags=re.MULTILINE)


def _defines(text: str, entry: str) -> bool:
    return re.search(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(entry)}\b", text, re.MULTILINE) is not None


def _pull_out(block: str, entry: str) -> str:
    """Return a block with its function at the left edge; unchanged where it is there."""
    return (
        block
        if re.search(rf"^(?:async )?def {re.escape(entry)}\b", block, re.MULTILINE)
        else textwrap.dedent(block)
    )


def _cut_header(prompt: str, entry: str) -> str:
    """Return what stands before the function in its prompt: imports, and other functions."""
    match = re.search(rf"^def[ \t]+{re.escape(entry)}\b", prompt, re.MULTILINE)
    return prompt[: match.start()] if match is not None else ""


def _cut_prose(text: str) -> str:
    """Return the code of an answer without fences: from its first line of code to the last that parses."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if _CODE_LINE.match(line)), 0)
    code = "\n".join(lines[start:])
    return next(_cut_back(code, ""), code)


def _continue(prompt: str, text: str, entry: str) -> str | None:
    """Return the prompt with a body that goes on after it; None where nothing that follows is one."""
    bare = text.strip("\n")
    bodies = [bare if bare.startswith((" ", "\t")) else textwrap.indent(bare, "    "), "    " + bare]
    before = prompt.rstrip() + "\n"
    programs = [program for body in bodies for program in _cut_back(body, before) if _does(program, entry)]
    return max(programs, key=len, default=None)  # all lines lack their indentation, or only the first one


def _cut_back(text: str, before: str) -> Iterator[str]:
    """Yield programs: all of a text that parses after what stands before it, cut from the first error on."""
    lines = text.splitlines()
    offset = before.count("\n")
    for _ in range(_ATTEMPTS):
        if not lines:
            return
        program = before + "\n".join(lines) + "\n"
        wrong = _find_error(program)
        if wrong is None:
            yield program
            return
        lines = lines[: min(len(lines) - 1, max(0, wrong - 1 - offset))]


def _find_error(program: str) -> int | None:
    """Return the line of a program's first error; None where it parses."""
    try:
        _parse(program)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, MemoryError, RecursionError):  # a null character, or nested too deep
        return 1
    return None


def _parse(program: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model's invalid escapes are no concern of ours
        return ast.parse(program)


def _does(program: str, entry: str) -> bool:
    """Whether a program's function has a body that does something; a docstring, a name or `pass` does not."""
    if _find_error(program) is not None:
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        not isinstance(statement, (ast.Pass, ast.Expr))
        or (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, (ast.Call, ast.Yield, ast.YieldFrom))
        )
        for node in _parse(program).body
        if isinstance(node, functions) and node.name == entry
        for statement in node.body
    )
