"""Scorers that several suites share; each reads the last response's text and asks nobody.

number/1    the answer's number is the target, exactly
letter/1    the answer picks the target's letter
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.evals.extract import equal_numbers, find_letter, find_number
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, grade
from fen.evals.suite import Aids


class Pick(msgspec.Struct, frozen=True):
    """The target of a multiple choice: the right letter, and the letters that there are."""

    letter: str
    of: str = "ABCD"


async def score_number(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Judge an answer that ends in a number; the target is the number as text."""
    found = find_number(responses[-1].text)
    return grade(right=found is not None and equal_numbers(found, str(sample.target)), answer=found)


async def score_letter(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Judge an answer that picks a letter; the target is a `Pick` as JSON."""
    pick = msgspec.convert(sample.target, Pick)
    found = find_letter(responses[-1].text, pick.of)
    return grade(right=found == pick.letter, answer=found)
