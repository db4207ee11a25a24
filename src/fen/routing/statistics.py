"""Numbers about a request that need no words: length, digits, formulas, code, turns, tools."""

from __future__ import annotations

from math import log1p

from fen.routing.asked import Asked
from fen.routing.characters import (
    CODE,
    DIGIT,
    LETTER,
    MATHS,
    NEWLINE,
    QUESTION,
    SYMBOL,
    UNSPACED,
    UPPER,
)
from fen.routing.words import Grams

STATISTICS = (
    "log_characters",
    "log_words",
    "word_length",
    "digits",
    "upper",
    "symbols",
    "log_newlines",
    "log_questions",
    "log_numbers",
    "maths",
    "code",
    "distinct",
    "unspaced",
    "latex",
    "program",
    "log_before",
    "log_turns",
    "log_tools",
    "schema",
    "log_images",
)
"""Names of the columns. Those with `log_` are log(1 + count); `digits` to `unspaced` are shares of
characters, `distinct` of n-grams; `word_length` is characters of letters and digits for each word; `latex`,
`program` and `schema` are 0 or 1."""

_PROGRAM = ("```", "def ", "return ", "#include", "import ", "SELECT ", "function ", "class ", "</", "();")
_LATEX = ("\\frac", "\\(", "\\[", "$$", "\\begin", "\\sqrt", "\\times", "\\text")


def measure(asked: Asked, grams: Grams, distinct: int) -> list[float]:
    """Return the statistics of a request, as `STATISTICS` names them.

    distinct: different n-grams. Counts are of what was read of a text; `log_characters` is of all.
    """
    of, text = grams.classes.tolist(), asked.text
    size = max(sum(of), 1)
    total = len(grams.columns) - (1 if asked.tag else 0)
    return [
        log1p(len(text)),
        log1p(grams.words),
        sum(of[LETTER : UNSPACED + 1]) / max(grams.words, 1),
        of[DIGIT] / size,
        of[UPPER] / size,
        sum(of[SYMBOL:]) / size,
        log1p(of[NEWLINE]),
        log1p(of[QUESTION]),
        log1p(grams.numbers),
        of[MATHS] / size,
        of[CODE] / size,
        distinct / max(total, 1),
        of[UNSPACED] / size,
        ("\\" in text or "$$" in text) and any(mark in text for mark in _LATEX),
        any(mark in text for mark in _PROGRAM),
        log1p(max(asked.before, 0)),
        log1p(max(asked.turns, 0)),
        log1p(max(asked.tools, 0)),
        asked.schema,
        log1p(max(asked.images, 0)),
    ]
