"""pass@k: how often at least one of k answers is right."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

import msgspec

from fen.evals.record import Record
from fen.evals.statistics.interval import Measure, measure
from fen.evals.statistics.items import find_cluster
from fen.evals.statistics.spread import Points


class PassAtK(msgspec.Struct, frozen=True):
    """pass@k over samples; measure.n: samples. too_few: samples of fewer than k epochs, left out."""

    k: int
    measure: Measure
    too_few: int


def estimate_pass(answers: int, right: int, k: int) -> float:
    """Return the unbiased pass@k of one sample: the share of its sets of k answers that have a right one.

    Source: Chen et al. 2021, "Evaluating large language models trained on code", equation 1.
    """
    if not 0 < k <= answers or not 0 <= right <= answers:
        raise ValueError(f"found k={k} of {answers} answers, {right} right; expected 1 to {answers}")
    return 1 - comb(answers - right, k) / comb(answers, k)


def find_pass_at_k(records: Iterable[Record], k: int, *, shared: str | None = None) -> PassAtK:
    """Return pass@k of one suite's records; epochs of a sample are its answers.

    An answer that was not completed is not right. shared: in words, what samples of one cluster share.
    """
    samples: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        samples.setdefault((record.suite, record.sample), []).append(record)
    enough = {name: found for name, found in sorted(samples.items()) if len(found) >= k}
    values = tuple(
        estimate_pass(len(found), sum(one.score.outcome == "correct" for one in found), k)
        for found in enough.values()
    )
    clusters = tuple(find_cluster(found[0]) for found in enough.values())
    return PassAtK(k, measure(Points(values, clusters), shared=shared), len(samples) - len(enough))
