"""Numbers about a request that need no words: length, digits, formulas, code, turns, tools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fen.routing.asked import Asked
from fen.routing.characters import (
    CLASSES,
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
from fen.routing.words import Grams, Passage

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


def measure(
    asked: Sequence[Asked], passage: Passage, grams: Grams, distinct: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return the statistics of requests, shape (n, len(STATISTICS)).

    distinct: different n-grams of each. Counts are of what was read of a text; `log_characters` is of all.
    """
    counts = np.bincount(passage.rows * CLASSES + passage.classes, minlength=CLASSES * len(asked))
    of = counts.reshape(len(asked), CLASSES).astype(np.float64)
    told = np.array([_tell(one) for one in asked], np.float64).reshape(len(asked), -1)
    size = np.maximum(of.sum(axis=1, keepdims=True) - 1, 1)  # without the space behind each
    words = grams.words[:, None]
    wordy, signs = of[:, LETTER : UNSPACED + 1].sum(axis=1), of[:, SYMBOL:].sum(axis=1)
    total = np.bincount(grams.rows, minlength=len(asked))
    counted = (told[:, _LENGTH, None], words, of[:, _COUNTED], grams.numbers[:, None], told[:, _TOLD])
    shares = np.concatenate([of[:, _SHARED], signs[:, None]], axis=1) / size
    others = np.stack([wordy / np.maximum(grams.words, 1), distinct / np.maximum(total, 1)], axis=1)
    columns = (np.log1p(np.concatenate(counted, axis=1)), shares, others, told[:, _FLAGS])
    # Row by row in memory: sums along a row that is spread out are made in another order than of one alone.
    return np.ascontiguousarray(np.concatenate(columns, axis=1)[:, _ORDER], np.float32)


# What `measure` puts side by side, by where it finds it.
_COUNTED, _SHARED = (NEWLINE, QUESTION), (DIGIT, UPPER, MATHS, CODE, UNSPACED)
_LENGTH, _TOLD, _FLAGS = 0, (1, 2, 3, 4), (5, 6, 7)
_SIDE_BY_SIDE = (
    *("log_characters", "log_words", "log_newlines", "log_questions", "log_numbers"),
    *("log_before", "log_turns", "log_tools", "log_images"),
    *("digits", "upper", "maths", "code", "unspaced", "symbols"),
    *("word_length", "distinct", "latex", "program", "schema"),
)
_ORDER = [_SIDE_BY_SIDE.index(name) for name in STATISTICS]


def _tell(asked: Asked) -> tuple[float, ...]:
    text = asked.text
    return (
        len(text),
        max(asked.before, 0),
        max(asked.turns, 0),
        max(asked.tools, 0),
        max(asked.images, 0),
        ("\\" in text or "$$" in text) and any(mark in text for mark in _LATEX),
        any(mark in text for mark in _PROGRAM),
        asked.schema,
    )
