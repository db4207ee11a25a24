"""What answers and their events say: every text in them, by the channel that the client adds it to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from fen.wire.answer import Event
from fen.wire.ports import Speech

Path = tuple[str | int, ...]
"""Members and places that lead to a text."""

_SILENT = frozenset(
    {
        "role",
        "id",
        "type",
        "index",
        "object",
        "finish_reason",
        "stop_reason",
        "stop_sequence",
        "signature",
        "data",
    }
)
"""Members whose strings the model did not write, or that are no text."""

_HEAD = frozenset({"choices", "usage", "timings", "fen"})
_CHOICE = frozenset({"delta", "message", "logprobs"})
_ARGUMENTS = {"partial_json": "arguments"}  # Anthropic's name for them


class Said(msgspec.Struct, frozen=True):
    """A text that an event adds.

    choice: which of the answers it is of. channel: what the client adds it to. path: where it stands in the
    event. alone: it could be cut in two without changing what the event says besides.
    """

    choice: int
    channel: str
    text: str
    path: Path
    alone: bool = False


def read_said(tree: Any, speech: Speech) -> list[Said]:
    """Return the texts of a decoded event or answer, in its order."""
    if not isinstance(tree, dict):
        return []
    members = cast("dict[str, Any]", tree)
    return list(_read_event(members) if speech == "anthropic" else _read_chunk(members))


def read_choices(tree: Any, speech: Speech) -> frozenset[int]:
    """Return the choices that an event is about; Anthropic's blocks are all of one."""
    if not isinstance(tree, dict):
        return frozenset()
    members = cast("dict[str, Any]", tree)
    if speech == "anthropic":
        return frozenset((0,)) if str(members.get("type")).startswith("content_block") else frozenset()
    choices: list[dict[str, Any]] = members.get("choices") or []
    return frozenset(choice.get("index") or 0 for choice in choices)


def find_ended(event: Event, tree: Any, speech: Speech, choice_of: Mapping[str, int]) -> list[str]:
    """Return the channels that an event ends, in their order; choice_of: those known, with their choices."""
    if event.bare:
        return list(choice_of)
    if speech == "anthropic":
        if tree.get("type") == "content_block_stop":
            block = f"content[{tree.get('index', 0)}]."
            return [channel for channel in choice_of if channel.startswith(block)]
        return list(choice_of) if event.finish is not None else []
    choices: list[dict[str, Any]] = tree.get("choices") or []
    done = {choice.get("index", 0) for choice in choices if choice.get("finish_reason")}
    return [channel for channel, choice in choice_of.items() if choice in done]


def _read_chunk(tree: dict[str, Any]) -> Iterator[Said]:
    choices: Any = tree.get("choices")
    for place, choice in enumerate(cast("list[Any]", choices) if isinstance(choices, list) else ()):
        if isinstance(choice, dict):
            yield from _read_choice(cast("dict[str, Any]", choice), place)
    for name, value in tree.items():
        if name not in _HEAD and isinstance(value, dict | list):  # bare strings are the vendor's
            yield from _walk(value, 0, f"{name}", (name,))


def _read_choice(choice: dict[str, Any], place: int) -> Iterator[Said]:
    number: int = choice.get("index") or 0
    where = f"choices[{number}]"
    content = ""
    for name in ("delta", "message"):
        if choice.get(name):
            for said in _walk(choice[name], number, where, ("choices", place, name)):
                content += said.text if said.channel.endswith(".content") else ""
                yield said
    for said in _read_logprobs(choice.get("logprobs"), number, where):
        if said.text != content or not said.channel.endswith(".content"):
            yield said
    for name, value in choice.items():
        if name not in _CHOICE and name not in _SILENT:
            yield from _walk(value, number, f"{where}.{name}", ("choices", place, name))


def _read_logprobs(found: Any, number: int, where: str) -> Iterator[Said]:
    """Yield the tokens, and the other candidates by their rank: a text may be read off those too."""
    if not isinstance(found, dict):
        return
    for name, entries in cast("dict[str, Any]", found).items():
        ranks: dict[str, list[str]] = {}
        for entry in cast("list[Any]", entries) if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                _rank(cast("dict[str, Any]", entry), ranks)
        for rank, tokens in ranks.items():
            yield Said(number, f"{where}.logprobs{rank}.{name}", "".join(tokens), ())


def _rank(entry: dict[str, Any], ranks: dict[str, list[str]]) -> None:
    ranks.setdefault("", []).append(str(entry.get("token", "")))
    tops: Any = entry.get("top_logprobs")
    for rank, top in enumerate(cast("list[Any]", tops) if isinstance(tops, list) else ()):
        if isinstance(top, dict):
            ranks.setdefault(f"[{rank}]", []).append(str(cast("dict[str, Any]", top).get("token", "")))


def _read_event(tree: dict[str, Any]) -> Iterator[Said]:
    index = tree.get("index", 0)
    if tree.get("type") == "message":  # a whole answer
        blocks: Any = tree.get("content")
        for place, block in enumerate(cast("list[Any]", blocks) if isinstance(blocks, list) else ()):
            yield from _walk(block, 0, f"content[{place}]", ("content", place))
        return
    for name in ("content_block", "delta"):
        if name in tree and tree.get("type") != "message_delta":
            yield from _walk(tree[name], 0, f"content[{index}]", (name,))


def _walk(value: Any, choice: int, channel: str, path: Path) -> Iterator[Said]:
    if isinstance(value, str):
        if value:
            yield Said(choice, channel, value, path, _is_alone(path))
    elif isinstance(value, dict):
        for name, inner in cast("Mapping[str, Any]", value).items():
            if name not in _SILENT:
                called = _ARGUMENTS.get(name, name)
                yield from _walk(inner, choice, f"{channel}.{called}", (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(cast("list[Any]", value)):
            index = cast("dict[str, Any]", inner).get("index", place) if isinstance(inner, dict) else place
            yield from _walk(inner, choice, f"{channel}[{index}]", (*path, place))


def _is_alone(path: Path) -> bool:
    if path[0] == "delta":
        return len(path) == 2
    if len(path) < 4 or path[2] != "delta":
        return False
    return len(path) == 4 or (path[3] == "tool_calls" and path[5:] == ("function", "arguments"))
