"""Which models and dimensions go into a radar: what has no score on an axis would be drawn at nought."""

from __future__ import annotations

import msgspec

from fen.evals.report.charts.radar import LEAST
from fen.evals.report.values import Report


class Axes(msgspec.Struct, frozen=True):
    """A radar's dimensions, and the models that have a score in each of them.

    models: with their values, 0 to 1, in the order of dimensions. left_out: models without enough of them.
    dropped: dimensions that not all of the models have. Without LEAST shared dimensions all is empty but
    `left_out`.
    """

    dimensions: tuple[str, ...] = ()
    models: tuple[tuple[str, tuple[float, ...]], ...] = ()
    left_out: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def choose_axes(report: Report) -> Axes:
    """Return what a radar of a report can show: as many models as share LEAST dimensions, best first."""
    scores = {
        (one.model, one.dimension): one.figure.value
        for one in report.dimensions
        if one.figure.value is not None
    }
    shared, kept = tuple(report.dimension_names), list[str]()
    for model in report.names:
        common = tuple(name for name in shared if (model, name) in scores)
        if len(common) >= LEAST:
            shared, kept = common, [*kept, model]
    left_out = tuple(model for model in report.names if model not in kept)
    if not kept:
        return Axes(left_out=left_out)
    return Axes(
        shared,
        tuple((model, tuple(scores[model, name] for name in shared)) for model in kept),
        left_out,
        tuple(name for name in report.dimension_names if name not in shared),
    )
