r"""Answers of mathematics compared by what they mean, as in MATH (Hendrycks et al. 2021, arXiv:2103.03874).

Two answers are the same where they read alike once spacing, sizes, units and signs of currency are gone, or
are equal as numbers, as formulas, or part by part as tuples, intervals, sets, lists and matrices.
"""

from __future__ import annotations

import re

from fen.evals.extract.boxed import find_boxed
from fen.evals.extract.formula import equal_values
from fen.evals.extract.numbers import equal_numbers, find_number, is_number
from fen.evals.extract.words import find_line

_NOTHING = re.compile(
    r"\\(?:left|right|displaystyle|bigl?|bigr|Bigl?|Bigr|quad|qquad|limits)(?![A-Za-z])"
    r"|(?<!\\)\\[!,;: ()\[\]]|~|\$"
)
_DEGREES = re.compile(r"\^?\s*\{?\s*\\circ\s*\}?|°|(?<=\d)\s*\\?degrees?\b")
_WORDS = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}")
_UNIT = re.compile(r"(?<=[\d})])\s*\\(?:text|mathrm|mbox)\s*\{[^{}]*\}(?:\s*\^\s*\{?\d\}?)?\s*\.?$")
_MATRIX = re.compile(r"^\\begin\{([pbvBV]?matrix|array)\}(?:\{[^}]*\})?(.*)\\end\{\1\}$", re.DOTALL)
_NAMED = re.compile(r"^[A-Za-z](?:\([A-Za-z]\))?\s*(?:=|\\in(?![A-Za-z]))\s*(?=[^=]+$)")
_BASE = re.compile(r"(?<=[0-9A-F])_\{?\d+\}?$")
_ARGUMENT = r"(?:\\[A-Za-z]+|[^\\{}\s])"
_MOST_BRACKETS = 100  # parts are read by recursion, and a model may repeat a bracket for ever


def find_formula(text: str) -> str | None:
    r"""Return the formula that an answer ends in; None where none is marked.

    It is what the last `\boxed` holds, else what follows the last "answer is".
    """
    return find_boxed(text) or find_line(text)


def equal_formulas(left: str, right: str) -> bool:
    r"""Whether two answers mean the same.

    Order counts in tuples and intervals, and not in lists and sets; `\pm` stands for two answers. A root may
    be left unsimplified, a decimal must be exact to nine digits. The base of a number may be left out.
    """
    first, second = normalise_formula(left), normalise_formula(right)
    if max(map(_count_brackets, (first, second))) > _MOST_BRACKETS:
        return first == second
    if ("_" in first) != ("_" in second):
        first, second = _BASE.sub("", first), _BASE.sub("", second)
    return _equal(first, second)


def _count_brackets(text: str) -> int:
    return sum(map(text.count, "([{"))


def normalise_formula(text: str) -> str:
    """Return an answer without what does not count: spacing, sizes, units, "x =", currency, a full stop."""
    text = " ".join(text.split())
    text = _UNIT.sub("", text.replace("\\$", "").replace("\\%", "").replace("%", ""))
    text = _DEGREES.sub("", _NOTHING.sub("", text.replace("{,}", "")))
    text = re.sub(r"\\[dtc]frac", r"\\frac", text)
    text = re.sub(r"\\text\s*\{\s*(?:and|or)\s*\}|\b(?:and|or)\b", ",", text)
    text = _WORDS.sub(r"\1", text)
    text = re.sub(r"\\(?:cdot|times|ast)(?![A-Za-z])", "*", text).replace("−", "-")
    text = re.sub(rf"\\sqrt\s*({_ARGUMENT})(?<!\[)", r"\\sqrt{\1}", text)
    text = re.sub(rf"\\frac\s*({_ARGUMENT})\s*({_ARGUMENT})", r"\\frac{\1}{\2}", text)
    text = re.sub(r"([_^])\s*\{(\w)\}", r"\1\2", text)
    text = _NAMED.sub("", re.sub(r"\s+", "", text).rstrip(".")) if "matrix" not in text else text
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return text.replace(",", "")
    return re.sub(r"(?<!\d)\.(?=\d)", "0.", text)


def _equal(left: str, right: str) -> bool:
    if left == right:
        return left != ""
    if is_number(left) and is_number(right):
        return equal_numbers(find_number(left) or left, find_number(right) or right)
    first, second = _parts(left), _parts(right)
    if first is None and second is None:
        return equal_values(left, right)
    if first is None or second is None or first[0] != second[0] or len(first[1]) != len(second[1]):
        return False
    if first[0] in ("list", "union"):
        return _match(first[1], second[1])
    return all(_equal(one, other) for one, other in zip(first[1], second[1], strict=True))


def _match(left: list[str], right: list[str]) -> bool:
    """Whether the parts are the same in any order."""
    rest = list(right)
    for part in left:
        found = next((other for other in rest if _equal(part, other)), None)
        if found is None:
            return False
        rest.remove(found)
    return True


def _parts(text: str) -> tuple[str, list[str]] | None:
    """Return the kind of a compound answer with its parts; None where it has none."""
    matrix = _MATRIX.match(text.strip())
    if matrix is not None:
        rows = [row.split("&") for row in re.split(r"\\\\(?:\[[^\]]*\])?", matrix[2]) if row.strip()]
        shape = "x".join(str(len(row)) for row in rows)
        return shape, [normalise_formula(cell) for row in rows for cell in row]
    if "\\pm" in text:
        return "list", [text.replace("\\pm", "+", 1).lstrip("+"), text.replace("\\pm", "-", 1)]
    union = _divide(text, "\\cup")
    if len(union) > 1:
        return "union", union
    listed = _divide(text, ",")
    if len(listed) > 1:
        return "list", listed
    inner = re.fullmatch(r"(\\\{|[(\[])(.*)(\\\}|[)\]])", text, re.DOTALL)
    if inner is None:
        return None
    parts = _divide(inner[2], ",")
    if inner[1] == "\\{":
        return "list", parts
    return (inner[1] + inner[3], parts) if len(parts) > 1 else None


def _divide(text: str, mark: str) -> list[str]:
    """Return the parts between marks that stand in no brackets."""
    parts, depth, start, at = [""], 0, 0, 0
    parts.clear()
    while at < len(text):
        character = text[at]
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and text.startswith(mark, at):
            parts.append(text[start:at])
            at = start = at + len(mark)
            continue
        at += 1
    return [part.strip() for part in (*parts, text[start:])]
