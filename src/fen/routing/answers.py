"""What the texts of answers teach: a verifier, and how well it tells right answers from wrong ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fen.routing.learn import Part, Told
from fen.routing.outcome import Evidence, Outcome
from fen.routing.pivot import Floats
from fen.routing.promise import RIGHT
from fen.routing.sieve import Sieve
from fen.routing.signals import Reply, read_signals
from fen.routing.verifier import Verifier, describe, fit_verifier, measure_sieves

FEWEST = 25
"""Right answers, and wrong ones, that each half must have."""


def learn_verifier(
    evidence: Evidence, held: Part, told: Told
) -> tuple[Verifier | None, Mapping[float, Sieve]]:
    """Return a verifier and its rates by threshold; None and nothing where too few answers have a text.

    held: requests that nothing was fitted on, so that what was expected of a model is worth there what it
    will be worth later; told: what was expected. The verifier is fitted on every other request, and measured
    on the rest, on answers of all models but the best, which stands for the strong one.
    """
    rows = {asked: row for row, asked in enumerate(held.matrices.asked)}
    places = {model: column for column, model in enumerate(held.matrices.models)}
    kept = [one for one in evidence.outcomes if one.answer is not None and one.asked in rows]
    if not kept:
        return None, {}
    row = np.array([rows[one.asked] for one in kept])
    column = np.array([places[one.model] for one in kept])
    right = np.array([one.score >= RIGHT for one in kept])
    score = held.matrices.score
    best = int(np.argmax(_average(score)))
    strong = score[row, best] >= RIGHT
    usable = (column != best) & ~np.isnan(score[row, best])
    fitted, measured = usable & (row % 2 == 0), usable & (row % 2 == 1)
    if not all(_has_both(right[half]) for half in (fitted, measured)) or not strong[measured].any():
        return None, {}
    features = _describe(kept, told.p[row, column])
    verifier = fit_verifier(features[fitted], right[fitted])
    verified = np.array([verifier.probability(one) for one in features[measured].tolist()])
    return verifier, measure_sieves(verified, right[measured], strong[measured])


def _describe(kept: Sequence[Outcome], p: Floats) -> Floats:
    found: list[list[float]] = []
    for one, expected in zip(kept, p.tolist(), strict=True):
        signals = read_signals(Reply(one.answer or "", one.finish))
        found.append(describe(one.asked, expected, signals))
    return np.array(found)


def _has_both(right: NDArray[np.bool_]) -> bool:
    return min(int(right.sum()), int((~right).sum())) >= FEWEST


def _average(score: Floats) -> Floats:
    known = ~np.isnan(score)
    return np.where(known, score, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
