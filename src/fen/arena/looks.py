"""Looks: what of an answer is style and not substance, counted, for style control.

Covariates as of published arenas: length in tokens, headers, list items and bold passages of Markdown. Of the
two sides the normalised difference (left - right) / (left + right) counts, so that one header more matters
among few and not among many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fen.arena.battle import Answer, Battle

_FENCED = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)\s*$", re.MULTILINE | re.DOTALL)
_COUNTED = {
    "headers": re.compile(r"^ {0,3}#{1,6}\s+\S", re.MULTILINE),
    "lists": re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+\S", re.MULTILINE),
    "bold": re.compile(r"\*\*\S(?:[^*\n]*\S)?\*\*|__\S(?:[^_\n]*\S)?__"),
}
_PIECE = re.compile(r"[一-鿿぀-ヿ가-힣]|\w+|[^\w\s]")

STYLES = ("length", *_COUNTED)
"""The covariates' names."""


def measure_looks(answers: Sequence[Answer]) -> dict[str, float]:
    """Return the sums of each covariate over a side's answers; code in fences has no headers."""
    found = dict.fromkeys(STYLES, 0.0)
    for answer in answers:
        found["length"] += answer.output_tokens or len(_PIECE.findall(answer.text))
        prose = _FENCED.sub("", answer.text)
        for name, pattern in _COUNTED.items():
            found[name] += len(pattern.findall(prose))
    return found


def compare_looks(battle: Battle) -> dict[str, float]:
    """Return by how much more the left side has of each covariate, -1 to 1."""
    left = measure_looks([turn.left for turn in battle.answered])
    right = measure_looks([turn.right for turn in battle.answered])
    return {
        name: (left[name] - right[name]) / whole if (whole := left[name] + right[name]) else 0.0
        for name in STYLES
    }
