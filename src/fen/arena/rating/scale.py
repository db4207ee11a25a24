"""The display scale: Elo points, put at a height by one anchor."""

from __future__ import annotations

import math

from fen.arena.ballots import Floats

POINTS = 400.0 / math.log(10.0)
"""Elo points of one natural log-odd: 400 points are odds of 10 to 1."""

USUAL_HEIGHT = 1000.0


def to_points(strength: Floats, anchor: int | None = None, height: float = USUAL_HEIGHT) -> Floats:
    """Return strengths in points.

    anchor: the place of the model that stands at `height`; None puts the mean there. The anchor only shifts:
    the covariance stays that of strengths that add up to 0.
    """
    return (strength - (0.0 if anchor is None else strength[anchor])) * POINTS + height
