"""Labels of a chat completions request's messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fen.hierarchy.labelling.leaves import Path, as_kind, as_list, as_object, walk_texts
from fen.hierarchy.privilege import Piece, Privilege

_ROLES = {
    "system": Privilege.SYSTEM,
    "developer": Privilege.SYSTEM,
    "user": Privilege.USER,
    "assistant": Privilege.NONE,
    "tool": Privilege.TOOL,
    "function": Privilege.TOOL,
}
_STRUCTURE = frozenset({"role", "type", "id", "index", "tool_call_id", "cache_control", "signature"})


def label_messages(messages: list[Any]) -> Iterator[Piece]:
    """Yield the texts of messages.

    A tool's message is known by the call that it answers, or else by its own name. Members that are not
    known have the label of their message.
    """
    calls: dict[str, str] = {}
    for i, value in enumerate(messages):
        message = as_object(value)
        role = message.get("role", "")
        privilege = _ROLES.get(role, Privilege.NONE)
        origin = role
        if role == "assistant":
            _note_calls(message, calls)
        elif privilege is Privilege.TOOL:
            called = calls.get(message.get("tool_call_id") or "") or message.get("name")
            origin = f"tool:{called}" if called else "tool"
        for name, member in message.items():
            if name == "content":
                if isinstance(member, str):
                    if member:
                        yield Piece(("messages", i, name), member, privilege, origin)
                else:
                    yield from _label_parts(as_list(member), ("messages", i, name), privilege, origin)
            elif name not in _STRUCTURE and member is not None:
                for path, text in walk_texts(member, ("messages", i, name), _STRUCTURE):
                    yield Piece(path, text, privilege, origin)


def label_extras(tree: dict[str, Any]) -> Iterator[Piece]:
    """Yield texts that some servers take beside the messages: retrieved documents, a predicted answer."""
    for path, text in walk_texts(tree.get("documents"), ("documents",)):
        yield Piece(path, text, Privilege.TOOL, "document")
    for path, text in walk_texts(as_object(tree.get("prediction")).get("content"), ("prediction", "content")):
        if path[-1] != "type":
            yield Piece(path, text, Privilege.NONE, "prediction")


def _note_calls(message: dict[str, Any], calls: dict[str, str]) -> None:
    for value in as_list(message.get("tool_calls")):
        call = as_object(value)
        called = as_object(call.get("function")) or as_object(call.get("custom"))
        identity, name = as_kind(call.get("id"), str), as_kind(called.get("name"), str)
        if identity and name:
            calls[identity] = name


def _label_parts(parts: list[Any], path: Path, privilege: Privilege, origin: str) -> Iterator[Piece]:
    media = max(privilege, Privilege.MEDIA)
    for j, value in enumerate(parts):
        part, at = as_object(value), (*path, j)
        kind = part.get("type")
        if kind == "image_url":
            yield from _label_media(part, (*at, kind), media, "image")
        elif kind == "input_audio":
            yield from _label_media(part, (*at, kind), media, "audio")
        elif kind == "file":
            name = as_kind(as_object(part.get(kind)).get("filename"), str)
            yield from _label_media(part, (*at, kind), media, f"file:{name}" if name else "file")
        else:
            for where, text in walk_texts(part, at, _STRUCTURE):
                yield Piece(where, text, privilege, origin)


_DATA = frozenset({"url", "data", "file_data", "file_id"})
_FORM = frozenset({"detail", "format"})


def _label_media(part: dict[str, Any], path: Path, privilege: Privilege, origin: str) -> Iterator[Piece]:
    for where, text in walk_texts(part.get(str(path[-1])), path, _FORM):
        yield Piece(where, text, privilege, origin, kind="data" if where[-1] in _DATA else "words")
