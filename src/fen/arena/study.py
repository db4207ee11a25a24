"""A study: what is computed in the background of a board's votes, and takes too long for every vote."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from fen.arena.ballots import Ballots, Floats
from fen.arena.paying import NO_RATES, Cost, price_models
from fen.arena.rating.counts import Counts, count_votes
from fen.arena.rating.covariance import voter_covariance
from fen.arena.rating.fit import fit_counts
from fen.arena.rating.flips import votes_to_flip
from fen.arena.rating.style import StyleFit, fit_style
from fen.arena.sensitivity import Sensitivity, list_sensitivities
from fen.arena.standing import USUAL, Rules
from fen.arena.survey import Part
from fen.ledger import Fx

_FEWEST_VOTERS = 2
_FEWEST_VOTES = 5  # for each number that style control estimates


class Flip(msgspec.Struct, frozen=True):
    """The fewest votes of `below` over its upper neighbour that put it at or above that."""

    above: str
    below: str
    votes: int


class Clustered(msgspec.Struct, frozen=True):
    """The covariance of strengths where votes of one voter go together. models: in its order."""

    models: tuple[str, ...]
    covariance: Floats
    voters: int


class Styled(msgspec.Struct, frozen=True):
    """Strengths with style taken out, and the votes they were fitted to. fit: None where `why` says so."""

    counts: Counts
    fit: StyleFit | None
    why: str = ""


class Study(msgspec.Struct, frozen=True):
    """What a survey says of one board. last: the highest number of a vote that it knows."""

    last: int
    clustered: Clustered | None
    costs: dict[str, Cost]
    flips: tuple[Flip, ...]
    sensitivities: tuple[Sensitivity, ...]
    styled: Styled


def study_part(part: Part, last: int, rules: Rules = USUAL, rates: Fx = NO_RATES) -> Study:
    """Study a board's votes; takes seconds where there are a hundred models or a million votes."""
    ballots = part.ballots
    counts = count_votes(ballots)
    return Study(
        last,
        cluster(ballots, counts, rules),
        price_models(part.answers, rates),
        list_flips(counts, rules),
        list_sensitivities(ballots, counts, both_bad=rules.both_bad),
        control_style(ballots, counts, rules),
    )


def cluster(ballots: Ballots, counts: Counts, rules: Rules) -> Clustered | None:
    """Return the covariance by voters; None where fewer than two are known, or nobody is rated."""
    fit = fit_counts(counts, both_bad=rules.both_bad)
    voters = 0 if ballots.voter is None else len(np.unique(ballots.voter))
    if voters < _FEWEST_VOTERS or not len(fit.rated):
        return None
    models = tuple(counts.models[place] for place in map(int, fit.rated))
    return Clustered(models, voter_covariance(fit, ballots, both_bad=rules.both_bad), voters)


def list_flips(counts: Counts, rules: Rules) -> tuple[Flip, ...]:
    """Return for each two neighbours by strength, best first, how many votes would turn them around."""
    fit = fit_counts(counts, both_bad=rules.both_bad)
    order = [int(fit.rated[place]) for place in np.argsort(-fit.strength, kind="stable")]
    return tuple(
        Flip(
            counts.models[above],
            counts.models[below],
            votes_to_flip(counts, above, below, both_bad=rules.both_bad),
        )
        for above, below in pairwise(order)
    )


def control_style(ballots: Ballots, counts: Counts, rules: Rules) -> Styled:
    """Fit a board with style and side taken out; covariates that are 0 in every vote are left out."""
    names = [name for name, column in ballots.style.items() if bool(column.any())]
    rated = len(fit_counts(counts, both_bad=rules.both_bad).rated)
    needed = _FEWEST_VOTES * (rated + len(names) + 1)
    if not rated or len(ballots) < needed:
        return Styled(counts, None, f"found {len(ballots)} votes, expected at least {max(needed, 1)}")
    try:
        fit = fit_style(ballots, names, both_bad=rules.both_bad)
    except ValueError as error:
        return Styled(counts, None, str(error))
    return Styled(counts, fit)


def drop_models(counts: Counts, hidden: Sequence[str]) -> Counts:
    """Return counts without some models and all votes on them."""
    kept = [place for place, name in enumerate(counts.models) if name not in hidden]
    table = counts.table[np.ix_(range(len(counts.table)), kept, kept)]
    return Counts(tuple(counts.models[place] for place in kept), table)
