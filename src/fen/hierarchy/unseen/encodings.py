"""Text in other letters: base64, base32, hexadecimal, escapes, ROT13 and the like, decoded to depth two.

What a decoder gives back is kept only where it reads as language, so that hashes, identifiers, pictures and
code cost little and are not kept.
"""

from __future__ import annotations

from fen.hierarchy.unseen.draft import Decoded
from fen.hierarchy.unseen.escapes import find_escapes
from fen.hierarchy.unseen.language import is_printable, reads_as_language
from fen.hierarchy.unseen.rotations import find_rotations
from fen.hierarchy.unseen.runs import find_runs

DEPTH = 2
"""Steps of decoding, one upon the other."""

MOST = 256
"""Decoded texts of one text that are kept."""

_UNDOES_ITSELF = frozenset({"rot13", "atbash", "reversed", "reversed_words"})


def find_encoded(text: str, depth: int = DEPTH) -> list[Decoded]:
    """Return what the text's encoded parts say; what one step gives stands before what the next one does."""
    found: list[Decoded] = []
    for one in _try(text):
        left = depth - len(one.via)
        if left >= 0 and reads_as_language(one.text):
            found.append(one)
        if left > 0 and is_printable(one.text):
            inside = [inner for inner in find_encoded(one.text, left) if not _goes_back(one, inner)]
            found += [Decoded(inner.text, (*one.via, *inner.via), one.start, one.end) for inner in inside]
        if len(found) >= MOST:
            break
    return found[:MOST]


def _try(text: str) -> list[Decoded]:
    """Return every decoding that gives something printable, whether it means anything or not."""
    raw = text.encode("latin-1", "replace")  # a byte for each character, so that places stay
    return [*find_runs(text, raw), *find_escapes(text), *find_rotations(text, raw)]


def _goes_back(one: Decoded, inner: Decoded) -> bool:
    return one.via[-1] in _UNDOES_ITSELF and inner.via[0] in _UNDOES_ITSELF
