r"""Formulas by their value: `\frac{\sqrt{3}}{2}` and `\sqrt{3}/2` are one number, written in two ways.

sum      = product (("+" | "-") product)*
product  = power (("*" | "/")? power)*        a missing sign multiplies
power    = "-"* postfix ("^" argument)?
postfix  = atom "!"*
atom     = number | letter | \pi | \frac a a | \sqrt[n]{x} | \sin x | group
"""

from __future__ import annotations

import cmath
import math
import re
from collections import Counter
from collections.abc import Callable

_SIGN = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+|\\[A-Za-z]+|[A-Za-z]|[-+*/^!(){}\[\]|])")
_LONGEST = 400
_DEEPEST = 30
_CLOSED_BY = {"(": ")", "{": "}", "[": "]", "|": "|"}
_CONSTANTS: dict[str, complex] = {r"\pi": math.pi, "e": math.e, "i": 1j}
_FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    r"\sin": cmath.sin,
    r"\cos": cmath.cos,
    r"\tan": cmath.tan,
    r"\cot": lambda x: 1 / cmath.tan(x),
    r"\sec": lambda x: 1 / cmath.cos(x),
    r"\csc": lambda x: 1 / cmath.sin(x),
    r"\arcsin": cmath.asin,
    r"\arccos": cmath.acos,
    r"\arctan": cmath.atan,
    r"\ln": cmath.log,
    r"\log": cmath.log10,
}
_POINTS = (0.6180339887, 1.7320508076, 2.7391820334)  # no formula of a benchmark is made to fit these


class _Unreadable(Exception):
    """The text is no formula of this grammar."""


class _Reader:
    """Reads one formula with one value for each letter."""

    def __init__(self, signs: list[str], point: float) -> None:
        self._signs = [*signs, ""]
        self._at = 0
        self._depth = 0
        self._point = point

    def read(self) -> complex:
        value = self._sum()
        if self._peek():
            raise _Unreadable
        return value

    def _peek(self) -> str:
        return self._signs[self._at]

    def _take(self) -> str:
        sign = self._signs[self._at]
        if not sign:
            raise _Unreadable
        self._at += 1
        return sign

    def _sum(self) -> complex:
        value = self._product()
        while self._peek() in ("+", "-"):
            plus = self._take() == "+"
            right = self._product()
            value = value + right if plus else value - right
        return value

    def _product(self) -> complex:
        value = self._power()
        while self._peek() and self._peek() not in ("+", "-", ")", "}", "]", "|"):
            if self._peek() == "/":
                self._take()
                value = value / self._power()
            else:
                if self._peek() == "*":
                    self._take()
                value = value * self._power()
        return value

    def _power(self) -> complex:
        if self._peek() in ("-", "+"):
            return -self._power() if self._take() == "-" else self._power()
        value = self._postfix()
        if self._peek() != "^":
            return value
        self._take()
        return value ** self._argument()

    def _argument(self) -> complex:
        # After ^ or \frac, "12" without braces is "1" and then "2", as in TeX.
        sign = self._peek()
        if len(sign) > 1 and sign.isdigit():
            self._signs[self._at : self._at + 1] = [sign[0], sign[1:]]
        if sign == "-":
            self._take()
            return -self._argument()
        return self._atom()

    def _postfix(self) -> complex:
        value = self._atom()
        while self._peek() == "!":
            self._take()
            whole = round(value.real)
            if value != whole or not 0 <= whole <= 170:
                raise _Unreadable
            value = complex(math.factorial(whole))
        return value

    def _atom(self) -> complex:
        sign = self._take()
        if sign in _CLOSED_BY:
            return self._group(sign)
        if sign[0].isdigit() or sign[0] == ".":
            return complex(float(sign))
        if sign in _CONSTANTS:
            return _CONSTANTS[sign]
        if sign == r"\frac":
            over = self._argument()
            return over / self._argument()
        if sign == r"\sqrt":
            return self._root()
        if sign in _FUNCTIONS:
            return self._call(_FUNCTIONS[sign])
        if len(sign) == 1 and sign.isalpha():
            return complex(self._point + ord(sign) % 7)
        raise _Unreadable

    def _group(self, opening: str) -> complex:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        value = self._sum()
        if self._take() != _CLOSED_BY[opening]:
            raise _Unreadable
        self._depth -= 1
        return complex(abs(value)) if opening == "|" else value

    def _root(self) -> complex:
        degree = complex(2)
        if self._peek() == "[":
            degree = self._group(self._take())
        return self._argument() ** (1 / degree)

    def _call(self, function: Callable[[complex], complex]) -> complex:
        if self._peek() != "^":
            return function(self._power())
        self._take()
        power = self._argument()
        return function(self._power()) ** power


def equal_values(left: str, right: str) -> bool:
    """Whether two formulas have the same value, to nine digits.

    Formulas with letters must also be made of the same signs: they may change places, but an expression that
    was to be factored is not answered by the expression. False where either is no formula.
    """
    first, second = _split(left), _split(right)
    if first is None or second is None:
        return False
    if (_letters(first) or _letters(second)) and Counter(_made_of(first)) != Counter(_made_of(second)):
        return False
    return all(_same(_evaluate(first, point), _evaluate(second, point)) for point in _POINTS)


def _split(text: str) -> list[str] | None:
    signs: list[str] = []
    at = 0
    text = text.rstrip()
    if not text or len(text) > _LONGEST:
        return None
    while at < len(text):
        match = _SIGN.match(text, at)
        if match is None:
            return None
        signs.append(match[1])
        at = match.end()
    return signs


def _letters(signs: list[str]) -> bool:
    return any(len(sign) == 1 and sign.isalpha() and sign not in _CONSTANTS for sign in signs)


def _made_of(signs: list[str]) -> list[str]:
    return [sign for sign in signs if sign not in ("*", "{", "}", "(", ")")]


def _evaluate(signs: list[str], point: float) -> complex | None:
    try:
        value = _Reader(signs, point).read()
    except (_Unreadable, ArithmeticError, ValueError):
        return None
    return value if cmath.isfinite(value) else None


def _same(left: complex | None, right: complex | None) -> bool:
    return left is not None and right is not None and cmath.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
