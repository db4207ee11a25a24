"""Ballots out of columns: names become numbers of one roster, outcomes the codes of OUTCOMES."""

from __future__ import annotations

from pathlib import Path

from fen.arena.ballots import Ballots
from fen.arena.files.columns import KNOWN, REQUIRED
from fen.arena.files.reading import read_votes

__all__ = ["KNOWN", "REQUIRED", "read_ballots"]


def read_ballots(source: Path | bytes) -> Ballots:
    """Read ballots from a file of votes, or its bytes; every further column of numbers is a style.

    Raises InvalidRequest for a missing column, a missing value, an outcome that is none, or a pair of one
    model with itself.
    """
    return read_votes(source).ballots
