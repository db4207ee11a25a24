"""What guarantees can rest on: counts on requests that nothing was fitted on, for each pool and reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fen.routing.guarantee import LEAST, Calibration, Expected, calibrate, fix_thresholds
from fen.routing.learn import Told
from fen.routing.pivot import Matrices

_OFTEN = 0.9  # of the prompts; one that has answered few would leave a pool few that all have answered
RIGHT = 0.5
"""The score from which an answer counts as right."""


def promise(
    train: tuple[Matrices, Told], held: tuple[Matrices, Told], near: float, pools: Sequence[Sequence[str]]
) -> tuple[Calibration, ...]:
    """Return the counts for each pool and each reference that has enough right answers among the held.

    train: by which thresholds are fixed. held: on which answers are counted. pools: beside that of all models
    that have answered most prompts, and the pairs of a reference and a model that is cheaper on average.
    """
    matrices, told = held
    found: list[Calibration] = []
    for reference, pool in _list_pools(matrices, told, pools):
        at = [matrices.models.index(model) for model in pool]
        rows = np.flatnonzero(~np.isnan(matrices.score[:, at]).any(axis=1))
        right = matrices.score[rows][:, at] >= RIGHT
        if right[:, pool.index(reference)].sum() < LEAST:
            continue
        everywhere = np.arange(len(train[0].asked))
        fixed = fix_thresholds(_narrow(train, near, at, everywhere), reference)
        found.append(calibrate(_narrow(held, near, at, rows), right, reference, fixed))
    return tuple(found)


def _list_pools(
    matrices: Matrices, told: Told, pools: Sequence[Sequence[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    models, cost = matrices.models, told.cost.mean(axis=0)
    priced = [model for model, mean in zip(models, cost.tolist(), strict=True) if np.isfinite(mean)]
    share = (~np.isnan(matrices.score)).mean(axis=0)
    often = {model for model, of in zip(matrices.models, share.tolist(), strict=True) if of >= _OFTEN}
    wanted = {tuple(sorted(set(pool) & set(priced) & often)) for pool in (priced, *pools)}
    for reference in priced:
        mine = cost[models.index(reference)]
        pairs = {tuple(sorted((reference, other))) for other in priced if cost[models.index(other)] < mine}
        for pool in sorted(wanted | pairs):
            if reference in pool and len(pool) > 1:
                yield reference, pool


def _narrow(part: tuple[Matrices, Told], near: float, at: list[int], rows: NDArray[np.intp]) -> Expected:
    matrices, told = part
    numbers: list[int] = rows.tolist()
    p, cost = told.p[rows][:, at], told.cost[rows][:, at]
    tags = tuple([matrices.asked[row].tag for row in numbers])
    return Expected(
        tuple(matrices.models[column] for column in at), p, cost, told.familiar[rows] >= near, tags
    )
