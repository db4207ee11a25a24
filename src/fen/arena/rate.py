"""Rating a file of votes: from a table to what is shown of each model."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from fen.arena.ballots import Ballots, Codes, Floats
from fen.arena.files.table import VoteTable
from fen.arena.rating.counts import BOTH_BAD, Counts, count_votes
from fen.arena.rating.covariance import voter_covariance
from fen.arena.rating.davidson import find_scale, fit_davidson
from fen.arena.rating.fit import Fit, find_main_component, fit_counts
from fen.arena.rating.scale import POINTS
from fen.arena.rating.style import StyleFit, fit_style
from fen.arena.rating.style_voters import style_voter_covariance
from fen.arena.rating.weighted import fit_weighted, weigh_votes
from fen.arena.standing import USUAL, Rules, Standing, stand, stand_fitted
from fen.wire.errors import InvalidRequest

_FARTHEST = 15.0  # log-odds; beyond it, a style tells winners from losers, and no coefficient is the best


class Wanted(msgspec.Struct, frozen=True):
    """How a file is to be rated.

    clustered: whether votes of one voter may go together; None where the file has voters. style: whether what
    answers look like is taken out. weighted: whether each vote counts by the inverse of its propensity.
    """

    rules: Rules = USUAL
    category: str | None = None
    clustered: bool | None = None
    style: bool = False
    weighted: bool = False


class RatedModel(msgspec.Struct, frozen=True):
    """One model, as `Standing` says it, and more.

    cost: the median of what its answers cost. without_both_bad, davidson: its rating where votes against both
    are left out, and where ties are an outcome of their own (rescaled to the board); None where it has none.
    """

    model: str
    rating: float | None
    low: float | None
    high: float | None
    rank_low: int | None
    rank_high: int | None
    votes: int
    group: int | None = None
    both_bad: float | None = None
    cost: float | None = None
    without_both_bad: float | None = None
    davidson: float | None = None
    why: str = ""


class Coefficient(msgspec.Struct, frozen=True):
    """How much a style is preferred, in natural log-odds of one unit of it, with its 95% interval."""

    style: str
    value: float
    low: float
    high: float


class Rated(msgspec.Struct, frozen=True):
    """What a file says. level: styles in which no two answers differ, so that nothing can be said of them."""

    models: tuple[RatedModel, ...]
    votes: int
    clustered: bool
    styles: tuple[Coefficient, ...] = ()
    level: tuple[str, ...] = ()
    left_out: Mapping[str, int] = {}


AS_USUAL = Wanted()


def rate_votes(table: VoteTable, wanted: Wanted = AS_USUAL) -> Rated:
    """Rate a table.

    Raises InvalidRequest for a category or an anchor that it has not, voters or propensities that are wanted
    and missing, or styles that are missing, that say the same as each other, or that tell every winner.
    """
    if wanted.category is not None:
        table = table.of_category(wanted.category)
    ballots = table.ballots
    _check(ballots, wanted)
    clustered = ballots.voter is not None and wanted.clustered is not False
    counts = count_votes(ballots)
    fit = fit_counts(counts, both_bad=wanted.rules.both_bad)
    styles: tuple[Coefficient, ...] = ()
    level: tuple[str, ...] = ()
    if wanted.style and len(fit.rated):
        ballots, level = _drop_level(ballots, fit, wanted)
        styled, scales = _fit_style(ballots, wanted)
        covariances = _find_covariances(styled, ballots, wanted, clustered=clustered)
        standings = stand_fitted(counts, styled.rated, styled.strength, covariances, wanted.rules)
        styles = _describe_styles(styled, scales)
    elif wanted.weighted and len(fit.rated):
        weighted, covariance = fit_weighted(weigh_votes(ballots), both_bad=wanted.rules.both_bad)
        standings = stand_fitted(counts, weighted.rated, weighted.strength, covariance, wanted.rules)
    else:
        wider = [voter_covariance(fit, ballots, both_bad=wanted.rules.both_bad)] if clustered else []
        standings = stand(counts, wanted.rules, wider)
    models = _describe_models(table, counts, standings, wanted.rules)
    return Rated(models, len(ballots), clustered and not wanted.weighted, styles, level, table.left_out)


def _check(ballots: Ballots, wanted: Wanted) -> None:
    if wanted.clustered and ballots.voter is None:
        raise InvalidRequest("voter: found none, expected one of each vote to count by voters", param="voter")
    if wanted.rules.anchor is not None and wanted.rules.anchor not in ballots.models:
        known = ", ".join(ballots.models[:20])
        raise InvalidRequest(f"anchor: found the models {known}, expected {wanted.rules.anchor} too")
    if wanted.weighted and wanted.style:
        raise InvalidRequest("found both styles and weights, expected one of them: a fit has only one")
    chances = ballots.propensity
    if wanted.weighted and (chances is None or not bool((chances > 0).all())):
        raise InvalidRequest("propensity: found votes without one, expected one of each to weight by it")
    if wanted.style and not ballots.style:
        raise InvalidRequest("style: found no column of numbers such as length, expected one at least")
    for name, column in ballots.style.items() if wanted.style else ():
        if missing := int(np.isnan(column).sum()):
            raise InvalidRequest(f"style: found {missing} votes without {name}, expected it of each vote")


def _drop_level(ballots: Ballots, fit: Fit, wanted: Wanted) -> tuple[Ballots, tuple[str, ...]]:
    """Return ballots without styles that are the same in every vote that is fitted."""
    rated = np.zeros(len(ballots.models), bool)
    rated[fit.rated] = True
    kept = rated[ballots.left] & rated[ballots.right]
    if not wanted.rules.both_bad:
        kept &= ballots.outcome != BOTH_BAD
    level = tuple(name for name, one in ballots.style.items() if np.ptp(one[kept]) == 0.0)
    style = {name: one for name, one in ballots.style.items() if name not in level}
    return msgspec.structs.replace(ballots, style=style), level


def _fit_style(ballots: Ballots, wanted: Wanted) -> tuple[StyleFit, Floats]:
    """Fit with each style in units of its largest value, and return these too, 1 for the side."""
    scales = [float(np.abs(one).max()) for one in ballots.style.values()]
    style = {name: one / scale for (name, one), scale in zip(ballots.style.items(), scales, strict=True)}
    try:
        fit = fit_style(msgspec.structs.replace(ballots, style=style), both_bad=wanted.rules.both_bad)
    except ValueError as error:
        raise InvalidRequest(f"style: {error}") from None
    found = np.concatenate([fit.strength, fit.coefficient])
    if not bool(np.isfinite(found).all()) or float(np.abs(found).max()) > _FARTHEST:
        raise InvalidRequest(
            "style: found styles that tell the winner of every vote, expected votes that go both ways"
        )
    return fit, np.array([*scales, 1.0])


def _find_covariances(
    fit: StyleFit, ballots: Ballots, wanted: Wanted, *, clustered: bool
) -> tuple[Floats, ...]:
    m = len(fit.rated)
    covariances = [fit.covariance]
    if clustered:
        scales = {name: float(np.abs(one).max()) for name, one in ballots.style.items()}
        style = {name: one / scales[name] for name, one in ballots.style.items()}
        scaled = msgspec.structs.replace(ballots, style=style)
        covariances.append(style_voter_covariance(fit, scaled, both_bad=wanted.rules.both_bad))
    return tuple(one[:m, :m] for one in covariances)


def _describe_styles(fit: StyleFit, scales: Floats) -> tuple[Coefficient, ...]:
    m = len(fit.rated)
    value = fit.coefficient / scales
    reach = 1.959963984540054 * np.sqrt(np.diag(fit.covariance)[m:]) / scales
    return tuple(
        Coefficient(name, float(one), float(one - wide), float(one + wide))
        for name, one, wide in zip(fit.names, value, reach, strict=True)
    )


def _describe_models(
    table: VoteTable, counts: Counts, standings: tuple[Standing, ...], rules: Rules
) -> tuple[RatedModel, ...]:
    costs = find_median_costs(table)
    plain = {one.model: one.rating for one in stand(counts, msgspec.structs.replace(rules, both_bad=False))}
    davidson = _rate_davidson(counts, rules, standings)
    return tuple(
        RatedModel(
            one.model,
            one.rating,
            one.low,
            one.high,
            one.rank_low,
            one.rank_high,
            one.votes,
            one.group,
            one.both_bad,
            costs.get(one.model),
            plain.get(one.model),
            davidson.get(one.model),
            one.why,
        )
        for one in standings
    )


def _rate_davidson(counts: Counts, rules: Rules, standings: tuple[Standing, ...]) -> dict[str, float]:
    """Return Davidson's ratings, stretched and shifted to lie closest to the board's."""
    shown = {one.model: one.rating for one in standings if one.rating is not None}
    clear, _ = counts.decided(both_bad=rules.both_bad)
    if not shown or len(find_main_component(clear)) != len(shown):
        return {}  # with ties as an outcome of their own, some model would be infinitely far
    fit = fit_davidson(counts, both_bad=rules.both_bad)
    names = [counts.models[at] for at in map(int, fit.rated)]
    if not names or set(names) != set(shown) or not bool(fit.strength.any()):
        return {}
    given = np.array([shown[name] for name in names])
    centre = given.mean()
    scale = find_scale(fit.strength * POINTS, given - centre)
    return dict(zip(names, (fit.strength * POINTS * scale + centre).tolist(), strict=True))


def find_median_costs(table: VoteTable) -> dict[str, float]:
    """Return the median cost of an answer by model, of those with a known one."""
    models: list[Codes] = []
    sides: list[Floats] = []
    ballots = table.ballots
    for column, cost in ((ballots.left, table.left_cost), (ballots.right, table.right_cost)):
        if cost is not None:
            known = ~np.isnan(cost)
            models.append(column[known])
            sides.append(cost[known])
    if not models:
        return {}
    model, cost = np.concatenate(models), np.concatenate(sides)
    order = np.argsort(model, kind="stable")
    numbers, starts = np.unique(model[order], return_index=True)
    parts = np.split(cost[order], starts[1:])
    names = (ballots.models[int(number)] for number in numbers)
    return {name: float(np.median(part)) for name, part in zip(names, parts, strict=True)}
