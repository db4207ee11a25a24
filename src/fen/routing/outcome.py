"""What is known of answers that were given: how right each was, and which of two was liked better."""

from __future__ import annotations

from typing import Literal

import msgspec

from fen.routing.asked import Asked
from fen.wire.money import Money

Winner = Literal["a", "b", "tie", "both_bad"]
"""Who won a vote: either model, neither because both were good, or neither because none was."""


class Outcome(msgspec.Struct, frozen=True):
    """One model's answer to one request.

    score: 0 for wrong to 1 for right. cost: what it cost; None where that is not known. output_tokens: all
    that the model wrote, reasoning within it; reasoning_tokens: the part that is reasoning; None where they
    are not known. answer: its text, of which a verifier learns. finish: why it ended, in OpenAI's words.
    source: where it is from, `file`, `evals` or `feedback`.
    """

    asked: Asked
    model: str
    score: float
    cost: Money | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    answer: str | None = None
    finish: str | None = None
    source: str = "file"


class Vote(msgspec.Struct, frozen=True):
    """What somebody said of two models' answers to one request."""

    asked: Asked
    model_a: str
    model_b: str
    winner: Winner
    source: str = "file"


class Evidence(msgspec.Struct, frozen=True):
    """All that a fit learns from."""

    outcomes: tuple[Outcome, ...] = ()
    votes: tuple[Vote, ...] = ()

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.outcomes + other.outcomes, self.votes + other.votes)
