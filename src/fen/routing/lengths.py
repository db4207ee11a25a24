"""How long each model's answers are: expected tokens, or money, of a request, log-linear in its features.

log(length of request i by model j) = model's mean + what the request asks for + the model's own way with it
                                    + the tag's offset of that model

What a request asks for is linear in its statistics and hashed words and shared by all models, so that a model
with few outcomes profits from those of the others; its mean, its way and its tags are shrunk towards nothing.
An expected length is larger than the exponential of an expected logarithm: the factor between them is
measured on rows that the fit has not seen (Duan 1983, "Smearing estimate").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fen.routing.features import Rows
from fen.routing.pivot import Floats
from fen.routing.ridge import fit_ridge, fit_words, weigh_words
from fen.routing.statistics import STATISTICS

FEWEST = 20
"""Outcomes with a length below which there is nothing to fit."""

_MEAN, _TAG, _FACTOR = 5.0, 20.0, 20.0  # outcomes that a prior is worth
_SHARED, _WORDS, _OWN = 10.0, 1.0, 100.0  # ridge penalties
_FOLDS = 3
_FARTHEST = 4.0  # standard deviations at which a statistic is cut
_FACTORS = (1.0, 8.0)  # by Jensen's inequality it is at least 1
_ROUNDS = 3
_BITS = 18  # of a column that are read: a table of more would not stay in a processor's cache


class Lengths(msgspec.Struct, frozen=True, dict=True):
    """A fitted model of lengths, in tokens or in money.

    models: by column. centre, scale: of the statistics, shape (k,). shared: shape (k,). words: of the hashed
    columns less their last bits, as many as `dropped`, shape (2**_BITS,) at most. mean, factor, least, most:
    of each model, shape (m,), the last two bounds of the logarithm. own: shape (m, k). tags: by number;
    offsets: shape (tags, m). pooled_*: for a model that was not seen.
    """

    models: tuple[str, ...]
    centre: Floats
    scale: Floats
    shared: Floats
    words: NDArray[np.float32]
    mean: Floats
    factor: Floats
    least: Floats
    most: Floats
    own: Floats
    tags: tuple[str, ...]
    offsets: Floats
    pooled_mean: float
    pooled_factor: float
    dropped: int

    def predict(self, rows: Rows, models: Sequence[str], tags: Sequence[str | None] | None = None) -> Floats:
        """Return expected lengths, shape (rows, models); a model that was not seen has the usual ones."""
        place, unseen = self._place, len(self.models)
        columns = [place.get(model, unseen) for model in models]
        return (np.exp(self.predict_logs(rows, tags)) * np.append(self.factor, self.pooled_factor))[
            :, columns
        ]

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {model: column for column, model in enumerate(self.models)}

    def predict_logs(self, rows: Rows, tags: Sequence[str | None] | None) -> Floats:
        """Return expected logarithms, shape (rows, models + 1); the last is of a model not seen."""
        statistics, asked = self.read(rows)
        logs = asked[:, None] + self.mean + (statistics[:, None, :] * self.own).sum(axis=2)
        if tags is not None and self.tags:
            place = {tag: number for number, tag in enumerate(self.tags)}
            none = np.zeros((1, len(self.models)))
            known = np.array([place.get(tag, -1) if tag else -1 for tag in tags], np.intp)
            logs = logs + np.concatenate([self.offsets, none])[known]
        logs = np.clip(logs, self.least, self.most)
        pooled = np.clip(asked + self.pooled_mean, self.least.min(), self.most.max())
        return np.concatenate([logs, pooled[:, None]], axis=1)

    def read(self, rows: Rows) -> tuple[Floats, Floats]:
        """Return statistics, shape (n, k), and what requests ask for beyond any model's mean, (n,)."""
        statistics = _standardize(rows, self.centre, self.scale)
        # Not by BLAS, whose sums differ with the number of rows: a row's length is its own.
        weighed = weigh_words(_coarsen(rows, self.dropped), self.words)
        return statistics, (statistics * self.shared).sum(axis=1) + weighed


