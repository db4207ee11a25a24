"""Looks at all texts of a request that may give no instructions: each by itself, and joined."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from fen.hierarchy.detect import SEPARATORS, Guard
from fen.hierarchy.detector.features import Context
from fen.hierarchy.finding import Finding
from fen.hierarchy.look import REMOVED, Look, look_at, widen
from fen.hierarchy.memory import Memory
from fen.hierarchy.policy import SPLIT, Action, GuardPolicy, weigh
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.rewriting import cut
from fen.hierarchy.spotlight import choose_pieces

OFF_LOOP = 50_000
"""Characters above which texts are looked at in a thread."""

UNTRUSTED = (Privilege.MEDIA, Privilege.TOOL)
Weighed = list[tuple[Finding, Action]]

_REQUEST = 2_000  # characters of the trusted request that texts are compared with
_CLOSED = re.compile(
    r"\b(?:summari[sz]e|sum up|translate|proofread|classify|extract|count the|spell[- ]?check|paraphrase)\b"
    r"|总结|概括|摘要|翻译|校对|分类|提取|改写",
    re.IGNORECASE,
)
"""Words of tasks whose text is data through and through."""
_PASSES = 4  # payloads split over pieces that are looked for in one request


class Looked(msgspec.Struct, frozen=True):
    """What was found, and other texts for some of the pieces, by index."""

    texts: dict[int, str]
    weighed: Weighed


class Looker:
    """Looks at texts; what was seen of one is remembered by its hash."""

    def __init__(self, guard: Guard, memory: Memory) -> None:
        self._guard = guard
        self._memory = memory

    async def look(self, pieces: Sequence[Piece], policy: GuardPolicy) -> Looked:
        """Look at a request's pieces; long texts leave the event loop."""
        scored = [i for i, piece in enumerate(pieces) if _is_scored(piece, policy)]
        if not scored:
            return Looked({}, [])
        if sum(len(pieces[i].text) for i in scored) > OFF_LOOP:
            return await asyncio.to_thread(self._look_at_all, pieces, scored, policy)
        return self._look_at_all(pieces, scored, policy)

    def _look_at_all(self, pieces: Sequence[Piece], scored: Sequence[int], policy: GuardPolicy) -> Looked:
        looked = Looked({}, [])
        for i in scored:
            piece = pieces[i]
            asked = "" if piece.privilege.trusted else _tell_request(pieces, i)
            closed = _CLOSED.search(asked) is not None
            look = self._look_at(piece.text, Context(piece.privilege, asked, closed))
            looked.weighed.extend(_weigh_look(piece, look, policy))
            if piece.privilege in UNTRUSTED and look.clean != piece.text:
                looked.texts[i] = look.clean
        joined = [i for i in scored if pieces[i].privilege in UNTRUSTED]
        if len(joined) > 1:
            for separator in SEPARATORS:
                self._look_across(pieces, joined, separator, looked, policy)
        return looked

    def _look_at(self, text: str, context: Context) -> Look:
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
        place = bytes((context.privilege, context.closed))
        digest.update(place + context.request.encode("utf-8", "surrogatepass"))
        key = digest.digest()
        look = self._memory.get(key)
        if look is None:
            look = look_at(text, self._guard, context)
            self._memory.put(key, look)
        return look

    def _look_across(
        self,
        pieces: Sequence[Piece],
        indices: Sequence[int],
        separator: str,
        looked: Looked,
        policy: GuardPolicy,
    ) -> None:
        """Find a payload that was split over several pieces, each harmless by itself."""
        for _ in range(_PASSES):
            parts = [looked.texts.get(i, pieces[i].text) for i in indices]
            joined = separator.join(parts)
            score = self._guard.score(joined, Context(Privilege.TOOL))
            if not score.suspicious:
                return
            spans = _share_out(widen(joined, score.start, score.end), parts, len(separator))
            if len(spans) < 2:
                return  # the piece alone was judged already, in the cell of its own length
            for place, span in spans.items():
                i = indices[place]
                piece = pieces[i]
                finding = Finding(SPLIT, piece.where, piece.privilege, score.value, *span)
                looked.weighed.append((finding, weigh(finding, policy, calibrated=score.calibrated)))
                looked.texts[i] = cut(parts[place], [span], REMOVED)


def _share_out(span: tuple[int, int], parts: Sequence[str], between: int) -> dict[int, tuple[int, int]]:
    """Return which characters of which parts a span of the joined text covers."""
    spans: dict[int, tuple[int, int]] = {}
    at = 0
    for place, part in enumerate(parts):
        start, end = max(span[0] - at, 0), min(span[1] - at, len(part))
        if start < end and part[start:end].strip():
            spans[place] = (start, end)
        at += len(part) + between
    return spans


def _is_scored(piece: Piece, policy: GuardPolicy) -> bool:
    if piece.kind == "data" or not piece.text.strip():
        return False
    if piece.privilege in UNTRUSTED:
        return piece.kind == "words" and bool(choose_pieces((piece,)))
    return policy.requester and piece.privilege == Privilege.USER and piece.kind == "words"


def _weigh_look(piece: Piece, look: Look, policy: GuardPolicy) -> Weighed:
    weighed: Weighed = []
    for one in look.suspects:
        text = one.text if policy.keep_text else None
        finding = Finding(one.kind, piece.where, piece.privilege, one.score, one.start, one.end, text)
        weighed.append((finding, weigh(finding, policy, calibrated=one.calibrated)))
    return weighed


def _tell_request(pieces: Sequence[Piece], at: int) -> str:
    """Return the user's words before a text, or else after it: what was asked for may have the same words.

    Those before stay the same in later turns, so that what was seen of the text can be used again.
    """
    for piece in (*reversed(pieces[:at]), *pieces[at + 1 :]):
        if piece.privilege == Privilege.USER and piece.kind == "words" and piece.path[0] == "messages":
            return piece.text[:_REQUEST]
    return ""
