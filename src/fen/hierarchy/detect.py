"""The guard: how much a text that has no authority looks like one that gives instructions.

A text scores as its most suspicious window, which is told too. The score is relative to the threshold of the
text's cell, so that 0.5 means the same everywhere: what one in a hundred texts of the worst benign source
reaches. It is a sign, and no proof: what writes around the grams it knows passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from math import exp
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from fen.hierarchy.detector.artefact import Artefact, Readable, load_artefact, packaged
from fen.hierarchy.detector.cells import Cell, find_cell
from fen.hierarchy.detector.features import Context, count_signs, shift
from fen.hierarchy.detector.ngrams import BLOCK, Folded, block_sums, fold, pack, window_sums, windows
from fen.hierarchy.privilege import Piece

if TYPE_CHECKING:
    from fen.hierarchy.detector.calibrate import Threshold

SUSPICIOUS = 0.5
SEPARATORS = ("", "\n")
"""What may stand between the parts of a split payload."""

_SPREAD = 2.0  # logits in which a score goes from 0.5 to 0.73
_STEEPEST = 60.0
_MOST_SIGNS = 3


class Score(msgspec.Struct, frozen=True):
    """How suspicious a text is. value: from 0 to 1, SUSPICIOUS at its cell's threshold.

    calibrated: whether the cell's threshold was measured; nobody is refused for a score that is not. start,
    end: the characters of the most suspicious window.
    """

    value: float
    cell: str
    calibrated: bool
    start: int
    end: int

    @property
    def suspicious(self) -> bool:
        """Whether it is at or above the threshold."""
        return self.value >= SUSPICIOUS

    @property
    def may_refuse(self) -> bool:
        """Whether the score may be a reason to refuse the requester's own words."""
        return self.suspicious and self.calibrated


class Window(msgspec.Struct, frozen=True):
    """The most suspicious part of a text: its logit, with the text's signs, and its characters."""

    logit: float
    start: int
    end: int


class Guard:
    """Scores texts; it keeps nothing of them, and may be used by several threads."""

    def __init__(self, artefact: Artefact) -> None:
        self.manifest = artefact.manifest
        self._network = artefact.network
        self._table = pack(artefact.weights)

    def amend(self, **changes: Any) -> Guard:
        """Return a guard of the same weights, with some members of its manifest changed."""
        other = copy(self)
        other.manifest = msgspec.structs.replace(self.manifest, **changes)
        return other

    @classmethod
    def load(cls, folder: Readable | None = None) -> Guard:
        """Return the guard of an artefact, by default the packaged one; raises ConfigError."""
        return cls(load_artefact(packaged() if folder is None else folder))

    def score(self, text: str, context: Context) -> Score:
        """Return how suspicious a text is where it stands; an empty one is not."""
        cell = find_cell(text)
        limit = self.limit(cell)
        if not text.strip():
            return Score(0.0, cell.name, limit.calibrated, 0, 0)
        found = self.look(text)
        logit = found.logit + shift(context, text[found.start : found.end])
        return Score(_squash(logit - limit.logit), cell.name, limit.calibrated, found.start, found.end)

    def score_joined(self, pieces: Sequence[Piece], context: Context) -> Score:
        """Return the score of all pieces without authority in one, in their order: a payload may be split.

        Its start and end are places in the joined text of the separator that makes it more suspicious.
        """
        parts = [piece.text for piece in pieces if not piece.privilege.trusted]
        scores = [self.score(separator.join(parts), context) for separator in SEPARATORS]
        return max(scores, key=lambda score: score.value)

    def limit(self, cell: Cell) -> Threshold:
        """Return a cell's threshold; that of the strictest cell, uncalibrated, where none was set."""
        known = self.manifest.thresholds
        if cell.name in known:
            return known[cell.name]
        strictest = max(known.values(), key=lambda limit: limit.logit)
        return msgspec.structs.replace(strictest, calibrated=False, texts=0)

    def look(self, text: str) -> Window:
        """Return the most suspicious window of a text with something in it, whatever its context."""
        folded = fold(text)
        logit, start, end = self.find_worst(folded)
        marks, imperatives = (min(count, _MOST_SIGNS) for count in count_signs(text))
        signs = self.manifest.signs[0] * marks + self.manifest.signs[1] * imperatives
        return Window(logit + signs, folded.place(start), folded.place(end))

    def find_worst(self, folded: Folded) -> tuple[float, int, int]:
        """Return the logit of the most suspicious window, by grams alone, and its place in the bytes."""
        length = len(folded)
        bounds = windows(length)
        sums = window_sums(block_sums(folded.data, self._table), bounds)
        ends = np.minimum(bounds[:, 1] * BLOCK, length)
        starts = bounds[:, 0] * BLOCK
        logits = self._network.judge(sums, ends - starts)
        at = int(logits.argmax())
        return float(logits[at]), int(starts[at]), int(ends[at])


def _squash(logit: float) -> float:
    return 1 / (1 + exp(-max(-_STEEPEST, min(_STEEPEST, logit / _SPREAD))))
