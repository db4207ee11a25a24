"""The reveal: what a voter is told once the vote is cast, and of their own votes later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from fen.arena.ballots import Outcome
from fen.arena.battle import Answer, Battle
from fen.arena.vote import Vote
from fen.wire.errors import InvalidRequest
from fen.wire.money import Money, plain


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Outcome


def read_outcome(body: bytes) -> Outcome:
    """Read `{"outcome": ...}`; raises InvalidRequest."""
    try:
        return msgspec.json.decode(body, type=_Body).outcome
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(
            f"found a body that is no vote ({error}), expected an outcome: left, right, tie or both_bad",
            param="outcome",
        ) from None


class Held(Protocol):
    """A vote as it holds now, and who met whom."""

    @property
    def vote(self) -> Vote:
        """The vote."""
        ...

    @property
    def left(self) -> str:
        """The left side's name on the board."""
        ...

    @property
    def right(self) -> str:
        """The right side's."""
        ...


def describe_vote(held: Held) -> dict[str, Any]:
    """Return a voter's own vote as JSON-ready facts: whether it counts, and why not."""
    vote = held.vote
    return {
        "battle": vote.battle,
        "at": vote.at,
        "outcome": vote.outcome,
        "counted": vote.counts,
        "reasons": list(vote.void),
        "left": held.left,
        "right": held.right,
    }


def describe_reveal(battle: Battle, held: Held, *, accepted: bool) -> dict[str, Any]:
    """Return who it was and what each side's answers cost, beside the vote that stands.

    accepted: whether that is the one handed in now; of a voter's votes on a battle the first stands.
    """
    sides = {
        "left": _describe_side(battle.pair.left, [turn.left for turn in battle.answered]),
        "right": _describe_side(battle.pair.right, [turn.right for turn in battle.answered]),
    }
    return describe_vote(held) | {"accepted": accepted} | sides


def _describe_side(name: str, answers: Sequence[Answer]) -> dict[str, Any]:
    cost = add_costs(answers)
    return {
        "name": name,
        "cost": None if cost is None else {"amount": plain(cost.amount), "currency": cost.currency},
        "output_tokens": sum(answer.output_tokens for answer in answers),
        "seconds": round(sum(answer.seconds for answer in answers), 3),
    }


def add_costs(answers: Sequence[Answer]) -> Money | None:
    """Return what answers cost together; None where one's cost is not known, or currencies differ."""
    costs = [answer.cost for answer in answers]
    total = costs[0] if costs else None
    for cost in costs[1:]:
        if total is None or cost is None or cost.currency != total.currency:
            return None
        total = total + cost
    return total
