"""Reveal: what a person sees of a text, what is hidden in it, and what it says in other letters.

A text of ordinary characters comes back as the same object. What is found or decoded is the scorer's to
judge: a finding whose text is empty only breaks words up, as copied text often does.
"""

from __future__ import annotations

import msgspec

from fen.hierarchy.unseen.bidi import reorder
from fen.hierarchy.unseen.characters import uncover
from fen.hierarchy.unseen.confusables import find_confusables
from fen.hierarchy.unseen.draft import Decoded, Draft, Hidden
from fen.hierarchy.unseen.encodings import DEPTH, find_encoded
from fen.hierarchy.unseen.terminal import strike

__all__ = ["Decoded", "Hidden", "Revealed", "reveal", "strip"]

_PASSES = 4


class Revealed(msgspec.Struct, frozen=True):
    """A text as a person sees it, and what else it says.

    visible: what the model gets. findings: what no person sees, in order. decoded: what to score besides the
    visible text and the findings' own; its places are those of the original.
    """

    visible: str
    findings: tuple[Hidden, ...] = ()
    decoded: tuple[Decoded, ...] = ()


def reveal(text: str) -> Revealed:
    """Take out what a person would not see, and decode what can be decoded, to depth two."""
    draft = strip(text)
    odd, alike = find_confusables(draft.text)
    decoded = alike + find_encoded(draft.text)
    for one in alike:
        decoded += [_behind(one.via, one, inner) for inner in find_encoded(one.text, DEPTH - 1)]
    if draft.origins is not None:
        odd = [Hidden(one.kind, *draft.locate(one.start, one.end), one.text) for one in odd]
        decoded = [Decoded(one.text, one.via, *draft.locate(one.start, one.end)) for one in decoded]
    for one in draft.findings:
        decoded += [_behind((one.kind,), one, inner) for inner in find_encoded(one.text, DEPTH - 1)]
    findings = sorted((*draft.findings, *odd), key=lambda one: one.start)
    return Revealed(draft.text, tuple(findings), tuple(decoded))


def strip(text: str) -> Draft:
    """Take out what no person sees; more than once, since what goes may bring together what hides again."""
    draft = Draft(text)
    for _ in range(_PASSES):
        before = draft.text
        draft = uncover(reorder(strike(draft)))
        if draft.text == before:
            break
    return draft


def _behind(via: tuple[str, ...], outer: Hidden | Decoded, inner: Decoded) -> Decoded:
    return Decoded(inner.text, (*via, *inner.via), outer.start, outer.end)