def fit_lengths(
    rows: Rows, lengths: Floats, models: Sequence[str], tags: Sequence[str | None], bits: int
) -> Lengths | None:
    """Fit on lengths, shape (n, m), NaN or 0 where none is known; None for fewer than `FEWEST`."""
    logs = np.log(np.where(lengths > 0, lengths, np.nan))
    if np.isfinite(logs).sum() < FEWEST:
        return None
    fitted = _fit(rows, logs, tuple(models), tags, bits)
    smeared: Floats = np.full(logs.shape, np.nan)
    numbers = np.arange(len(logs))
    for fold in range(_FOLDS):
        held = numbers % _FOLDS == fold
        part = _fit(rows.take(numbers[~held]), logs[~held], tuple(models), _take(tags, ~held), bits)
        expected = part.predict_logs(rows.take(numbers[held]), _take(tags, held))
        smeared[held] = np.exp(expected[:, :-1])
    known = np.isfinite(logs)
    pooled = float(lengths[known].sum() / smeared[known].sum())
    told, said = np.where(known, lengths, 0).sum(axis=0), np.where(known, smeared, 0).sum(axis=0)
    ratio = np.divide(told, said, out=np.full(len(models), pooled), where=said > 0)
    factor = np.clip(_shrink(ratio, known.sum(axis=0), pooled, _FACTOR), *_FACTORS)
    return msgspec.structs.replace(fitted, factor=factor, pooled_factor=float(np.clip(pooled, *_FACTORS)))


def join_lengths(
    lengths: Lengths, model: str, rows: Rows, told: Floats, tags: Sequence[str | None]
) -> Lengths:
    """Return lengths with one more model, by its own on some requests, shape (n,), NaN or 0 for none.

    Its mean and its factor are found, shrunk towards the usual ones; tags have the mean of the others'
    offsets, and its bounds are as far from its mean as any model's. Of the others nothing changes. Where
    nothing is told it stays one that was not seen, with the usual lengths.
    """
    at = np.flatnonzero(told > 0)
    if not len(at):
        return lengths
    logs, rows, count = np.log(told[at]), rows.take(at), np.array(len(at))
    offsets = lengths.offsets.mean(axis=1)
    names = [tags[row] for row in at.tolist()]
    places = {tag: number for number, tag in enumerate(lengths.tags)}
    known = np.append(offsets, 0.0)[[places.get(tag, -1) if tag else -1 for tag in names]]
    left = float((logs - lengths.read(rows)[1] - known).mean())
    mean = float(_shrink(np.array(left), count, lengths.pooled_mean, _MEAN))
    joined = msgspec.structs.replace(
        lengths,
        models=(*lengths.models, model),
        mean=np.append(lengths.mean, mean),
        factor=np.append(lengths.factor, 1.0),
        least=np.append(lengths.least, min(logs.min(), mean + (lengths.least - lengths.mean).min())),
        most=np.append(lengths.most, max(logs.max(), mean + (lengths.most - lengths.mean).max())),
        own=np.concatenate([lengths.own, np.zeros((1, lengths.own.shape[1]))]),
        offsets=np.column_stack([lengths.offsets, offsets]),
    )
    ratio = told[at].sum() / np.exp(joined.predict_logs(rows, names)[:, -2]).sum()
    factor = np.clip(_shrink(ratio, count, lengths.pooled_factor, _FACTOR), *_FACTORS)
    return msgspec.structs.replace(joined, factor=np.append(lengths.factor, factor))


