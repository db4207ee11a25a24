"""A run as one value: what `fen hierarchy eval --json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from fen.hierarchy.suite.published import Published
from fen.hierarchy.suite.run import Result, describe_result
from fen.hierarchy.suite.table import Cost, Row, describe_cost, describe_row, find_cost, make_rows

Layer = Literal["both", "off", "unavailable"]
"""Whether the column with Fen's layer was run: beside the other, not at all, or not, as others decide it."""


class Report(msgspec.Struct, frozen=True):
    """What a run found. unsupported: what of the data no program here can judge, how many by the reason."""

    model: str
    seed: int
    limit: int
    layer: Layer
    results: Sequence[Result]
    unsupported: Mapping[str, int]
    published: Published

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table."""
        return make_rows(self.results)

    @property
    def cost(self) -> Cost | None:
        """The benign cost of the layer; None where it was not run."""
        return find_cost(self.results)


def describe_report(report: Report) -> dict[str, Any]:
    """Return a report as JSON has it; the rows' and results' members are those of `table` and `run`."""
    published = report.published
    return {
        "model": report.model,
        "seed": report.seed,
        "limit": report.limit,
        "layer": report.layer,
        "rows": [describe_row(row, published) for row in report.rows],
        "benign_cost": describe_cost(report.cost),
        "published": {"title": published.title, "url": published.url, "model": published.model},
        "unsupported": dict(report.unsupported),
        "results": [describe_result(result) for result in report.results],
    }
