"""Cells: texts of like length and language, for which one threshold of the guard is set.

A long text has more windows, of which one may be suspicious by chance, and programs look different from
prose.
"""

from __future__ import annotations

import msgspec
import numpy as np

LENGTHS = (("400", 400), ("2k", 2_000), ("8k", 8_000), ("32k", 32_000))
"""Names and bounds, in characters; a text is in the first one that it is shorter than."""
LANGUAGES = ("en", "zh", "code", "other")
OVER = "over"
"""The name of lengths for which nobody measured anything."""

_SAMPLE = 16_000
_CHINESE, _ELSEWHERE, _SIGNS = 0.2, 0.25, 0.085
_CODE_SIGNS = np.zeros(128, np.bool_)
_CODE_SIGNS[list(b"{}()[];=<>_\\|&$*/+#\"'`@%^~")] = True


class Cell(msgspec.Struct, frozen=True):
    """length: one of LENGTHS' names, or OVER. lang: one of LANGUAGES."""

    length: str
    lang: str

    @property
    def name(self) -> str:
        """Both, as in the bench's figures: `2k_en`."""
        return f"{self.length}_{self.lang}"


def find_cell(text: str) -> Cell:
    """Return the cell that a text is in."""
    for name, bound in LENGTHS:
        if len(text) < bound:
            return Cell(name, find_language(text))
    return Cell(OVER, find_language(text))


def find_language(text: str) -> str:
    """Return `zh`, `code`, `other` (much that is neither ASCII nor Chinese) or `en`, by its first signs."""
    points = np.frombuffer(text[:_SAMPLE].encode("utf-32-le", "replace"), np.uint32)
    points = points[points > 32]
    if not len(points):
        return "en"
    plain = points[points < 128]
    chinese = np.count_nonzero((points >= 0x3400) & (points < 0xA000))
    kana = np.count_nonzero((points >= 0x3040) & (points < 0x3100))
    if chinese > _CHINESE * len(points) and kana < 0.1 * len(points):
        return "zh"
    if len(points) - len(plain) - chinese > _ELSEWHERE * len(points) or kana > 0.1 * len(points):
        return "other"
    return "code" if np.count_nonzero(_CODE_SIGNS[plain]) > _SIGNS * len(points) else "en"
