"""Whole answers cut where a leak begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from fen.gateway.cutting import FILTERED, refuse_end
from fen.gateway.said import Path, Said
from fen.hierarchy.leak import Released
from fen.wire.ports import Speech

Tree = dict[str, msgspec.Raw]

_decode_tree = msgspec.json.Decoder(Tree).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_EARLY = ("role", "reasoning_content", "reasoning")  # of a message; what a stream says first
_TOLD = frozenset({"role", "id", "type", "name"})


class Filter(Protocol):
    """Says what of a channel may go out."""

    def feed(self, channel: str, text: str) -> Released:
        """Take its next text."""
        ...

    def end(self, channel: str) -> Released:
        """Release the rest of it."""
        ...


class _Cut(msgspec.Struct, frozen=True):
    """Where a choice is cut: at this text, of which so much is left."""

    said: Said
    text: str


def shorten_answer(body: bytes, texts: list[Said], filters: Filter, speech: Speech) -> bytes | None:
    """Return an answer whose choices end where a leak begins; None where there is none.

    What a stream would say later (the content behind the reasoning, calls of tools behind both) is left out
    with it, and so are the choice's log probabilities.
    """
    cuts: dict[int, _Cut] = {}
    for said in sorted(texts, key=_order) if speech == "openai" else texts:
        if said.choice in cuts:
            continue
        released = filters.feed(said.channel, said.text)
        text, leak = released.text, released.leak
        released = filters.end(said.channel)
        if leak is not None or released.leak is not None:
            cuts[said.choice] = _Cut(said, text + released.text)
    if not cuts:
        return None
    tree = _decode_tree(body)
    if speech == "anthropic":
        return _shorten_message(tree, cuts[0])
    choices = _decode_list(tree["choices"])
    for place, choice in enumerate(choices):
        cut = cuts.get(_index(choice))
        if cut is not None:
            choices[place] = _shorten_choice(choice, cut)
    kept = {name: value for name, value in tree.items() if not _is_beside(name, cuts)}
    return _encode(kept | {"choices": _raw(choices)})


def _order(said: Said) -> tuple[int, bool]:
    early = len(said.path) > 3 and said.path[3] in _EARLY
    return said.choice, not early


def _is_beside(name: str, cuts: Mapping[int, _Cut]) -> bool:
    """Whether a member beside the choices has leaked."""
    return any(cut.said.path[:1] == (name,) and name != "choices" for cut in cuts.values())


def _shorten_choice(choice: msgspec.Raw, cut: _Cut) -> msgspec.Raw:
    tree = _decode_tree(choice)
    path = cut.said.path
    told = {"finish_reason": _raw(FILTERED)}
    if "logprobs" in tree:
        told["logprobs"] = _raw(None)
    if path[2:3] == ("message",):
        told["message"] = _raw(_shorten_message_of(_decode_tree(tree["message"]), path[3:], cut.text))
    elif len(path) > 2:  # a member beside the message
        tree.pop(str(path[2]), None)
    elif path:  # beside the choices: the message was looked at, and is clean
        pass
    else:  # its log probabilities
        message = {"role": _raw("assistant"), "content": _raw(None)}
        told["message"] = _raw(message)
    return _raw(tree | told)


def _shorten_message_of(message: Tree, path: Path, text: str) -> Tree:
    leaking = str(path[0])
    names = sorted(message, key=lambda name: name not in _EARLY)
    kept: Tree = {}
    for name in names[: names.index(leaking)]:
        if name != "thinking_blocks" or leaking not in _EARLY:
            kept[name] = message[name]
    if len(path) == 1:
        kept[leaking] = _raw(text)
    elif isinstance(path[1], int) and path[1] > 0:
        kept[leaking] = _raw(_decode_list(message[leaking])[: path[1]])
    return {"content": _raw(None)} | kept


def _shorten_message(tree: Tree, cut: _Cut) -> bytes:
    place = cut.said.path[1]
    assert isinstance(place, int)
    blocks = _decode_list(tree["content"])
    kept = blocks[:place]
    block = _decode_tree(blocks[place])
    name = str(cut.said.path[2])
    if len(cut.said.path) == 3 and name in ("text", "thinking") and cut.text:
        kept.append(_raw({key: value for key, value in block.items() if key in _TOLD} | {name: cut.text}))
    return refuse_end(_encode(tree | {"content": _raw(kept)}))


def _index(choice: msgspec.Raw) -> int:
    found: Any = msgspec.json.decode(choice)
    return found.get("index") or 0


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))
