"""Why an answer has the length that it has: its ending told, and its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec

from fen.evals.lengths.count import count_length
from fen.evals.lengths.repetition import find_repetition
from fen.evals.lengths.score import ENOUGH, LEAST, score_length
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Outcome, Score, find_end
from fen.evals.suite import Aids
from fen.hierarchy.suite.refusal import refuses

Ending = Literal["done", "too_long", "early_stop", "cap", "refusal", "repetition"]
"""`done`: about the length asked for. `too_long`: S_l is below that of an answer just long enough.
`early_stop`: the model ended by itself, too short. `cap`: a limit cut it. `repetition`: it loops, whatever
its length. `refusal`: it declines, or says that it cannot write so much, and writes nearly nothing."""

ENDINGS: tuple[Ending, ...] = get_args(Ending)

_OUTCOMES: Mapping[Ending, Outcome] = {"done": "correct", "cap": "truncated", "refusal": "refused"}

_DECLINED = 0.1
"""The share of the length below which words of refusal are one; a longer answer was written all the same."""


class Measured(msgspec.Struct, frozen=True):
    """A length asked for and what came; kept as a score's `detail`.

    written, asked: Chinese characters plus Latin words. ratio: written / asked. s_l: 0 to 100. repeated: the
    share of the text that was there before. continued: asked through Fen's continuation.
    """

    asked: int
    written: int
    ratio: float
    s_l: float
    ending: Ending
    repeated: float
    continued: bool = False


def measure(asked: int, response: Response, *, continued: bool = False) -> Measured:
    """Return how long a response is, and why."""
    written = count_length(response.text)
    repetition = find_repetition(response.text)
    ratio = written / asked
    s_l = score_length(asked, written)
    ending = _tell_ending(response, ratio, s_l, repetition.loops)
    return Measured(asked, written, ratio, s_l, ending, max(repetition.share, repetition.tail), continued)


def _tell_ending(response: Response, ratio: float, s_l: float, loops: bool) -> Ending:
    if response.refused or (ratio < _DECLINED and refuses(response.text)):
        return "refusal"
    if loops:
        return "repetition"
    if response.cut:
        return "cap"
    if ratio < ENOUGH:
        return "early_stop"
    return "done" if s_l >= LEAST else "too_long"


async def score_written(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Score a sample whose target has the `length` asked for: value is S_l / 100, detail is `Measured`.

    Correct is an answer whose S_l is at least that of one just long enough, and that does not loop. What a
    limit cut is truncated, and its length counts all the same.
    """
    response = responses[-1]
    end = find_end(response, judges_cut=True)
    if end is not None and end.outcome != "refused":
        return end
    target: dict[str, Any] = sample.target
    measured = measure(target["length"], response, continued=target.get("continued", False))
    outcome = "refused" if end is not None else _OUTCOMES.get(measured.ending, "wrong")
    value = 0.0 if outcome == "refused" else measured.s_l / 100
    return Score(outcome, value, f"{measured.written} of {measured.asked}", msgspec.to_builtins(measured))
