"""Learning how good models are at what: from scores, with holes, and votes.

weigh     rare words count more; statistics and tags beside them
place     requests in a latent space, where near ones are alike
hold out  by chance, to choose how much is shrunk and how views are blended; by cluster, for foreign requests
fit       on all
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.features import Rows
from fen.routing.quality.blend import blend, cut, fit_blend
from fen.routing.quality.calibrate import fit_lines
from fen.routing.quality.design import Single, fit_design
from fen.routing.quality.familiar import Familiarity, cluster, fit_familiarity, fit_usual
from fen.routing.quality.heads import Cast, Doubles, Evidence, Votes, expit, fit_heads, no_votes
from fen.routing.quality.held import Held, Material, choose_penalty, deal, hold_out
from fen.routing.quality.model import QualityModel
from fen.routing.quality.neighbours import DIMENSIONS, fit_projection, place_requests, remember
from fen.wire.errors import InvalidRequest

FEWEST = 20
"""Requests below which nothing is fitted."""

_FOLDS, _CLUSTERS, _SEED = 4, 4, 7
_GROUPS = 24  # clusters by whose means doubt is measured
_LEAST = 0.01  # variance of a logit that is never believed to be smaller


class Trial(msgspec.Struct, frozen=True):
    """What was predicted for training requests that were held out: p, shape (n, m), and familiar, (n,).

    parts: the fold of each.
    """

    parts: NDArray[np.intp]
    p: Single
    familiar: Single


class Lesson(msgspec.Struct, frozen=True):
    """A model, and what it is worth: near, held out by chance; far, by cluster."""

    model: QualityModel
    near: Trial
    far: Trial


def learn(
    rows: Rows,
    scores: Doubles,
    models: Sequence[str],
    tags: Sequence[str | None],
    votes: Votes | None = None,
    bits: int = 22,
) -> Lesson:
    """Learn from scores between 0 and 1, shape (n, m), NaN where a model was not asked, and votes on rows.

    Raises InvalidRequest for fewer than `FEWEST` requests, and for scores outside 0 to 1.
    """
    evidence = _gather(scores, votes)
    if len(rows) < FEWEST:
        raise InvalidRequest(f"found {len(rows)} requests, expected {FEWEST} to learn from")
    design = fit_design(rows, tags, bits)
    inputs = design.weigh(rows)
    projection = fit_projection(inputs.words, DIMENSIONS, _SEED)
    places, _ = place_requests(inputs, projection)
    material = Material(inputs, evidence)
    penalty, near = choose_penalty(material, deal(places, _FOLDS, _SEED))
    far = hold_out(material, _cluster(places), penalty)
    base = np.log(evidence.means / (1 - evidence.means))
    familiarity = fit_familiarity(near.signs)
    weights = [fit_blend(base, cut(base, held.heads, held.recalled), evidence) for held in (near, far)]
    logits = [_blend(base, held, weights, familiarity) for held in (near, far)]
    lines = fit_lines(logits[0][0], evidence, near.parts)
    trials = [
        Trial(held.parts, expit(found * lines[0] + lines[1]), familiar)
        for held, (found, familiar) in zip((near, far), logits, strict=True)
    ]
    groups = cluster(places, _GROUPS, _SEED)
    doubt = np.stack([_doubt(trial.p, evidence, groups) for trial in trials])
    doubt[1] = np.maximum(doubt[1], doubt[0])
    model = QualityModel(
        tuple(models),
        bits,
        design,
        base,
        fit_heads(inputs, evidence, penalty, projection),
        remember(projection, places, evidence),
        weights[0],
        weights[1],
        familiarity,
        fit_usual(inputs.dense),
        lines,
        doubt,
    )
    return Lesson(model, *trials)


def _gather(scores: Doubles, votes: Votes | None) -> Evidence:
    told = ~np.isnan(scores)
    if ((scores < 0) | (scores > 1)).any():
        raise InvalidRequest("found a score outside of 0 to 1, expected shares of a right answer")
    cast = no_votes() if votes is None else Cast(votes.rows, votes.model_a, votes.model_b, votes.won)
    return Evidence(np.where(told, scores, 0.0).astype(np.float32), told.astype(np.float32), cast)


def _cluster(places: Single) -> NDArray[np.intp]:
    """Return clusters to hold out; halves by number where all requests are alike."""
    found = cluster(places, _CLUSTERS, _SEED)
    return found if len(np.unique(found)) > 1 else np.arange(len(places)) * 2 // len(places)


def _blend(
    base: Single, held: Held, weights: Sequence[Doubles], familiarity: Familiarity
) -> tuple[Single, Single]:
    familiar = familiarity.judge(held.signs)
    near, far = weights
    return blend(base, cut(base, held.heads, held.recalled), near, far, familiar), familiar


def _doubt(expected: Single, evidence: Evidence, groups: NDArray[np.intp]) -> Single:
    """Return the variance of each model's logits that chance does not explain, shape (m,).

    By moments (DerSimonian and Laird 1986): the mean square by which a cluster's mean is missed, less what
    its size explains.
    """
    marks = np.eye(int(groups.max()) + 1, dtype=np.float32)[groups].T
    count = np.maximum(marks @ evidence.told, 1)
    off = (marks @ ((evidence.scores - expected) * evidence.told)) / count
    noise = (marks @ (expected * (1 - expected) * evidence.told)) / count
    excess = np.average(off**2 - noise / count, axis=0, weights=None)
    slope = np.maximum(noise.mean(axis=0), 0.05)
    return np.maximum(excess / slope**2, _LEAST).astype(np.float32)
