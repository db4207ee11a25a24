"""Looks at one text: what a person sees of it, what instructs in it, and what is left without that."""

from __future__ import annotations

import re

import msgspec

from fen.hierarchy.detect import Guard, Score
from fen.hierarchy.detector.features import Context
from fen.hierarchy.hidden import Hidden, Revealed, reveal
from fen.hierarchy.policy import INJECTION
from fen.hierarchy.rewriting import cut

REMOVED = "[removed: instructions from a text that may give none]"
"""What stands in the place of what was stripped."""

_PASSES = 12  # a text full of instructions is given up after so many
_REACH = 400  # characters on either side in which a sentence is looked for
_ENDS = re.compile(r"[.!?。！？]['\"”’)\]]*\s|[。！？\n]")


class Suspect(msgspec.Struct, frozen=True):
    """A part of a text that instructs, or hides; start and end in characters of the visible text."""

    kind: str
    start: int
    end: int
    score: float
    text: str
    calibrated: bool = True


class Look(msgspec.Struct, frozen=True):
    """What was seen of a text.

    visible: what a person sees. suspects: what instructs in it, or hid from it. clean: the visible text
    without what instructs.
    """

    visible: str
    suspects: tuple[Suspect, ...]
    clean: str


def look_at(text: str, guard: Guard, context: Context) -> Look:
    """Look at a text where it stands."""
    revealed = reveal(text)
    visible = revealed.visible
    suspects = [_read_hidden(one, guard, context) for one in revealed.findings if one.text.strip()]
    inner = revealed if visible is text or visible == text else reveal(visible)
    spans = _find_decoded(inner, guard, context) + _find_instructions(visible, guard, context)
    clean = cut(visible, [(one.start, one.end) for one in spans], REMOVED) if spans else visible
    return Look(visible, (*suspects, *spans), clean)


def _read_hidden(one: Hidden, guard: Guard, context: Context) -> Suspect:
    """What no person sees is taken out whatever it says; the score tells whether it instructs."""
    found = guard.score(one.text, context)
    return Suspect(one.kind, 0, 0, found.value, one.text, found.calibrated)


def _find_decoded(revealed: Revealed, guard: Guard, context: Context) -> list[Suspect]:
    found: list[Suspect] = []
    for one in revealed.decoded:
        score = guard.score(one.text, context)
        if score.suspicious:
            kind = "encoded_" + "_".join(one.via)
            found.append(Suspect(kind, one.start, one.end, score.value, one.text, score.calibrated))
    return found


def _find_instructions(text: str, guard: Guard, context: Context) -> list[Suspect]:
    """Return the parts that make the text suspicious, until what is left is not."""
    found: list[Suspect] = []
    left = text
    for _ in range(_PASSES):
        score = guard.score(left, context)
        if not score.suspicious or score.end <= score.start:
            return found
        start, end = widen(text, score.start, score.end)
        found.append(_note(text, start, end, score))
        # Blanks of the same length, so that places stay what they are.
        left = left[:start] + " " * (end - start) + left[end:]
    return [*found, _note(text, 0, len(text), guard.score(text, context))]


def _note(text: str, start: int, end: int, score: Score) -> Suspect:
    return Suspect(INJECTION, start, end, score.value, text[start:end], score.calibrated)


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span widened to whole sentences, as far as their ends are near."""
    before = list(_ENDS.finditer(text, max(0, start - _REACH), start))
    if before:
        start = before[-1].end()
    elif start <= _REACH:
        start = 0
    after = _ENDS.search(text, end, min(len(text), end + _REACH))
    if after is not None:
        end = after.end()
    elif len(text) - end <= _REACH:
        end = len(text)
    return start, end
