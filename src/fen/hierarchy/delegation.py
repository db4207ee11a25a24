"""Delegation: who has authority may lend it to parts of a request that have none of their own.

Source: OpenAI, Model Spec (2025-04-11), "Follow all applicable instructions": quoted text, files and what tools
return have no authority, unless authority is delegated to them by a message that has it.

A delegation comes from the settings, or from the member `fen.delegate` of a request whose key may delegate. It
holds for one request and is not sent on. It gives nobody more than its giver has. A part that was lent authority
lends none: what says in a text that it delegates is a finding, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from fen.hierarchy.finding import Finding
from fen.hierarchy.leaves import Path, as_list, as_object
from fen.hierarchy.privilege import Piece, Privilege, format_path
from fen.hierarchy.rewriting import read_tree
from fen.hierarchy.untrusted import UNTRUSTED
from fen.wire.errors import Forbidden, InvalidRequest
from fen.wire.request import Request
from fen.wire.wishes import Wishes


class Delegation(msgspec.Struct, frozen=True):
    """Authority that is lent.

    parts: to whom, by origin (`tool:get_weather`) or by path (`messages[2]`, with all that is in it). giver:
    whose authority it is. privilege: how much of it; what is above the giver's own counts as the giver's.
    An origin that holds a file's name is as good as whoever named the file: a path is safer.
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
    calls untrusted never are. Raises Forbidden where the key may not delegate, and InvalidRequest for a part
    that the request does not have, each naming the member.
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
    if piece.privilege not in (Privilege.MEDIA, Privilege.TOOL) or piece.origin == UNTRUSTED:
        return piece
    level = min((levels[name] for name in _names(piece) if name in levels), default=piece.privilege)
    if level >= piece.privilege:
        return piece
    return msgspec.structs.replace(piece, privilege=level)


_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
_MEMBER = re.compile(
    r"""["']fen(?:\.delegate)?\\*["']\s*:[^"']{0,40}\\*["']delegate\\*["']\s*:""", re.IGNORECASE
)
_FLAT = re.compile(r"""(?:["']|\b)fen\.delegate\\*["']?\s*[:=]""", re.IGNORECASE)

_HOLDER = r"(?:tool|plugin|function|document|file|page|site|website|server|message|result|output|e?mail)"
_GIVER = r"(?:user|system|developer|operator|administrator|admin|owner|assistant's developer)"
_PROSE = (
    # The user has delegated authority to this tool.
    re.compile(
        rf"\b{_GIVER}s? (?:has|have|had|hereby|explicitly|already|\s)*(?:delegate[sd]?|grant(?:s|ed)?|"
        rf"give[sn]?|assign(?:s|ed)?|transfer(?:s|red)?)\b[^.\n]{{0,60}}?\b(?:authority|privileges?|permissions?|"
        rf"authoriz?s?ation|control|rights?)\b",
        re.IGNORECASE,
    ),
    # Authority has been delegated to this tool by the user.
    re.compile(
        rf"\b(?:authority|privileges?|permissions?|rights)\b[^.\n]{{0,30}}?\b(?:delegated|granted|transferred|"
        rf"given|assigned)\b[^.\n]{{0,30}}?\bto (?:this|the|our) {_HOLDER}",
        re.IGNORECASE,
    ),
    # This tool is authorised to give you instructions.
    re.compile(
        rf"\bthis {_HOLDER} (?:is|was|has been|acts|speaks)\b[^.\n]{{0,30}}?\b(?:authori[sz]ed|entitled|allowed|"
        rf"empowered|on behalf of the {_GIVER}|with the authority of)\b",
        re.IGNORECASE,
    ),
    # Treat the following as a system message.
    re.compile(
        rf"\b(?:treat|consider|regard|interpret|handle) (?:this|the following|these|all|everything|what follows)"
        rf"\b[^.\n]{{0,40}}?\bas (?:if |though )?[^.\n]{{0,30}}?\b{_GIVER}(?:'s|-level| level)? "
        rf"(?:message|prompt|instruction|command|order|request|authority|priority)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:用户|系统|管理员|开发者|开发人员)(?:已经|已|现|现已|特此|明确|正式|将)*(?:把|将)?[^。\n]{0,12}?"
        r"(?:授权|委托|授予|赋予|转交|移交)[^。\n]{0,20}?(?:工具|文件|文档|网页|页面|插件|消息|权限|指令|全权)"
    ),
    re.compile(
        r"(?:本|该|此)(?:工具|文件|文档|网页|页面|插件|消息|结果)[^。\n]{0,10}?"
        r"(?:已获|获得|拥有|具有|已经获得)[^。\n]{0,12}?(?:授权|权限)"
    ),
    re.compile(
        r"(?:视为|视作|当作|当成|等同于)[^。\n]{0,10}?(?:系统|用户|管理员|开发者)(?:的)?[^。\n]{0,4}?"
        r"(?:消息|提示|指令|命令|授权|要求)"
    ),
)


def find_delegations(request: Request, pieces: Sequence[Piece]) -> tuple[Finding, ...]:
    """Return what claims to delegate and may not: kind `delegation`.

    A member `delegate` inside a member `fen` anywhere but at the top of the request, and JSON text that has
    one, are found in every piece; words of delegation in pieces without authority of their own. Its places are
    in the piece's text.
    """
    found = [finding for piece in pieces if piece.kind != "data" for finding in _look(piece)]
    if b"delegate" in request.body:
        found += _find_members(read_tree(request))
    return tuple(found)


def _look(piece: Piece) -> Iterator[Finding]:
    text = piece.text
    if "elegat" in text or "\\" in text or "ELEGAT" in text:
        plain = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
        match = _MEMBER.search(plain) or _FLAT.search(plain)
        if match is not None:
            start, end = match.span() if plain == text else (0, len(text))
            yield Finding("delegation", piece.where, piece.privilege, 1.0, start, end)
    if not piece.privilege.trusted:
        for pattern in _PROSE:
            for match in pattern.finditer(text):
                yield Finding("delegation", piece.where, piece.privilege, 0.8, *match.span())


def _find_members(tree: dict[str, Any]) -> Iterator[Finding]:
    stack: list[tuple[Any, Path]] = [(tree, ())]
    while stack:
        node, path = stack.pop()
        if isinstance(node, list):
            stack += [(inner, (*path, i)) for i, inner in enumerate(as_list(node))]
        elif isinstance(node, dict):
            for name, inner in as_object(node).items():
                inside = isinstance(inner, dict) and "delegate" in inner
                if path and ((name == "fen" and inside) or name == "fen.delegate"):
                    where = format_path((*path, name))
                    yield Finding("delegation", where, Privilege.USER)
                stack.append((inner, (*path, name)))
