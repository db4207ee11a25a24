"""Drawing a trial: score over cost, of routing at each budget and of every single model."""

from __future__ import annotations

from fen.evals.report.charts import Dot, draw_scatter
from fen.evals.report.charts.scatter import Axes
from fen.evals.report.style import write_picture
from fen.routing.trial import Trial

_ROUTED, _SINGLE, _ORACLE = 0, 1, 2  # colours


def draw_trial(trial: Trial) -> str:
    """Return a picture (SVG): full dots for routing at its budgets, hollow ones for models and the oracle."""
    routed = [
        Dot(
            name=f"routed, {row.budget:.0%}",
            cost=1000 * float(row.cost.amount),
            score=row.score,
            low=max(0.0, row.static + row.low),
            high=min(1.0, row.static + row.high),
            series=_ROUTED,
            leads=True,
        )
        for row in trial.rows
    ]
    singles = [
        Dot(name=one.model, cost=1000 * float(one.cost.amount), score=one.score, series=_SINGLE)
        for one in trial.singles
    ]
    oracle = Dot(
        name="oracle", cost=1000 * float(trial.oracle.cost.amount), score=trial.oracle.score, series=_ORACLE
    )
    dots = [*routed, oracle, *singles]
    description = "; ".join(f"{dot.name}: {dot.score:.4f} for {dot.cost:g} per 1,000 prompts" for dot in dots)
    axes = Axes(f"{trial.oracle.cost.currency} per 1,000 prompts", "score, %")
    title = "What routing brings, beside single models"
    return write_picture(draw_scatter(dots, axes, title=title, description=description))
