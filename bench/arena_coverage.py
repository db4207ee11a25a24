"""How often intervals hold the truth, and how often equal models are told apart, over simulated boards.

A board has 15 models that have met each other often, and 5 newcomers with 30 votes each, from 300 points
below to 400 above. Votes are drawn as counts. The truth is the maximiser of the expected log-likelihood under
the board's own distribution of pairs, ties as half a win.

Apart from these, boards of voters with tastes of their own: how often intervals by votes hold, intervals by
voters, and the wider of the two, which is what a board shows.
"""

import numpy as np

from bench.figures import Figures
from fen.arena.ballots import Floats
from fen.arena.rating.counts import BOTH_BAD, LEFT, RIGHT, TIE, Counts, Table, count_votes
from fen.arena.rating.covariance import vote_covariance, voter_covariance
from fen.arena.rating.fit import Fit, fit_counts, fit_wins
from fen.arena.rating.ranks import rank_models
from fen.arena.rating.scale import POINTS
from fen.arena.simulate import World, draw_ballots, draw_world

OLD, NEW = 15, (-300.0, -120.0, 50.0, 230.0, 400.0)
MET = 100.0  # votes of each ordered pair of old models, on average
FIRST = 30  # votes of each newcomer
NU = 0.6
TASTE = 0.6
LEAST, MOST, MOST_WIDER = 0.93, 0.97, 0.985
_Z = 1.959963984540054


def measure_coverage(boards: int, equal: int, seed: int = 0) -> Figures:
    """Return coverage among old and new models, the share that was unrated, and false separations."""
    random = np.random.default_rng(seed)
    strength = np.concatenate([random.normal(0.0, 120.0, OLD), NEW]) / POINTS
    chances, pairs = outcome_chances(strength), expected_pairs()
    truth = fit_wins(np.arange(len(strength)), expected_wins(chances, pairs)).strength
    held: list[tuple[int, bool]] = []
    unrated = 0
    for _ in range(boards):
        counts = draw_counts(chances, pairs, random)
        fit = fit_counts(counts)
        unrated += len(strength) - len(fit.rated)
        held += check(fit, counts, truth)
    groups = {
        "coverage": [right for _, right in held],
        "coverage_old": [right for place, right in held if place < OLD],
        "coverage_new": [right for place, right in held if place >= OLD],
    }
    figures = {name: float(np.mean(rights)) for name, rights in groups.items()}
    miss = [max(0.0, LEAST - share, share - MOST) * 100 for share in figures.values()]
    figures["coverage_miss"] = max(miss)
    figures["unrated_share"] = unrated / (boards * len(strength))
    figures |= measure_tastes(max(10, boards // 10), seed)
    return figures | {"false_separation": separate_equals(equal, random)}


def measure_tastes(boards: int, seed: int) -> Figures:
    """Return coverage of intervals by votes, by voters, and of the wider, where voters differ."""
    world = World(draw_world(15, seed).strength, nu=NU, taste=TASTE)
    truth = fit_wins(np.arange(15), tasteful_wins(world)).strength
    held: list[Floats] = []
    for board in range(boards):
        drawn = draw_ballots(world, 300 * 40, seed + 1 + board, voters=300)
        counts = count_votes(drawn)
        fit = fit_counts(counts)
        errors = [
            np.sqrt(np.diag(one)) for one in (vote_covariance(fit, counts), voter_covariance(fit, drawn))
        ]
        errors.append(np.maximum(*errors))
        held.append(np.array([np.abs(fit.strength - truth) <= _Z * error for error in errors]).mean(axis=1))
    votes, voters, wider = np.mean(held, axis=0).tolist()
    return {
        "coverage_tastes_by_vote": votes,
        "coverage_tastes_by_voter": voters,
        "coverage_tastes_wider": wider,
        "taste_miss": max(0.0, LEAST - wider, wider - MOST_WIDER) * 100,
    }


def tasteful_wins(world: World) -> Floats:
    """Return the expected wins, pairs drawn evenly, over all voters' tastes (Gauss-Hermite)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    apart = world.strength[:, None] - world.strength[None, :]
    wins = np.zeros_like(apart)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        ahead = apart + node * world.taste * np.sqrt(2)
        up, down = np.exp(ahead / 2), np.exp(-ahead / 2)
        wins += weight * (up + world.nu / 2) / (up + down + world.nu)
    np.fill_diagonal(wins, 0.0)
    return wins


def check(fit: Fit, counts: Counts, truth: Floats) -> list[tuple[int, bool]]:
    """Return, of each rated model, whether its interval holds the truth."""
    inside = truth[fit.rated] - truth[fit.rated].mean()
    reach = _Z * np.sqrt(np.diag(vote_covariance(fit, counts)))
    rights = np.abs(fit.strength - inside) <= reach
    return [(int(place), bool(right)) for place, right in zip(fit.rated, rights, strict=True)]


def separate_equals(boards: int, random: np.random.Generator) -> float:
    """Return the share of boards of equal models on which any two are told apart."""
    chances, pairs = outcome_chances(np.zeros(OLD)), np.full((OLD, OLD), MET)
    np.fill_diagonal(pairs, 0.0)
    false = 0
    for board in range(boards):
        counts = draw_counts(chances, pairs, random)
        fit = fit_counts(counts)
        ranks = rank_models(fit.strength, vote_covariance(fit, counts), seed=board)
        false += int(ranks.high.min()) < len(fit.rated)
    return false / max(1, boards)


def outcome_chances(strength: Floats) -> Floats:
    """Return the chance of each outcome for each ordered pair, ties by Davidson, shape (4, n, n)."""
    apart = strength[:, None] - strength[None, :]
    up, down = np.exp(apart / 2), np.exp(-apart / 2)
    whole = up + down + NU
    chances = np.empty((4, *apart.shape))
    chances[LEFT], chances[RIGHT] = up / whole, down / whole
    chances[TIE], chances[BOTH_BAD] = 0.7 * NU / whole, 0.3 * NU / whole
    return chances


def expected_pairs() -> Floats:
    """Return the votes that each ordered pair gets on average, shape (n, n)."""
    n = OLD + len(NEW)
    pairs = np.zeros((n, n))
    pairs[:OLD, :OLD] = MET
    pairs[OLD:, :OLD] = FIRST / OLD
    np.fill_diagonal(pairs, 0.0)
    return pairs


def expected_wins(chances: Floats, pairs: Floats) -> Floats:
    drawn = pairs * (chances[TIE] + chances[BOTH_BAD])
    return pairs * chances[LEFT] + (pairs * chances[RIGHT]).T + (drawn + drawn.T) / 2


def draw_counts(chances: Floats, pairs: Floats, random: np.random.Generator) -> Counts:
    """Draw a board: old pairs by Poisson, each newcomer exactly its votes, and their outcomes."""
    n = len(pairs)
    met = random.poisson(pairs)
    for place in range(OLD, n):
        met[place, :OLD] = random.multinomial(FIRST, np.full(OLD, 1 / OLD))
    table: Table = np.moveaxis(random.multinomial(met, np.moveaxis(chances, 0, -1)), -1, 0).copy()
    return Counts(tuple(f"m{place:02d}" for place in range(n)), table.astype(np.int64))
