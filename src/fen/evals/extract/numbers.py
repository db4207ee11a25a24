r"""The number that an answer ends in, as it was written: "#### 1,450", "$20.00", "\frac{3}{4}", "7万"."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from fen.evals.extract.boxed import find_boxed

_WIDE = str.maketrans("０１２３４５６７８９．／％－−–⁄", "0123456789./%---/")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}|\\[dt]?frac\s*(\d)\s*(\d)")
_CHINESE_PART = re.compile(r"(?<!\d)(\d++)\s*+分之\s*+(\d+(?:\.\d+)?)")
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d++)"
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)])-\s?)?(?:[$¥€£￥](?P<late>-)?)?"
    rf"(?:(?P<mixed>\d++)\s++(?=\d++/\d))?(?P<value>{_WHOLE}(?:\.\d+)?|\.\d+)"
    rf"(?:\s?/\s?(?P<below>{_WHOLE})(?![\d/]))?(?P<unit>\s?[%万亿])?"
)
_MARK = re.compile(r"####[ \t]*(?P<line>[^\n]*)")
_ANSWER = re.compile(r"(?:answer\s*(?:is|was|:|=)|答案\s*(?:是|为|[:：=]))(?P<line>[^\n]*)", re.IGNORECASE)
_LONGEST_MIXED = 50  # characters; Python reads no integer of thousands of digits
_UNITS = {"万": 10**4, "亿": 10**8}


def find_number(text: str) -> str | None:
    """Return the number that a text gives as its answer, plainly written; None where it has none.

    What is marked comes first: the last `####` line, the last box, the last "answer is" (or 答案是). Where
    nothing is marked it is the last number, as in lm-eval's flexible extraction of GSM8K. A fraction stays
    one ("3/4"), a percent sign stays ("12%"), separators and currencies go.
    """
    text = _unify(text)
    for line in _marked(text):
        number = _first(line.rsplit("=", 1)[-1]) or _first(line)
        if number is not None:
            return number
    return _last(text)


def _marked(text: str) -> list[str]:
    lines = [match["line"] for match in _MARK.finditer(text)][::-1]
    boxed = find_boxed(text)
    if boxed is not None:
        lines.append(_unify(boxed))
    return lines + [match["line"] for match in _ANSWER.finditer(text)][::-1]


def is_number(text: str) -> bool:
    """Whether a text is one number and nothing else."""
    return _NUMBER.fullmatch(_unify(text.strip())) is not None


def equal_numbers(left: str, right: str) -> bool:
    """Whether two numbers, as `find_number` writes them, are the same.

    Exactly, as fractions: 0.50 is 1/2. A percent sign may be left out ("20" for "20%") or worked out ("0.2").
    """
    first, second = _value(left), _value(right)
    if first is None or second is None:
        return False
    if first == second:
        return True
    if left.endswith("%") == right.endswith("%"):
        return False
    return first / 100 == second if left.endswith("%") else first == second / 100


def _unify(text: str) -> str:
    text = text.translate(_WIDE).replace("\\$", "$").replace("\\%", "%").replace("{,}", ",")
    text = re.sub(r"\\[!,;: ]", "", text)
    text = _FRACTION.sub(lambda m: f"{m[1] or m[3]}/{m[2] or m[4]}", text)
    text = text.replace("百分之", "100分之")
    return _CHINESE_PART.sub(lambda m: f"{m[2]}%" if m[1] == "100" else f"{m[2]}/{m[1]}", text)


def _first(line: str) -> str | None:
    match = _NUMBER.search(line)
    return _write(match) if match else None


def _last(text: str) -> str | None:
    matches = list(_NUMBER.finditer(text))
    return _write(matches[-1]) if matches else None


def _write(match: re.Match[str]) -> str:
    """Return a number without what only helps the eye."""
    value = match["value"].replace(",", "")
    unit = (match["unit"] or "").strip()
    if unit in _UNITS:
        value = _plain(Decimal(value) * _UNITS[unit])
    below = match["below"]
    if below is not None and match["mixed"] and len(match.group()) < _LONGEST_MIXED:
        value = str(int(match["mixed"]) * int(below.replace(",", "")) + Fraction(value))
    sign = "-" if match["sign"] or match["late"] else ""
    number = f"{sign}{value}" + (f"/{below.replace(',', '')}" if below else "")
    return number + ("%" if unit == "%" else "")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _value(number: str) -> Fraction | None:
    over, _, below = number.removesuffix("%").replace(",", "").partition("/")
    try:
        return Fraction(over) / Fraction(below or "1")
    except (ValueError, ZeroDivisionError):
        return None
