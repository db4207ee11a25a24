"""Answers read out of what a model wrote: numbers, letters, formulas, words."""

from fen.evals.extract.boxed import find_boxed
from fen.evals.extract.latex import equal_formulas, find_formula
from fen.evals.extract.letters import find_letter
from fen.evals.extract.numbers import equal_numbers, find_number, is_number
from fen.evals.extract.words import find_line, find_option, normalise_words

__all__ = [
    "equal_formulas",
    "equal_numbers",
    "find_boxed",
    "find_formula",
    "find_letter",
    "find_line",
    "find_number",
    "find_option",
    "is_number",
    "normalise_words",
]
