"""Labels of a Messages request's turns and of its system text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fen.hierarchy.labelling.leaves import Path, as_kind, as_list, as_object, walk_texts
from fen.hierarchy.privilege import Piece, Privilege

_ROLES = {"system": Privilege.SYSTEM, "user": Privilege.USER, "assistant": Privilege.NONE}
_STRUCTURE = frozenset(
    {"type", "id", "tool_use_id", "cache_control", "signature", "media_type", "encrypted_content"}
)
_PLAIN = frozenset({"text", "thinking"})
_DEEPEST = 8  # blocks in blocks; deeper ones are read as mere text


def label_turns(tree: dict[str, Any]) -> Iterator[Piece]:
    """Yield the texts of the system member and of the turns.

    A block has at most its container's authority: an image that a tool returns has the tool's. Results of
    tools that the vendor runs stand in the assistant's turns; their origin begins with `server_tool:`.
    """
    yield from _label_content(tree.get("system"), ("system",), Privilege.SYSTEM, "system", {})
    calls: dict[str, str] = {}
    for i, value in enumerate(as_list(tree.get("messages"))):
        turn = as_object(value)
        role = turn.get("role", "")
        path = ("messages", i, "content")
        yield from _label_content(turn.get("content"), path, _ROLES.get(role, Privilege.NONE), role, calls)


def _label_content(
    content: Any, path: Path, privilege: Privilege, origin: str, calls: dict[str, str]
) -> Iterator[Piece]:
    if isinstance(content, str):
        if content:
            yield Piece(path, content, privilege, origin)
    elif isinstance(content, list) and len(path) <= 3 + 2 * _DEEPEST:
        for j, value in enumerate(as_list(content)):
            yield from _label_block(as_object(value), (*path, j), privilege, origin, calls)
    else:
        for where, text in walk_texts(content, path, _STRUCTURE):
            yield Piece(where, text, privilege, origin)


def _label_block(
    block: dict[str, Any], path: Path, privilege: Privilege, origin: str, calls: dict[str, str]
) -> Iterator[Piece]:
    kind = as_kind(block.get("type"), str) or ""
    if kind in _PLAIN:
        for where, text in walk_texts(block, path, _STRUCTURE):
            yield Piece(where, text, privilege, origin)
    elif kind.endswith("tool_result"):
        called = calls.get(block.get("tool_use_id") or "") or (kind if kind != "tool_result" else "")
        word = "server_tool" if origin == "assistant" else "tool"
        source = f"{word}:{called}" if called else word
        yield from _label_content(block.get("content"), (*path, "content"), Privilege.TOOL, source, calls)
    elif kind.endswith("tool_use"):
        calls[as_kind(block.get("id"), str) or ""] = name = as_kind(block.get("name"), str) or ""
        yield Piece((*path, "name"), name, privilege, origin)
        for where, text in walk_texts(block.get("input"), (*path, "input")):
            yield Piece(where, text, privilege, origin)
    elif kind != "redacted_thinking":
        yield from _label_media(block, path, privilege, origin)


def _label_media(block: dict[str, Any], path: Path, container: Privilege, origin: str) -> Iterator[Piece]:
    """Yield the texts of an image, a document, a search result, or a block of a kind that is not known."""
    kind = as_kind(block.get("type"), str) or "unknown"
    privilege = max(container, Privilege.TOOL if kind == "search_result" else Privilege.MEDIA)
    title = as_kind(block.get("title"), str)
    if kind == "document" and not origin.startswith("server_tool"):
        origin = f"file:{title}" if title else "file"
    elif not origin.startswith("server_tool") and (container.trusted or kind == "image"):
        origin = kind
    source = as_object(block.get("source"))
    for name, member in block.items():
        if name == "source" and source:
            yield from _label_source(source, (*path, name), privilege, origin)
        elif name == "content":
            yield from _label_content(member, (*path, name), privilege, origin, {})
        elif name not in _STRUCTURE:
            for where, text in walk_texts(member, (*path, name), _STRUCTURE):
                yield Piece(where, text, privilege, origin)


def _label_source(source: dict[str, Any], path: Path, privilege: Privilege, origin: str) -> Iterator[Piece]:
    content = source.get("content")
    if content is not None:
        yield from _label_content(content, (*path, "content"), privilege, origin, {})
    for name in ("data", "url", "file_id"):
        text = as_kind(source.get(name), str)
        if text:
            words = name == "data" and source.get("type") == "text"
            yield Piece((*path, name), text, privilege, origin, kind="words" if words else "data")
