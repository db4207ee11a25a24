"""Examines a request: labels its texts, reveals and scores those without authority, and neutralises them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fen.hierarchy.attached import Attached, read_attached
from fen.hierarchy.delegation import delegate, find_delegations
from fen.hierarchy.detect import Guard
from fen.hierarchy.documents import Documents
from fen.hierarchy.labels import label
from fen.hierarchy.looking import Looker, Weighed
from fen.hierarchy.marking.marks import Key, Mark
from fen.hierarchy.memory import Memory
from fen.hierarchy.plain import is_plain
from fen.hierarchy.policy import PASS, GuardPolicy, Verdict, decide, weigh
from fen.hierarchy.privilege import Piece
from fen.hierarchy.reserved import Reserved, families_of, neutralise, reserve
from fen.hierarchy.rewriting import retext
from fen.hierarchy.spotlight import Options, choose_pieces, spotlight
from fen.wire.anthropic import CountRequest, MessagesRequest
from fen.wire.request import Request, parse_count, parse_request


class Examined(msgspec.Struct, frozen=True):
    """A request as it may be sent, and what the answer to it has to lose.

    verdict: on the request as it came. pieces: its labels, for the verdicts on calls of tools; None where
    they were not needed. reserved: None where no reserved token was escaped.
    """

    request: Request
    verdict: Verdict
    pieces: tuple[Piece, ...] | None = None
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
        self._looker = Looker(guard, memory if memory is not None else Memory())
        self._secret = secret

    async def examine(self, request: Request, policy: GuardPolicy, tenant: str) -> Examined:
        """Return a request as the policy wants it sent; in mode `observe`, as it came.

        tenant: whose request it is, so that nobody's marks are another's. Raises InvalidRequest for a file
        that cannot be read, unless the guard only observes, and Forbidden.
        """
        if is_plain(request, policy):
            return Examined(request, PASS)
        observing = policy.mode == "observe"
        pieces = label(request, policy.allowed_tools)
        pieces = delegate(request, pieces, policy.delegations, may_delegate=policy.may_delegate)
        weighed: Weighed = [
            (finding, weigh(finding, policy, calibrated=True))
            for finding in find_delegations(request, pieces)
        ]
        attached = await read_attached(request, pieces, self.documents, strict=not observing)
        weighed += _weigh_attached(attached, policy)
        looked = await self._looker.look(attached.pieces, policy)
        weighed += looked.weighed
        answerable = _is_answerable(attached.pieces)
        if observing:
            marked = bool(choose_pieces(attached.pieces))
            return Examined(request, decide(weighed, marked=marked, answerable=answerable), attached.pieces)
        changed, pieces = retext(attached.request, attached.pieces, looked.texts)
        reserved = reserve(families_of(request.view.model))
        if reserved is not None:
            before = changed
            changed, pieces = neutralise(changed, pieces, reserved)
            reserved = None if changed is before else reserved
        lit = spotlight(changed, pieces, Options(Key(self._secret, tenant), policy.method))
        verdict = decide(weighed, marked=bool(lit.marks), answerable=answerable)
        sent = lit.request
        if sent is not request:
            # Whoever sizes it reads the body, so the edits have to be in it.
            sent = _parse_again(sent)
        return Examined(sent, verdict, pieces, lit.marks, reserved)


def _parse_again(request: Request) -> Request:
    body = request.to_bytes()
    if isinstance(request.view, CountRequest) and not isinstance(request.view, MessagesRequest):
        return parse_count(body)
    return parse_request(request.format, body)


def _weigh_attached(attached: Attached, policy: GuardPolicy) -> Weighed:
    weighed: Weighed = []
    for finding, concealed in attached.findings:
        if concealed is not None and policy.keep_text:
            finding = msgspec.structs.replace(finding, text=concealed.text)  # noqa: PLW2901  with its text
        weighed.append((finding, weigh(finding, policy, calibrated=True)))
    return weighed


def _is_answerable(pieces: Sequence[Piece]) -> bool:
    """Whether anybody with authority asks for something."""
    return any(
        piece.privilege.trusted
        and piece.kind == "words"
        and piece.path[0] in ("messages", "system")
        and piece.text.strip()
        for piece in pieces
    )
