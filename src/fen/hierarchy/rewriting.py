"""Changes texts inside a request; all other members keep their JSON text at every depth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from fen.hierarchy.labelling.leaves import Path
from fen.hierarchy.privilege import Piece, format_path
from fen.wire.request import Request

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Any).decode
_decode_tree = msgspec.json.Decoder(dict[str, Any]).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Put(msgspec.Struct, frozen=True):
    value: Any


_Plan = dict[str | int, Any]  # a step -> the plan of what is behind it, or what is put there


def read_tree(request: Request) -> dict[str, Any]:
    """Return a request's JSON as its edits leave it."""
    tree = _decode_tree(request.body)
    for name, value in request.edits.items():
        if value is None:
            tree.pop(name, None)
        else:
            tree[name] = _decode(value)
    return tree


def read_raw(request: Request, path: Path) -> msgspec.Raw | None:
    """Return the JSON text at a path as the edits leave it; None where nothing is there."""
    name = str(path[0])
    raw = request.edits[name] if name in request.edits else _decode_members(request.body).get(name)
    for step in path[1:]:
        if raw is None:
            return None
        opened = bytes(raw).lstrip()[:1]
        if isinstance(step, int):
            items = _decode_items(raw) if opened == b"[" else []
            raw = items[step] if 0 <= step < len(items) else None
        else:
            raw = _decode_members(raw).get(step) if opened == b"{" else None
    return raw


def rewrite(request: Request, values: Mapping[Path, Any]) -> Request:
    """Return the request with other JSON values at some paths, each of which leads to a member that is there.

    Raises ValueError for a path that leads nowhere.
    """
    plan: _Plan = {}
    for path, value in values.items():
        node = plan
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node[path[-1]] = _Put(value)
    members: dict[str, msgspec.Raw] = {}
    for name, inner in plan.items():
        raw = read_raw(request, (name,))
        if raw is None:
            raise ValueError(f"found no member {name!r}, expected one to rewrite")
        members[str(name)] = _carry_out(raw, inner, (name,))
    return request.edit(members) if members else request


def retext(
    request: Request, pieces: Sequence[Piece], texts: Mapping[int, str]
) -> tuple[Request, tuple[Piece, ...]]:
    """Return the request and its pieces with other texts for some of them, given by their index.

    Hand in all pieces of the request: those that share a string with a changed one begin elsewhere
    afterwards. Raises ValueError for a piece that is no words.
    """
    changed = {pieces[i].path for i in texts}
    sharing: dict[Path, list[int]] = {}
    for i, piece in enumerate(pieces):
        if piece.path in changed and piece.kind != "key":
            sharing.setdefault(piece.path, []).append(i)
    for i in texts:
        if pieces[i].kind != "words":
            raise ValueError(f"{pieces[i].where}: found a {pieces[i].kind}, expected words to change")
    renewed = list(pieces)
    strings: dict[Path, str] = {}
    tree = read_tree(request) if sharing else {}
    for path, indices in sharing.items():
        old, new, at = _follow(tree, path), "", 0
        for i in sorted(indices, key=lambda i: pieces[i].start):
            piece, text = pieces[i], texts.get(i, pieces[i].text)
            new += old[at : piece.start]
            renewed[i] = Piece(path, text, piece.privilege, piece.origin, len(new))
            new += text
            at = piece.start + len(piece.text)
        strings[path] = new + old[at:]
    return rewrite(request, strings), tuple(renewed)


def replace_part(
    request: Request, pieces: Sequence[Piece], at: int, text: str
) -> tuple[Request, tuple[Piece, ...]]:
    """Return the request and its pieces with text in place of a whole part, such as a file that was read.

    at: the index of a piece of that part, whose label the text keeps. `cache_control` stays on the part.
    Raises ValueError for a piece that is in no part.
    """
    piece = pieces[at]
    steps = [i for i, step in enumerate(piece.path) if isinstance(step, int)]
    if piece.path[0] not in ("messages", "system") or len(steps) < (2 if piece.path[0] == "messages" else 1):
        raise ValueError(f"{piece.where}: found no part, expected one of a content that is a list")
    path = piece.path[: steps[-1] + 1]
    made: dict[str, Any] = {"type": "text", "text": text}
    kept = read_raw(request, (*path, "cache_control"))
    if kept is not None:
        made["cache_control"] = kept
    renewed: list[Piece] = []
    for i, other in enumerate(pieces):
        if i == at:
            renewed.append(Piece((*path, "text"), text, piece.privilege, piece.origin))
        elif other.path[: len(path)] != path:
            renewed.append(other)
    return rewrite(request, {path: made}), tuple(renewed)


def strip(request: Request, piece: Piece, spans: Iterable[tuple[int, int]], replacement: str = "") -> Request:
    """Return the request with spans of a piece's text replaced; they are in characters of the piece's text.

    For several pieces of one request, or where its pieces are needed afterwards, use `cut` and `retext`.
    """
    return retext(request, (piece,), {0: cut(piece.text, spans, replacement)})[0]


def cut(text: str, spans: Iterable[tuple[int, int]], replacement: str = "") -> str:
    """Return a text with the replacement in the place of each span; spans that touch are one."""
    kept, at = "", 0
    for start, end in sorted(spans):
        if not 0 <= start <= end <= len(text):
            raise ValueError(
                f"found a span from {start} to {end}, expected one within {len(text)} characters"
            )
        if end <= max(at, start):
            continue
        if start > at or not kept:
            kept += text[at:start] + replacement
        at = end
    return kept + text[at:]


def _follow(tree: Any, path: Path) -> str:
    node = tree
    try:
        for step in path:
            node = node[step]
    except (KeyError, IndexError, TypeError):
        raise ValueError(f"found nothing at {format_path(path)}, expected a text") from None
    if not isinstance(node, str):
        raise ValueError(f"found no text at {format_path(path)}, expected one")  # noqa: TRY004  as above
    return node


def _carry_out(raw: msgspec.Raw, plan: _Plan | _Put, path: Path) -> msgspec.Raw:
    if isinstance(plan, _Put):
        return msgspec.Raw(_encode(plan.value))
    opened = bytes(raw).lstrip()[:1]
    try:
        if opened == b"[":
            items = _decode_items(raw)
            places = dict(enumerate(items))
            for step, inner in plan.items():
                places[cast(int, step)] = _carry_out(places[cast(int, step)], inner, (*path, step))
            return msgspec.Raw(_encode(list(places.values())))
        members = _decode_members(raw)
        for step, inner in plan.items():
            members[str(step)] = _carry_out(members[str(step)], inner, (*path, step))
        return msgspec.Raw(_encode(members))
    except (KeyError, msgspec.ValidationError):
        raise ValueError(
            f"found nothing to rewrite in {format_path(path)}, expected what the path names"
        ) from None
