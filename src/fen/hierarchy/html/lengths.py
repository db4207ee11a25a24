"""Lengths of CSS in pixels, and the functions that move, scale and clip.

Source: CSS Values 4, CSS Transforms 1 and 2, CSS Masking 1.
"""

from __future__ import annotations

import ast
import re
from types import MappingProxyType

from fen.hierarchy.html.stylesheet import HEIGHT, WIDTH

ROOT = 16.0
"""Pixels of the browser's own font size."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_LENGTH = re.compile(rf"({_NUMBER})(%|[a-z]+)?", re.IGNORECASE)
_UNITS = MappingProxyType(
    {
        "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "q": 0.945, "rem": ROOT,
        "vw": WIDTH / 100, "vh": HEIGHT / 100, "vmin": HEIGHT / 100, "vmax": WIDTH / 100, "": 1.0,
    }
)  # fmt: skip
_RELATIVE = MappingProxyType({"em": 1.0, "ex": 0.5, "ch": 0.5, "lh": 1.2})
_SIZES = MappingProxyType(
    {
        "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": ROOT, "large": 18.0, "x-large": 24.0,
        "xx-large": 32.0, "xxx-large": 48.0, "initial": ROOT,
    }
)  # fmt: skip
_FUNCTION = re.compile(r"([a-z0-9]+)\(((?:[^()]|\([^()]*\))*)\)", re.IGNORECASE)


def parse_length(text: str, size: float = ROOT, whole: float = WIDTH) -> float | None:
    """Return pixels; None for `auto` and what is not known. size: of the font. whole: what 100% is."""
    text = text.strip().lower()
    found = _LENGTH.fullmatch(text)
    if found is not None:
        unit = found[2] or ""
        if unit == "%":
            return float(found[1]) * whole / 100
        factor = _UNITS.get(unit, _RELATIVE.get(unit, 0.0) * size or None)
        return None if factor is None else float(found[1]) * factor
    if text.startswith(("calc(", "-webkit-calc(")) and len(text) < 200:
        return _calculate(text.partition("(")[2].removesuffix(")"), size, whole)
    return None


def parse_size(text: str, parent: float) -> float | None:
    """Return a font size in pixels. parent: that of the element around."""
    text = text.strip().lower()
    if text in ("smaller", "larger"):
        return parent * (0.83 if text == "smaller" else 1.2)
    return _SIZES[text] if text in _SIZES else parse_length(text, parent, parent)


def find_functions(text: str) -> list[tuple[str, list[str]]]:
    """Return the functions of a value such as `transform`, with their arguments."""
    return [(name.lower(), re.split(r"[\s,]+", inside.strip())) for name, inside in _FUNCTION.findall(text)]


def _calculate(text: str, size: float, whole: float) -> float | None:
    """Return what a sum of lengths is; None where it has more than numbers, operators and brackets."""

    def replace(found: re.Match[str]) -> str:
        pixels = parse_length(found[0], size, whole)
        return "None" if pixels is None else f"({pixels!r})"

    try:
        tree = ast.parse(re.sub(r"(?:\d+\.?\d*|\.\d+)(?:%|[a-z]+)?", replace, text).strip(), mode="eval")
        return _evaluate(tree.body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _evaluate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand)
    if isinstance(node, ast.BinOp):
        return _combine(node.op, _evaluate(node.left), _evaluate(node.right))
    raise ValueError("found more than a sum, expected numbers and operators")


def _combine(sign: ast.operator, left: float, right: float) -> float:
    match sign:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case _:
            raise ValueError(f"found {type(sign).__name__}, expected one of + - * /")
