"""The industry packs: tasks as professionals have them, each scored from 1 to 5 by criteria of its trade."""

from __future__ import annotations

from fen.evals.packs import OPTIONS, PackSuite
from fen.evals.suite import Suite

_SUMMARIES = {
    "finance": "24 tasks of banking, securities, insurance and accounting, scored by a judge",
    "automotive": "24 tasks of buying, driving, keeping and building cars, scored by a judge",
    "industry": "24 tasks of production, quality, maintenance and safety at work, scored by a judge",
}


def _make(name: str) -> Suite:
    pack = PackSuite(name)
    return Suite(
        name=name,
        summary=_SUMMARIES[name],
        dimension=name,
        languages=("zh", "en"),
        licence="Apache-2.0",
        source="of our own making, in this package",
        load=pack.load,
        score=pack.score,
        scorer=f"judge:{name}/1",
        template="the task alone",
        needs_judge=True,
        options=OPTIONS,
    )


SUITES = tuple(_make(name) for name in _SUMMARIES)
