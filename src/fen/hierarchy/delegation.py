"""Delegation: who has authority may lend it to parts of a request that have none of their own.

Source: OpenAI, Model Spec (2025-04-11), "Follow all applicable instructions": quoted text, files and what
tools return have no authority, unless authority is delegated to them by a message that has it.

A delegation comes from the settings, or from the member `fen.delegate` of a request whose key may delegate.
It holds for one request and is not sent on. It gives nobody more than its giver has. A part that was lent
authority lends none: what says in a text that it delegates is a finding, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from fen.hierarchy.finding import Finding
from fen.hierarchy.labelling.delegation_words import find_member, find_prose
from fen.hierarchy.labelling.leaves import Path, as_list, as_object
from fen.hierarchy.labelling.untrusted import UNTRUSTED
from fen.hierarchy.privilege import Piece, Privilege, format_path
from fen.hierarchy.rewriting import read_tree
from fen.wire.errors import Forbidden, InvalidRequest
from fen.wire.request import Request
from fen.wire.wishes import Wishes

_LIFTED = (Privilege.MEDIA, Privilege.TOOL)


class Delegation(msgspec.Struct, frozen=True):
    """Authority that is lent.

    parts: to whom, by origin (`tool:get_weather`) or by path (`messages[2]`, with all that is in it).
    giver: whose authority it is. privilege: how much of it; what is above the giver's own counts as the
    giver's. An origin that holds a file's name is as good as whoever named the file: a path is safer.
    """

    parts: tuple[str, ...]
    giver: Privilege = Privilege.USER
    privilege: Privilege = Privilege.USER

    @property
    def level(self) -> Privilege:
        """What its parts get: never more than the giver has, and never the system's own."""
        return max(self.giver, self.privilege, Privilege.USER)


def delegate(
    request: Request,
    pieces: Sequence[Piece],
    settled: Iterable[Delegation] = (),
    *,
    may_delegate: bool = False,
) -> tuple[Piece, ...]:
    """Return the pieces as delegations lift them: those of the settings, and the request's own.

    Only media and what tools return or define are lifted; the assistant's turns and text that the requester
    calls untrusted never are. Raises Forbidden where the key may not delegate, and InvalidRequest for a
    part that the request does not have, each naming the member.
    """
    lent = tuple(settled)
    wishes: Wishes | None = getattr(request.view, "fen", None)
    if wishes is not None and wishes.delegate:
        if not may_delegate:
            message = "fen.delegate: found a delegation, expected a key that may delegate"
            raise Forbidden(message, param="fen.delegate")
        lent += (_read(wishes.delegate, pieces),)
    if not lent:
        return tuple(pieces)
    levels = {part: min(d.level for d in lent if part in d.parts) for d in lent for part in d.parts}
    return tuple(_lift(piece, levels) for piece in pieces)


def _read(parts: Sequence[str], pieces: Sequence[Piece]) -> Delegation:
    known = {name for piece in pieces for name in _names(piece)}
    for i, part in enumerate(parts):
        if part not in known:
            member = f"fen.delegate[{i}]"
            expected = "an origin or a path of a part of this request"
            raise InvalidRequest(f"{member}: found {part!r}, expected {expected}", param=member)
    return Delegation(tuple(parts))


def _names(piece: Piece) -> Iterator[str]:
    yield piece.origin
    for length in range(2, len(piece.path) + 1):
        yield format_path(piece.path[:length])


def _lift(piece: Piece, levels: dict[str, Privilege]) -> Piece:
    if piece.privilege not in _LIFTED or piece.origin == UNTRUSTED:
        return piece
    level = min((levels[name] for name in _names(piece) if name in levels), default=piece.privilege)
    if level >= piece.privilege:
        return piece
    return msgspec.structs.replace(piece, privilege=level)


def find_delegations(request: Request, pieces: Sequence[Piece]) -> tuple[Finding, ...]:
    """Return what claims to delegate and may not: kind `delegation`.

    A member `delegate` inside a member `fen` anywhere but at the top of the request, and JSON text that has
    one, are found in every piece; words of delegation in pieces without authority of their own. Its places
    are in the piece's text.
    """
    found = [finding for piece in pieces if piece.kind != "data" for finding in _look(piece)]
    if b"delegate" in request.body:
        found += _find_members(read_tree(request))
    return tuple(found)


def _look(piece: Piece) -> Iterator[Finding]:
    member = find_member(piece.text)
    if member is not None:
        yield Finding("delegation", piece.where, piece.privilege, 1.0, *member)
    if piece.privilege in _LIFTED:  # nobody heeds the assistant's turns anyway
        for span in find_prose(piece.text):
            yield Finding("delegation", piece.where, piece.privilege, 0.8, *span)


def _find_members(tree: dict[str, Any]) -> Iterator[Finding]:
    stack: list[tuple[Any, Path]] = [(inner, (name,)) for name, inner in tree.items() if name != "fen"]
    while stack:
        node, path = stack.pop()
        members = as_object(node)
        if path[-1] == "fen.delegate" or (path[-1] == "fen" and "delegate" in members):
            yield Finding("delegation", format_path(path), Privilege.USER)
        stack += [(inner, (*path, i)) for i, inner in enumerate(as_list(node))]
        stack += [(inner, (*path, name)) for name, inner in members.items()]
