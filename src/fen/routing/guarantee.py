"""The guarantee: lose at most alpha of what a reference gets right, with confidence 1 - delta.

A model's loss on a request is the expected p_ref x (1 - p_model): that the reference is right and it is not.
The rule of a threshold t asks the cheapest model with a loss below t, or the reference. Its risk is
P(routed answer wrong | reference right). Thresholds are fixed on training data; on calibration requests that
the reference got right, each is tested from the strictest on by an exact binomial tail, and the first that is
not shown to be safe ends the sequence (fixed-sequence testing: Bauer 1991; as "learn then test", Angelopoulos
et al. 2021). Kinds of work with requests enough are tested on their own and share delta (Bonferroni), the
rest together.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from fen.routing.decision import Guarantee

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST = 500
"""Calibration requests that the reference got right; of fewer, nothing is promised."""
THRESHOLDS = 40


class Group(msgspec.Struct, frozen=True):
    """Calibration counts of one kind of work; `tag` None is the rest, whatever its tags.

    n: requests that the reference got right. wrong: how many of them the rule of each threshold got wrong.
    """

    tag: str | None
    n: int
    wrong: tuple[int, ...]


class Calibration(msgspec.Struct, frozen=True):
    """Counts from which guarantees for any alpha and delta follow; an artefact keeps it.

    models: the pool, with the reference in it. thresholds: ascending, fixed before the counts were taken.
    """

    reference: str
    models: tuple[str, ...]
    thresholds: tuple[float, ...]
    groups: tuple[Group, ...]

    def prove(self, alpha: float, delta: float, tag: str | None = None) -> Guarantee | None:
        """Return the guarantee for a kind of work; None where its requests are fewer than LEAST.

        Raises ValueError for an alpha or delta that is not between 0 and 1.
        """
        if not (0.0 < alpha < 1.0 and 0.0 < delta < 1.0):
            raise ValueError(f"found alpha {alpha} and delta {delta}, expected both between 0 and 1")
        tested = [group for group in self.groups if group.n >= LEAST]
        group = next((one for one in tested if one.tag == tag), None)
        group = group or next((one for one in tested if one.tag is None), None)
        if group is None:
            return None
        steps = count_safe(group.wrong, group.n, alpha, delta / len(tested))
        return Guarantee(
            self.reference,
            self.models,
            alpha,
            delta,
            self.thresholds[steps - 1] if steps else 0.0,
            group.n,
            group.wrong[steps - 1] if steps else 0,
            group.tag,
        )


def count_safe(wrong: Sequence[int], n: int, alpha: float, delta: float) -> int:
    """Return how many thresholds, from the strictest on, are shown to have a risk below alpha.

    Each is shown so where so few errors among n have a chance of at most delta under a risk of alpha.
    """
    for step, count in enumerate(wrong):
        if float(bdtr(count, n, alpha)) > delta:
            return step
    return len(wrong)


class Expected(msgspec.Struct, frozen=True):
    """Expectations for some requests: p and cost of each model, shapes (n, models), in the order of `models`.

    familiar: whether each is near to what was fitted on; a request that is not goes to the reference. tags:
    the kinds of work, None where the client names none.
    """

    models: tuple[str, ...]
    p: Floats
    cost: Floats
    familiar: Bools
    tags: tuple[str | None, ...]


def fix_thresholds(expected: Expected, reference: str, count: int = THRESHOLDS) -> tuple[float, ...]:
    """Return thresholds at even shares of the training requests' losses, ascending, each once.

    Only models that may be cheaper than the reference count. Raises ValueError where the reference is none of
    the models.
    """
    at = _place(expected, reference)
    losses = expected.p[:, [at]] * (1.0 - expected.p)
    cheaper = (expected.cost < expected.cost[:, [at]]) & expected.familiar[:, None]
    found = losses[cheaper]
    if not found.size:
        return ()
    shares = np.quantile(found, np.arange(1, count + 1) / count)
    # A rule asks for a loss below its threshold: the last one lets all of them in.
    shares[-1] = np.nextafter(shares[-1], np.inf)
    return tuple(float(share) for share in np.unique(shares) if share > 0.0)


def calibrate(expected: Expected, right: Bools, reference: str, thresholds: Sequence[float]) -> Calibration:
    """Count what each threshold's rule gets wrong of what the reference gets right.

    right: whether each model's answer was, shape (n, models). The requests must be none of those that the
    expectations or the thresholds were fitted on.
    """
    at = _place(expected, reference)
    rows = np.flatnonzero(right[:, at])
    kept = Expected(
        expected.models,
        expected.p[rows],
        expected.cost[rows],
        expected.familiar[rows],
        tuple(expected.tags[row] for row in rows),
    )
    wrong = np.stack(
        [~right[rows, chosen] for chosen in route_all(kept, reference, thresholds)]
        or [np.zeros(len(rows), dtype=bool)]
    )[: len(thresholds)]
    groups = _split(kept.tags)
    return Calibration(
        reference,
        expected.models,
        tuple(thresholds),
        tuple(
            Group(tag, len(of), tuple(int(count) for count in wrong[:, of].sum(axis=1))) for tag, of in groups
        ),
    )


def route_all(expected: Expected, reference: str, thresholds: Sequence[float]) -> list[NDArray[np.intp]]:
    """Return whom each threshold's rule asks, as places in `models`: what `choose` does, for many at once."""
    at = _place(expected, reference)
    names = np.argsort(np.argsort(np.array(expected.models)))
    ranks = np.broadcast_to(names, expected.p.shape)
    order = np.lexsort((ranks, -expected.p, expected.cost), axis=1)
    losses = np.take_along_axis(expected.p[:, [at]] * (1.0 - expected.p), order, axis=1)
    stands = order == at
    near = expected.familiar[:, None]
    rows = np.arange(len(order))
    return [order[rows, (((losses < threshold) & near) | stands).argmax(axis=1)] for threshold in thresholds]


def _place(expected: Expected, reference: str) -> int:
    if reference not in expected.models:
        raise ValueError(f"found {', '.join(expected.models)}, expected the reference {reference} among them")
    return expected.models.index(reference)


def _split(tags: Sequence[str | None]) -> list[tuple[str | None, NDArray[np.intp]]]:
    """Return the rows of each tag that is tested on its own, and of the rest."""
    own: list[tuple[str | None, NDArray[np.intp]]] = []
    rest: list[int] = []
    for tag in sorted({tag for tag in tags if tag is not None}):
        rows = [row for row, found in enumerate(tags) if found == tag]
        if len(rows) >= LEAST:
            own.append((tag, np.array(rows, dtype=np.intp)))
        else:
            rest += rows
    rest += [row for row, found in enumerate(tags) if found is None]
    return [(None, np.array(sorted(rest), dtype=np.intp)), *own]
