"""Ratings: what many votes on pairs say of each model, and how sure that is."""

from fen.arena.rating.counts import Counts, count_votes
from fen.arena.rating.fit import Fit, fit_counts

__all__ = ["Counts", "Fit", "count_votes", "fit_counts"]
