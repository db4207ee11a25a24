"""Labels of what a request says of tools and of the answer's format: definitions and JSON schemas."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from fen.hierarchy.labelling.leaves import Path, as_kind, as_list, as_object
from fen.hierarchy.privilege import Piece, Privilege

EVERY = "*"
"""Among the allowed names, stands for all of them."""

_PROSE = frozenset({"description", "title"})
_NAMING = frozenset({"properties", "$defs", "definitions", "patternProperties"})
_WORD = re.compile(r"[A-Za-z0-9_$./#:+-]{0,40}")  # one short word instructs nobody


def label_tools(tree: dict[str, Any], allowed: Collection[str]) -> Iterator[Piece]:
    """Yield the texts of tool definitions, of either wire format.

    They have the authority of what tools return, for whoever wrote a tool wrote them; those of an allowed
    name have the user's. A name's, a description's and a title's text come always, other strings and the
    names of parameters where they are more than one short word.
    """
    for member in ("tools", "functions"):
        for i, definition in enumerate(as_list(tree.get(member))):
            tool = as_object(definition)
            kind = as_kind(tool.get("type"), str) or ""
            inner = as_object(tool.get(kind)) or tool  # OpenAI: {"type": "function", "function": {...}}
            name = as_kind(inner.get("name"), str) or as_kind(tool.get("server_label"), str) or kind
            privilege = Privilege.USER if name in allowed or EVERY in allowed else Privilege.TOOL
            yield from _label(tool, (member, i), privilege, f"tool_definition:{name}")


def label_format(tree: dict[str, Any]) -> Iterator[Piece]:
    """Yield the texts of the schema that the answer is asked to follow."""
    for member in ("response_format", "output_config"):
        if member in tree:
            yield from _label(tree[member], (member,), Privilege.USER, "response_format")


def _label(value: Any, path: Path, privilege: Privilege, origin: str) -> Iterator[Piece]:
    stack: list[tuple[Any, Path]] = [(value, path)]
    while stack:
        node, at = stack.pop()
        if isinstance(node, str):
            if at[-1] in _PROSE or (at[-1] == "name" and len(at) <= 4) or not _WORD.fullmatch(node):
                yield Piece(at, node, privilege, origin)
        elif isinstance(node, list):
            items = as_list(node)
            stack += [(items[i], (*at, i)) for i in range(len(items) - 1, -1, -1)]
        else:
            members = as_object(node)
            if at[-1] in _NAMING:
                for name in members:
                    if not _WORD.fullmatch(name):
                        yield Piece((*at, name), name, privilege, origin, kind="key")
            stack += [(members[name], (*at, name)) for name in reversed(members)]
