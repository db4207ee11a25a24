"""Logistic regressions, one for each model, that share what they have in common.

The weights W, a column for each model, minimise

    sum of logarithmic losses + (common / 2) |W u|^2 + (apart / 2) |W - W u u'|^2,  u = (1, ..., 1) / sqrt(m)

so that what makes a request hard for every model is shrunk little and what tells models apart is shrunk much:
a regression of rank one with a residual, each with a penalty of its own. Weights of words have twice the
prior variance along the first latent dimensions: what a request is about is told by many words together,
each of which is rare (compare principal components regression, Massy 1965, which keeps nothing across them).
Scores between 0 and 1 count as so much of a right answer. A vote says which of two logits is larger, on a
scale of its own. Solved by Newton's method, each step by conjugate gradients (Komarek and Moore 2005, "Making
logistic regression a core data mining tool").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.quality.design import Inputs, Single

Doubles = NDArray[np.float64]
Floating = TypeVar("Floating", Single, Doubles)

_STEPS, _TURNS = 4, 14  # of Newton's method, and of conjugate gradients within each
_NEAR = 0.05  # share of a step's first residual at which it ends
_DONE = 1e-3  # share of the first step's residual at which all ends
_SCALES = (0.1, 4.0)  # bounds of the scale of votes


class Votes(Protocol):
    """Votes on the rows of a matrix: who was liked better, `won` of model a over model b, 0.5 for a tie."""

    @property
    def rows(self) -> NDArray[np.intp]:
        """The row of each."""
        ...

    @property
    def model_a(self) -> NDArray[np.intp]:
        """The column of the one."""
        ...

    @property
    def model_b(self) -> NDArray[np.intp]:
        """The column of the other."""
        ...

    @property
    def won(self) -> Doubles:
        """The share that model a won."""
        ...


class Cast(msgspec.Struct, frozen=True):
    """Votes as they are fitted on, each array of shape (V,)."""

    rows: NDArray[np.intp]
    model_a: NDArray[np.intp]
    model_b: NDArray[np.intp]
    won: Doubles

    def take(self, at: NDArray[np.intp], rows: int) -> Cast:
        """Return those on some rows of so many, renumbered."""
        place = np.full(rows, -1, np.intp)
        place[at] = np.arange(len(at))
        kept = np.flatnonzero(place[self.rows] >= 0)
        return Cast(place[self.rows[kept]], self.model_a[kept], self.model_b[kept], self.won[kept])


def no_votes() -> Cast:
    """Return that nobody voted."""
    none = np.zeros(0, np.intp)
    return Cast(none, none, none, np.zeros(0))


class Evidence(msgspec.Struct, frozen=True):
    """What heads are fitted on. scores: shape (n, m), 0 where none is; told: 1 where one is, else 0."""

    scores: Single
    told: Single
    votes: Cast

    def take(self, at: NDArray[np.intp]) -> Evidence:
        """Return some rows, and the votes on them."""
        return Evidence(self.scores[at], self.told[at], self.votes.take(at, len(self.scores)))

    @property
    def means(self) -> Single:
        """The mean score of each model, drawn a little towards that of all."""
        count, total = self.told.sum(axis=0), self.scores.sum(axis=0)
        pooled = (total.sum() + 1) / (count.sum() + 2)
        return np.clip((total + pooled) / (count + 1), 0.005, 0.995).astype(np.float32)


class Penalty(msgspec.Struct, frozen=True):
    """How much weights are shrunk: those that models have in common, and what each has apart."""

    common: float
    apart: float

    def apply(self, weights: Single, power: float = 1.0) -> Single:
        """Return the penalty's gradient at weights of shape (d, m); with power -1, its inverse."""
        mean = weights.mean(axis=1, keepdims=True)
        common, apart = np.float32(self.common**power), np.float32(self.apart**power)
        return apart * weights + (common - apart) * mean


def fit_heads(inputs: Inputs, evidence: Evidence, penalty: Penalty, projection: Single) -> Single:
    """Return weights of shape (inputs + 1, m), the last row being intercepts, which are not shrunk.

    projection: the first dimensions of the latent space, shape (vocabulary, d). Places there stand beside
    words as inputs of their own; each is a sum over words, so what is learnt of it ends as part of their
    weights, and requests are read no slower.
    """
    places = inputs.words @ projection
    wide = Inputs(inputs.words, np.concatenate([inputs.dense, places], axis=1), inputs.known)
    weights = _minimize(wide, evidence, penalty)
    size, width = inputs.words.shape[1], inputs.dense.shape[1]
    words, dense, along, intercepts = np.split(weights, [size, size + width, len(weights) - 1])
    words += projection @ along
    return np.concatenate([words, dense, intercepts])


