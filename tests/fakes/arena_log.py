"""Logs of votes as the arena's database would give them, drawn from a world whose truth is known."""

from __future__ import annotations

from decimal import Decimal

from fen.arena.ballots import OUTCOMES
from fen.arena.simulate import World, draw_ballots
from fen.arena.store import KeptVote
from fen.arena.store.log import AnswerCost, Priced
from fen.arena.vote import Vote
from fen.wire.money import Money
from tests.fakes.ballot_box import NOON


def dollars(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def draw_log(world: World, votes: int, seed: int = 0, voters: int = 50) -> list[Priced]:
    """Every other vote is on board `en`; an answer of model k costs k + 1 thousandths of a dollar."""
    drawn = draw_ballots(world, votes, seed, voters)
    assert drawn.voter is not None
    found: list[Priced] = []
    for row in range(votes):
        left, right = int(drawn.left[row]), int(drawn.right[row])
        vote = Vote(
            f"b{row}",
            f"v{int(drawn.voter[row])}",
            OUTCOMES[int(drawn.outcome[row])],
            NOON,
            categories=("en",) if row % 2 else (),
            style={name: float(column[row]) for name, column in drawn.style.items()},
        )
        costs = [(AnswerCost(dollars(f"0.00{at + 1}")),) for at in (left, right)]
        kept = KeptVote(row + 1, drawn.models[left], drawn.models[right], vote)
        found.append(Priced(kept, 0.1, NOON, *costs))
    return found
