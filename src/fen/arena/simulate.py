"""Synthetic voters: ballots whose truth is known, for trying a board before anybody votes."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.arena.ballots import Ballots, Floats
from fen.arena.rating.counts import BOTH_BAD, LEFT, RIGHT, TIE
from fen.arena.rating.fit import fit_wins


class World(msgspec.Struct, frozen=True):
    """What is true of the models and of who votes, in natural log-odds.

    strength: of each model, shape (n,). nu: weight of ties (Davidson 1970). both_bad: the share of ties that
    are votes against both. taste: the standard deviation of a voter's own liking of each model. side: how
    much the left answer is preferred for being there. style: by name, the coefficient of each covariate.
    """

    strength: Floats
    nu: float = 0.5
    both_bad: float = 0.3
    taste: float = 0.0
    side: float = 0.0
    style: dict[str, float] = {}

    def with_habits(
        self, nu: float, both_bad: float, taste: float, side: float, style: dict[str, float]
    ) -> World:
        """Return the same models before other voters."""
        return World(self.strength, nu, both_bad, taste, side, style)


def draw_world(models: int, seed: int, spread: float = 0.7) -> World:
    """Return models whose strengths are normal with the given deviation, adding up to 0."""
    strength = np.random.default_rng(seed).normal(0.0, spread, models)
    return World(strength - strength.mean())


def draw_ballots(world: World, votes: int, seed: int, voters: int | None = None) -> Ballots:
    """Draw votes on pairs that are drawn evenly; each voter casts about as many as each other.

    voters: how many; None for ballots without voters, and then without tastes.
    """
    random = np.random.default_rng(seed)
    n = len(world.strength)
    left = random.integers(0, n, votes, dtype=np.int32)
    right = ((left + random.integers(1, n, votes, dtype=np.int32)) % n).astype(np.int32)
    ahead = world.strength[left] - world.strength[right] + world.side
    voter = None
    if voters is not None:
        voter = random.integers(0, voters, votes, dtype=np.int32)
        if world.taste:
            liking = random.normal(0.0, world.taste, (voters, n))
            ahead += liking[voter, left] - liking[voter, right]
    style = {name: random.standard_normal(votes) for name in world.style}
    for name, coefficient in world.style.items():
        ahead += coefficient * style[name]
    outcome = draw_outcomes(ahead, world, random)
    models = tuple(f"model-{place:0{len(str(n - 1))}d}" for place in range(n))
    return Ballots(models, left, right, outcome, voter, style)


def find_truth(world: World) -> Floats:
    """Return the strengths that endlessly many votes give: pairs and sides drawn evenly, ties as half a win.

    Voters' tastes and the styles of answers, none of which such a board knows, are averaged over: together
    they are normal (by Gauss and Hermite's quadrature).
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    width = np.sqrt(2 * world.taste**2 + sum(one**2 for one in world.style.values()))
    apart = world.strength[:, None] - world.strength[None, :]
    wins = np.zeros_like(apart)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        for side in (world.side, -world.side):
            ahead = apart + node * width + side
            up, down = np.exp(ahead / 2), np.exp(-ahead / 2)
            wins += weight / 2 * (up + world.nu / 2) / (up + down + world.nu)
    np.fill_diagonal(wins, 0.0)
    return fit_wins(np.arange(len(wins)), wins).strength


def draw_outcomes(ahead: Floats, world: World, random: np.random.Generator) -> NDArray[np.int8]:
    """Draw an outcome for each lead of the left answer, shape (N,)."""
    up, down = np.exp(ahead / 2), np.exp(-ahead / 2)
    chance = random.random(len(ahead)) * (up + down + world.nu)
    outcome = np.full(len(ahead), TIE, np.int8)
    outcome[chance < up + down] = RIGHT
    outcome[chance < up] = LEFT
    tied = outcome == TIE
    outcome[tied & (random.random(len(ahead)) < world.both_bad)] = BOTH_BAD
    return outcome