def _minimize(inputs: Inputs, evidence: Evidence, penalty: Penalty) -> Single:
    """Return the weights that minimise the sum of losses and penalties."""
    weights = np.zeros(
        (inputs.words.shape[1] + inputs.dense.shape[1] + 1, evidence.told.shape[1]), np.float32
    )
    weights[-1] = np.log(evidence.means / (1 - evidence.means))
    ahead, back = _multiply(inputs), _transpose(inputs)
    scale, first = 1.0, 0.0
    for step in range(_STEPS):
        logits = ahead(weights)
        scale = _fit_scale(logits, evidence.votes, scale)
        slope, bend = _differentiate(logits, evidence, scale)
        residual = -(back(slope) + _penalize(weights, penalty))
        width = (evidence.told.sum(axis=0) * 0.2 + 1.0).astype(np.float32)

        def curve(way: Single, bend: Callable[[Single], Single] = bend) -> Single:
            return back(bend(ahead(way))) + _penalize(way, penalty)

        move, began = _descend(curve, residual, penalty, width)
        weights += move
        first = first or began
        if step and began < _DONE * first:
            break
    return weights


def _multiply(inputs: Inputs) -> Callable[[Single], Single]:
    """Return what `Inputs.multiply` does, faster and to rounding alone."""
    words, dense = inputs.words, inputs.dense
    size = words.shape[1]

    def multiply(weights: Single) -> Single:
        product: Single = words @ weights[:size]
        product += dense @ weights[size:-1]
        product += weights[-1]
        return product

    return multiply


def _transpose(inputs: Inputs) -> Callable[[Single], Single]:
    """Return the multiplication from the other side, (n, m) to (inputs + 1, m)."""
    words = inputs.words.T.tocsr()
    return lambda held: np.concatenate(
        [words @ held, inputs.dense.T @ held, held.sum(axis=0, keepdims=True)]
    ).astype(np.float32)


def _penalize(weights: Single, penalty: Penalty) -> Single:
    shrunk = penalty.apply(weights)
    shrunk[-1] = 0.0
    return shrunk


def _differentiate(
    logits: Single, evidence: Evidence, scale: float
) -> tuple[Single, Callable[[Single], Single]]:
    """Return the loss's gradient by logits, and the function that multiplies by its second derivative."""
    expected = expit(logits)
    slope = (expected - evidence.scores) * evidence.told
    bend = expected * (1 - expected) * evidence.told
    votes = evidence.votes
    if not len(votes.won):
        return slope, lambda way: bend * way
    left, right = (votes.rows, votes.model_a), (votes.rows, votes.model_b)
    liked = expit(scale * (logits[left] - logits[right]))
    pull = (scale * (liked - votes.won)).astype(np.float32)
    np.add.at(slope, left, pull)
    np.add.at(slope, right, -pull)
    stiff = (scale**2 * liked * (1 - liked)).astype(np.float32)

    def turn(way: Single) -> Single:
        turned = bend * way
        force = stiff * (way[left] - way[right])
        np.add.at(turned, left, force)
        np.add.at(turned, right, -force)
        return turned

    return slope, turn


def _fit_scale(logits: Single, votes: Cast, scale: float) -> float:
    """Return the scale on which differences of logits explain votes best, near 1 where there are few."""
    if not len(votes.won):
        return scale
    apart = (logits[votes.rows, votes.model_a] - logits[votes.rows, votes.model_b]).astype(np.float64)
    for _ in range(8):
        liked = expit(scale * apart)
        slope = float((apart * (liked - votes.won)).sum()) + 5.0 * (scale - 1)
        bend = float((apart**2 * liked * (1 - liked)).sum()) + 5.0
        scale = float(np.clip(scale - slope / bend, *_SCALES))
    return scale


def _descend(
    curve: Callable[[Single], Single], residual: Single, penalty: Penalty, width: Single
) -> tuple[Single, float]:
    """Solve curve(move) = residual by conjugate gradients; returns the move and the first residual's size."""

    def soften(held: Single) -> Single:
        softened = penalty.apply(held, -1.0)
        softened[-1] = held[-1] / width
        return softened

    move, soft = np.zeros_like(residual), soften(residual)
    way, size = soft.copy(), float(np.vdot(residual, soft))
    began = size
    for _ in range(_TURNS):
        if size <= _NEAR**2 * began or size <= 0:
            break
        bent = curve(way)
        length = np.float32(size / float(np.vdot(way, bent)))
        move += length * way
        residual -= length * bent
        soft = soften(residual)
        before, size = size, float(np.vdot(residual, soft))
        way *= np.float32(size / before)
        way += soft
    return move, began


def expit(logits: Floating) -> Floating:
    """Return probabilities of logits."""
    found: Any = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return found