def _fit(rows: Rows, logs: Floats, models: tuple[str, ...], tags: Sequence[str | None], bits: int) -> Lengths:
    """Fit all but the factors."""
    known = np.isfinite(logs)
    mean, asked, grand = _take_apart(logs, known)
    used = np.flatnonzero(known.any(axis=1))
    centre = rows.statistics[used].mean(axis=0, dtype=np.float64)
    scale = rows.statistics[used].std(axis=0, dtype=np.float64)
    scale = np.where(scale > 0, scale, 1.0)
    statistics = _standardize(rows, centre, scale)
    shared = fit_ridge(statistics[used], asked[used], _SHARED)
    dropped = max(bits - _BITS, 0)
    coarse = _coarsen(rows, dropped)
    words = fit_words(coarse.take(used), asked[used] - statistics[used] @ shared, _WORDS, bits - dropped)
    base = statistics @ shared + weigh_words(coarse, words)
    left = logs - base[:, None] - mean
    own = np.zeros((len(models), statistics.shape[1]))
    for column in range(len(models)):
        at = known[:, column]
        own[column] = fit_ridge(statistics[at], left[at, column], _OWN)
    names, offsets = _fit_tags(np.where(known, left - statistics @ own.T, 0.0), known, tags)
    bounds, ones = _bound(logs, known), np.ones(len(models))
    return Lengths(
        models, centre, scale, shared, words, mean, ones, *bounds, own, names, offsets, grand, 1.0, dropped
    )


def _coarsen(rows: Rows, dropped: int) -> Rows:
    """Return rows whose columns are those of fewer bits; a row may have one of them several times."""
    return msgspec.structs.replace(rows, columns=rows.columns >> dropped) if dropped else rows


def _take_apart(logs: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats, float]:
    """Return each model's mean, each request's deviation from them, and the mean of the means.

    In turns, since models may have answered different requests.
    """
    filled = np.where(known, logs, 0.0)
    count, answers = known.sum(axis=0), known.sum(axis=1)
    grand = float(filled.sum() / known.sum())
    mean, asked = np.full(logs.shape[1], grand), np.zeros(len(logs))
    for _ in range(_ROUNDS):
        off = np.where(known, filled - asked[:, None], 0.0).sum(axis=0) / np.maximum(count, 1)
        mean = _shrink(off, count, _average(off, count > 0), _MEAN)
        asked = np.where(known, filled - mean, 0.0).sum(axis=1) / np.maximum(answers, 1)
        asked -= _average(asked, answers > 0)
    return mean, asked, _average(mean, np.ones(len(mean), np.bool_))


def _fit_tags(
    left: Floats, known: NDArray[np.bool_], tags: Sequence[str | None]
) -> tuple[tuple[str, ...], Floats]:
    names = tuple(sorted({tag for tag in tags if tag}))
    offsets: Floats = np.zeros((len(names), left.shape[1]))
    for number, name in enumerate(names):
        at = np.array([tag == name for tag in tags])
        count = known[at].sum(axis=0)
        offsets[number] = left[at].sum(axis=0) / (count + _TAG)
    return names, offsets


def _bound(logs: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the least and the largest logarithm of each model; of all, for a model without any."""
    low: Floats = np.where(known, logs, np.inf).min(axis=0)
    high: Floats = np.where(known, logs, -np.inf).max(axis=0)
    seen = known.any(axis=0)
    return np.where(seen, low, low[seen].min()), np.where(seen, high, high[seen].max())


def _standardize(rows: Rows, centre: Floats, scale: Floats) -> Floats:
    assert rows.statistics.shape[1] == len(STATISTICS)
    return np.clip((np.ascontiguousarray(rows.statistics) - centre) / scale, -_FARTHEST, _FARTHEST)


def _shrink(value: Floats, count: NDArray[np.integer[Any]], towards: float, prior: float) -> Floats:
    share: Floats = count / (count + prior)
    return share * value + (1 - share) * towards


def _take(tags: Sequence[str | None], kept: NDArray[np.bool_]) -> list[str | None]:
    return [tag for tag, keep in zip(tags, kept.tolist(), strict=True) if keep]


def _average(values: Floats, kept: NDArray[np.bool_]) -> float:
    return float(values[kept].sum() / kept.sum())
