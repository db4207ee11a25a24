"""A battle: one prompt, two answers side by side, and nothing by which the voter can tell who wrote them.

The story of a battle:

draw     two models, by a rule that says with which chance it drew them
ask      both through the pipeline, each as any client's call: priced, limited, guarded, recorded
show     both answers at one rhythm, that of neither of them
vote     one of four outcomes, once; what spoils a vote is written beside it, and nothing is deleted
reveal   who it was and what each answer cost
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from fen.wire.money import Money

Side = Literal["left", "right"]

SIDES: tuple[Side, Side] = ("left", "right")

State = Literal["open", "voted", "failed"]
"""`open`: may be gone on with and voted on. `failed`: one side had no answer, so there is nothing to vote."""


INTERRUPTED = "interrupted"
"""The error of an answer that its voter, or this process, did not wait for."""


class Contender(msgspec.Struct, frozen=True):
    """A model in the arena.

    model: the id that the pipeline is asked for. name: under which it stands on a board: the id, or the
    codename of one that is hidden. settings: further members of its requests, such as a temperature.
    vision: whether it may be shown images. board: the board that its votes count on; a revealed model's
    earlier votes stay on the board of its codename.
    """

    name: str
    model: str
    settings: dict[str, Any] = {}
    vision: bool = False
    stealth: bool = False


class Pair(msgspec.Struct, frozen=True):
    """Who meets whom. propensity: the chance with which this pair, in either order, was drawn."""

    left: str
    right: str
    propensity: float


class Answer(msgspec.Struct, frozen=True):
    """One side's answer to one turn; cost is None where a price is not known.

    error: why it is not whole; for those who run the arena, and never shown to a voter.
    """

    text: str
    output_tokens: int = 0
    cost: Money | None = None
    seconds: float = 0.0
    request_id: str = ""
    error: str | None = None


class Turn(msgspec.Struct, frozen=True):
    """What the voter said, in OpenAI's message format, and both answers."""

    content: str | list[dict[str, Any]]
    left: Answer
    right: Answer

    @property
    def whole(self) -> bool:
        """Whether both sides answered."""
        return self.left.error is None and self.right.error is None


class Draft(msgspec.Struct, frozen=True):
    """What both sides of the turn under way have said so far."""

    left: str = ""
    right: str = ""


class Hold(msgspec.Struct, frozen=True):
    """Who runs a turn: a number by chance. until: when another may take the turn for dead."""

    holder: int
    until: datetime


class Battle(msgspec.Struct, frozen=True):
    """One battle.

    id: opaque, and says nothing of the models. voter: who may vote; an opaque name. shown: when both answers
    of the last turn had been shown whole; None before. spoilt: whether a claim of an identity was seen while
    the answers came; a vote is judged by the texts themselves.
    """

    id: str
    pair: Pair
    voter: str
    started: datetime
    turns: tuple[Turn, ...] = ()
    state: State = "open"
    shown: datetime | None = None
    spoilt: bool = False

    @property
    def answered(self) -> tuple[Turn, ...]:
        """The turns that both sides answered; the others are kept for the record alone."""
        return tuple(turn for turn in self.turns if turn.whole)

    def messages(self, side: Side) -> list[dict[str, Any]]:
        """Return the conversation as one side has seen it, without turns that had no two answers."""
        said: list[dict[str, Any]] = []
        for turn in self.answered:
            answer = turn.left if side == "left" else turn.right
            said.append({"role": "user", "content": turn.content})
            said.append({"role": "assistant", "content": answer.text})
        return said


def list_texts(battle: Battle) -> Sequence[str]:
    """Return what both sides wrote, turn by turn, left before right."""
    return [answer.text for turn in battle.turns for answer in (turn.left, turn.right)]
