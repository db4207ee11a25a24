"""Examines a request: labels its texts, reveals and scores those without authority, and neutralises them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from fen.hierarchy.attached import read_attached
from fen.hierarchy.delegation import delegate, find_delegations
from fen.hierarchy.detect import Guard
from fen.hierarchy.documents import Documents
from fen.hierarchy.features import Context
from fen.hierarchy.finding import Finding
from fen.hierarchy.labels import label
from fen.hierarchy.look import REMOVED, Look, join_spans, look_at, widen
from fen.hierarchy.marks import Key, Mark
from fen.hierarchy.memory import Memory
from fen.hierarchy.policy import SPLIT, Action, GuardPolicy, Verdict, decide, weigh
from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.reserved import Reserved, families_of, neutralise, reserve
from fen.hierarchy.rewriting import cut, retext
from fen.hierarchy.spotlight import Options, choose_pieces, spotlight
from fen.wire.request import Request, parse_request

OFF_LOOP = 50_000
"""Characters above which texts are looked at in a thread."""

_REQUEST = 2_000  # characters of the trusted request that texts are compared with
_UNTRUSTED = (Privilege.MEDIA, Privilege.TOOL)

_Weighed = list[tuple[Finding, Action]]


class Examined(msgspec.Struct, frozen=True):
    """A request as it may be sent, and what the answer to it has to lose.

    verdict: on the request as it came. pieces: its labels, for the verdicts on calls of tools.
    """

    request: Request
    verdict: Verdict
    pieces: tuple[Piece, ...] = ()
    marks: tuple[Mark, ...] = ()
    reserved: Reserved | None = None


class Examiner:
    """Examines requests; what it saw of a text is remembered by the text's hash.

    secret: what marks are made with, at least 16 bytes.
    """

    def __init__(
        self, guard: Guard, documents: Documents, secret: bytes, memory: Memory | None = None
    ) -> None:
        self.documents = documents
        self._guard = guard
        self._secret = secret
        self._memory = memory if memory is not None else Memory()

    async def examine(self, request: Request, policy: GuardPolicy, tenant: str) -> Examined:
        """Return a request as the policy wants it sent; in mode `observe`, as it came.

        tenant: whose request it is, so that nobody's marks are another's. Raises InvalidRequest and
        Forbidden.
        """
        pieces = label(request, policy.allowed_tools)
        pieces = delegate(request, pieces, policy.delegations, may_delegate=policy.may_delegate)
        weighed: _Weighed = [
            (finding, weigh(finding, policy, calibrated=True))
            for finding in find_delegations(request, pieces)
        ]
        attached = await read_attached(request, pieces, self.documents)
        for finding, one in attached.findings:
            kept = (
                finding
                if one is None or not policy.keep_text
                else msgspec.structs.replace(finding, text=one.text)
            )
            weighed.append((kept, weigh(kept, policy, calibrated=True)))
        texts, found = await self._look(attached.pieces, policy)
        weighed += found
        changed, pieces = retext(attached.request, attached.pieces, texts)
        reserved = reserve(families_of(request.view.model))
        if reserved is not None:
            changed, pieces = neutralise(changed, pieces, reserved)
        lit = spotlight(changed, pieces, Options(Key(self._secret, tenant), policy.method))
        verdict = decide(weighed, marked=bool(lit.marks), answerable=_is_answerable(pieces))
        if policy.mode == "observe":
            return Examined(request, verdict, attached.pieces)
        sent = lit.request
        if sent is not request:
            # Whoever sizes it reads the body, so the edits have to be in it.
            sent = parse_request(sent.format, sent.to_bytes())
        return Examined(sent, verdict, pieces, lit.marks, reserved)

    async def _look(self, pieces: Sequence[Piece], policy: GuardPolicy) -> tuple[dict[int, str], _Weighed]:
        """Return other texts for some pieces, and what was found in all."""
        scored = [i for i, piece in enumerate(pieces) if _is_scored(piece, policy)]
        if not scored:
            return {}, []
        if sum(len(pieces[i].text) for i in scored) > OFF_LOOP:
            return await asyncio.to_thread(self._look_at_all, pieces, scored, policy)
        return self._look_at_all(pieces, scored, policy)

    def _look_at_all(
        self, pieces: Sequence[Piece], scored: Sequence[int], policy: GuardPolicy
    ) -> tuple[dict[int, str], _Weighed]:
        asked = _tell_request(pieces)
        texts: dict[int, str] = {}
        weighed: _Weighed = []
        for i in scored:
            piece = pieces[i]
            look = self._look_at(piece, asked)
            weighed += _weigh_look(piece, look, policy)
            if piece.privilege in _UNTRUSTED and look.clean != piece.text:
                texts[i] = look.clean
        joined = [i for i in scored if pieces[i].privilege in _UNTRUSTED]
        if len(joined) > 1:
            self._look_across(pieces, joined, (texts, weighed), policy)
        return texts, weighed

    def _look_at(self, piece: Piece, asked: str) -> Look:
        context = Context(piece.privilege, asked if not piece.privilege.trusted else "")
        digest = blake2b(piece.text.encode("utf-8", "surrogatepass"), digest_size=16)
        digest.update(bytes((piece.privilege,)) + context.request.encode("utf-8", "surrogatepass"))
        key = digest.digest()
        look = self._memory.get(key)
        if look is None:
            look = look_at(piece.text, self._guard, context)
            self._memory.put(key, look)
        return look

    def _look_across(
        self,
        pieces: Sequence[Piece],
        indices: Sequence[int],
        found: tuple[dict[int, str], _Weighed],
        policy: GuardPolicy,
    ) -> None:
        """Find a payload that was split over several pieces, each harmless by itself."""
        texts, weighed = found
        parts = [texts.get(i, pieces[i].text) for i in indices]
        joined = "\n".join(parts)
        score = self._guard.score(joined, Context(Privilege.TOOL))
        if not score.suspicious:
            return
        start, end = widen(joined, score.start, score.end)
        at = 0
        for i, part in zip(indices, parts, strict=True):
            span = (max(start - at, 0), min(end - at, len(part)))
            if span[0] < span[1]:
                piece = pieces[i]
                finding = Finding(SPLIT, piece.where, piece.privilege, score.value, *span)
                weighed.append((finding, weigh(finding, policy, calibrated=score.calibrated)))
                texts[i] = cut(part, join_spans([span]), REMOVED)
            at += len(part) + 1


def _is_scored(piece: Piece, policy: GuardPolicy) -> bool:
    if piece.kind == "data" or not piece.text.strip():
        return False
    if piece.privilege in _UNTRUSTED:
        return piece.kind == "words" and bool(choose_pieces((piece,)))
    return policy.requester and piece.privilege == Privilege.USER and piece.kind == "words"


def _weigh_look(piece: Piece, look: Look, policy: GuardPolicy) -> _Weighed:
    weighed: _Weighed = []
    for one in look.suspects:
        text = one.text if policy.keep_text else None
        finding = Finding(one.kind, piece.where, piece.privilege, one.score, one.start, one.end, text)
        weighed.append((finding, weigh(finding, policy, calibrated=one.calibrated)))
    return weighed


def _tell_request(pieces: Sequence[Piece]) -> str:
    """Return the user's last words, which a text that was asked for may have too."""
    for piece in reversed(pieces):
        if piece.privilege == Privilege.USER and piece.kind == "words":
            return piece.text[:_REQUEST]
    return ""


def _is_answerable(pieces: Sequence[Piece]) -> bool:
    """Whether anybody with authority asks for something."""
    return any(piece.privilege.trusted and piece.kind == "words" and piece.text.strip() for piece in pieces)
