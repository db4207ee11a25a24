"""The member `fen.untrusted`: spans inside messages that give no instructions become pieces of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fen.hierarchy.labelling.leaves import Path
from fen.hierarchy.privilege import Piece, Privilege, format_path
from fen.wire.errors import InvalidRequest
from fen.wire.wishes import MOST_NAMED, Untrusted

Spans = dict[Path, list[tuple[int, int]]]

UNTRUSTED = "untrusted"
"""The origin of such a piece."""


def split_untrusted(pieces: Sequence[Piece], untrusted: Sequence[Untrusted]) -> tuple[Piece, ...]:
    """Return the pieces, those with a span in them split at its ends; the span has a tool's authority.

    What has less authority already keeps its label. Raises InvalidRequest, naming the member, for a span
    that lies outside its text, for text that is nowhere, and for more than 1000 places.
    """
    texts = {piece.path: piece for piece in pieces if piece.kind == "words" and _is_spoken(piece.path)}
    spans: Spans = {}
    for i, wanted in enumerate(untrusted):
        member = f"fen.untrusted[{i}]"
        found = _find_text(wanted.text, texts, member) if wanted.text else [_place(wanted, texts, member)]
        for path, start, end in found:
            spans.setdefault(path, []).append((start, end))
        if sum(map(len, spans.values())) > MOST_NAMED:
            raise _refuse(member, "text that is in more places", f"at most {MOST_NAMED} in all")
    return tuple(part for piece in pieces for part in _split(piece, _merge(spans.get(piece.path, []))))


def _is_spoken(path: Path) -> bool:
    return path[0] in ("messages", "system") and path[-1] in ("content", "text", "system")


def _find_text(text: str, pieces: dict[Path, Piece], member: str) -> list[tuple[Path, int, int]]:
    found: list[tuple[Path, int, int]] = []
    for path, piece in pieces.items():
        at = piece.text.find(text)
        while at >= 0 and len(found) <= MOST_NAMED:
            found.append((path, at, at + len(text)))
            at = piece.text.find(text, at + len(text))
    if not found:
        raise _refuse(f"{member}.text", f"{len(text)} characters", "text that is in a message")
    return found


def _place(wanted: Untrusted, pieces: dict[Path, Piece], member: str) -> tuple[Path, int, int]:
    path: Path = ("messages", wanted.message or 0, "content")
    if wanted.part is not None:
        path = (*path, wanted.part, "text")
    piece = pieces.get(path)
    if piece is None:
        wrong = "message" if wanted.part is None else "part"
        raise _refuse(f"{member}.{wrong}", format_path(path), "the place of a text that is not empty")
    end = len(piece.text) if wanted.end is None else wanted.end
    if end > len(piece.text) or wanted.start >= end:
        wrong = "start" if wanted.end is None else "end"
        value = wanted.start if wanted.end is None else end
        raise _refuse(f"{member}.{wrong}", str(value), f"a place within its {len(piece.text)} characters")
    return path, wanted.start, end


def _refuse(member: str, found: str, expected: str) -> InvalidRequest:
    return InvalidRequest(f"{member}: found {found}, expected {expected}", param=member)


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _split(piece: Piece, spans: list[tuple[int, int]]) -> Iterator[Piece]:
    if not spans or piece.kind != "words" or piece.privilege >= Privilege.TOOL:
        yield piece
        return
    at = 0
    for start, end in spans:
        if start > at:
            yield _part(piece, at, start, piece.privilege, piece.origin)
        yield _part(piece, start, end, Privilege.TOOL, UNTRUSTED)
        at = end
    if at < len(piece.text):
        yield _part(piece, at, len(piece.text), piece.privilege, piece.origin)


def _part(piece: Piece, start: int, end: int, privilege: Privilege, origin: str) -> Piece:
    return Piece(piece.path, piece.text[start:end], privilege, origin, start)
