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
    size = np.maximum(of.sum(axis=1) - 1, 1)  # without the space behind each
    wordy = of[:, LETTER : UNSPACED + 1].sum(axis=1)
    total = np.bincount(grams.rows, minlength=len(asked))
    told = np.array([_tell(one) for one in asked], np.float64)
    columns = (
        np.log1p(told[:, 0]),
        np.log1p(grams.words),
        wordy / np.maximum(grams.words, 1),
        of[:, DIGIT] / size,
        of[:, UPPER] / size,
        of[:, SYMBOL:].sum(axis=1) / size,
        np.log1p(of[:, NEWLINE]),
        np.log1p(of[:, QUESTION]),
        np.log1p(grams.numbers),
        of[:, MATHS] / size,
        of[:, CODE] / size,
        distinct / np.maximum(total, 1),
        of[:, UNSPACED] / size,
        told[:, 1],
        told[:, 2],
        np.log1p(told[:, 3]),
        np.log1p(told[:, 4]),
        np.log1p(told[:, 5]),
        told[:, 6],
        np.log1p(told[:, 7]),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _tell(asked: Asked) -> tuple[float, ...]:
    text = asked.text
    return (
        len(text),
        any(mark in text for mark in _LATEX),
        any(mark in text for mark in _PROGRAM),
        max(asked.before, 0),
        max(asked.turns, 0),
        max(asked.tools, 0),
        asked.schema,
        max(asked.images, 0),
    )
