"""Predictions for requests that were held out: by chance, and a cluster at a time."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.quality.blend import blend, cut, fit_blend
from fen.routing.quality.design import Inputs, Single
from fen.routing.quality.familiar import SIGNS, fit_usual, measure_oddness, read_signs
from fen.routing.quality.heads import Doubles, Evidence, Penalty, expit, fit_heads
from fen.routing.quality.neighbours import DIMENSIONS, fit_projection, place_requests, recall_many, remember

_PENALTIES = (Penalty(1.5, 1.5), Penalty(1.5, 10.0))
"""What is tried, from weak to strong."""


class Material(msgspec.Struct, frozen=True):
    """What is fitted on."""

    inputs: Inputs
    evidence: Evidence


class Held(msgspec.Struct, frozen=True):
    """Views of requests by fits that had not seen them.

    parts: the fold of each, shape (n,). heads: logits, shape (n, m). recalled: shape (n, m). signs: of
    familiarity, shape (n, SIGNS).
    """

    parts: NDArray[np.intp]
    heads: Single
    recalled: Single
    signs: Single


def deal(places: Single, folds: int, seed: int) -> NDArray[np.intp]:
    """Return a fold for each request by chance; equal requests fall together, unless all are equal."""
    _, key = np.unique(places.round(4), axis=0, return_inverse=True)
    if not key.any():
        key = np.arange(len(places))
    dealt = np.random.default_rng(seed).permutation(int(key.max()) + 1) % folds
    return dealt[key.ravel()]


def hold_out(material: Material, parts: NDArray[np.intp], penalty: Penalty) -> Held:
    """Return the views of each fold by a fit on the others, whose latent space it is, too."""
    evidence, inputs = material.evidence, material.inputs
    heads, recalled = np.zeros_like(evidence.scores), np.zeros_like(evidence.scores)
    signs = np.zeros((len(parts), SIGNS), np.float32)
    for fold in np.unique(parts):
        held, kept = np.flatnonzero(parts == fold), np.flatnonzero(parts != fold)
        seen, part, learnt = evidence.take(kept), inputs.take(held), inputs.take(kept)
        projection = fit_projection(learnt.words, DIMENSIONS, int(fold))
        heads[held] = part.multiply(fit_heads(learnt, seen, penalty, projection))
        places, reach = place_requests(part, projection)
        memory = remember(projection, place_requests(learnt, projection)[0], seen)
        recalled[held], near = recall_many(memory, places)
        whole = np.float32(len(parts) / max(len(kept), 1))
        known, odd = _count_known(learnt, part), measure_oddness(part.dense, fit_usual(learnt.dense))
        signs[held] = read_signs(known, near * whole, reach, odd)
    return Held(parts, heads, recalled, signs)


def choose_penalty(material: Material, parts: NDArray[np.intp]) -> tuple[Penalty, Held]:
    """Return the strongest penalty that tells models apart about as well as the best; and those predictions.

    About as well: within one standard error of the best, on requests held out (Breiman et al. 1984, the rule
    of one standard error). Where many models are compared, noise finds a winner among them.
    """
    tried = [(penalty, hold_out(material, parts, penalty)) for penalty in _PENALTIES]
    missed = [_measure(held, material.evidence) for _, held in tried]
    best = min(missed, key=lambda one: float(one.mean()))
    chosen = 0
    for number, one in enumerate(missed):
        more = one - best
        if float(more.mean()) <= float(more.std()) / len(more) ** 0.5:
            chosen = number
    return tried[chosen]


def _measure(held: Held, evidence: Evidence) -> Doubles:
    """Return, for each request, the square by which differences between models are missed, once blended."""
    base = np.log(evidence.means / (1 - evidence.means))
    parts = cut(base, held.heads, held.recalled)
    weights = fit_blend(base, parts, evidence)
    logits = blend(base, parts, weights, weights, np.ones(len(held.parts), np.float32))
    count = np.maximum(evidence.told.sum(axis=1, keepdims=True), 1)
    off = (evidence.scores - expit(logits)) * evidence.told
    apart = (off - off.sum(axis=1, keepdims=True) / count) * evidence.told
    return (apart.astype(np.float64) ** 2).sum(axis=1)


def _count_known(learnt: Inputs, part: Inputs) -> Single:
    """Return the share of each row's n-grams that the learnt rows know, as if they were all there is."""
    frequency = np.bincount(learnt.words.indices, minlength=learnt.words.shape[1])
    ends = part.words.indptr
    hits = np.concatenate([np.zeros(1), np.cumsum(frequency[part.words.indices] >= 2)])
    share = (hits[ends[1:]] - hits[ends[:-1]]) / np.maximum(np.diff(ends), 1)
    return (part.known * share).astype(np.float32)
