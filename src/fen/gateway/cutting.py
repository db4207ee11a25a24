"""Events cut in two, and answers cut short, with every member that is not touched as its JSON text was."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.gateway.said import Path, Said
from fen.wire.ports import Speech

Tree = dict[str, msgspec.Raw]

FILTERED = "content_filter"
"""Why an answer ends that was cut; Anthropic's word is REFUSED."""

REFUSED = "refusal"

_decode_tree = msgspec.json.Decoder(Tree).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_LAST = ("usage", "timings")
_HEAD = ("id", "object", "created", "model", "system_fingerprint", "service_tier")


def edit(data: bytes | msgspec.Raw, path: Path, value: Any) -> msgspec.Raw:
    """Return JSON text with the value at the path replaced."""
    if not path:
        return _raw(value)
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = _decode_list(data)
        items[step] = edit(items[step], rest, value)
        return _raw(items)
    tree = _decode_tree(data)
    return _raw(tree | {step: edit(tree[step], rest, value)})


def split_event(data: bytes, said: Said, at: int, speech: Speech) -> tuple[bytes, bytes]:
    """Return the event with the first `at` characters of its text, and one with the rest.

    What is told once goes with the first, what tells of the whole (log probabilities, finish, usage) with the
    rest.
    """
    first, rest = said.text[:at], said.text[at:]
    if speech == "anthropic":
        return bytes(edit(data, said.path, first)), bytes(edit(data, said.path, rest))
    place = said.path[1]
    assert isinstance(place, int)
    tree = _decode_tree(data)
    choice = _decode_tree(_decode_list(tree["choices"])[place])
    delta = edit(choice["delta"], said.path[3:], first)
    none = _raw(None)
    begun = {name: value for name, value in choice.items() if name != "logprobs"}
    begun |= {"delta": delta, "finish_reason": none}
    early = {name: value for name, value in tree.items() if name not in _LAST} | {"choices": _raw([begun])}
    ended = {name: choice[name] for name in ("index", "logprobs", "finish_reason") if name in choice}
    ended["delta"] = _raw(_nest(said, delta, rest))
    late = {name: tree[name] for name in (*_HEAD, *_LAST) if name in tree} | {"choices": _raw([ended])}
    return _encode(early), _encode(late)


def _nest(said: Said, delta: msgspec.Raw, text: str) -> Any:
    """Return a delta of nothing but the text."""
    path = said.path[3:]
    if len(path) == 1:
        return {path[0]: text}
    call = _decode_tree(_decode_list(_decode_tree(delta)["tool_calls"])[int(path[1])])
    return {"tool_calls": [{"index": call.get("index", path[1]), "function": {"arguments": text}}]}


def make_end(data: bytes, choice: int, speech: Speech) -> bytes:
    """Return the event that ends a cut choice, or the open block, after the model of another event."""
    if speech == "anthropic":
        return _encode({"type": "content_block_stop", "index": choice})
    tree = _decode_tree(data)
    head = {name: tree[name] for name in _HEAD if name in tree}
    end: dict[str, Any] = {"index": choice, "delta": {}, "finish_reason": FILTERED}
    return _encode(head | {"choices": _raw([end])})


def drop_choices(data: bytes, cut: frozenset[int]) -> tuple[bytes, bool]:
    """Return a chunk without the choices that were cut, and whether any is left."""
    tree = _decode_tree(data)
    choices = _decode_list(tree["choices"]) if "choices" in tree else []
    left = [choice for choice in choices if _index(choice) not in cut]
    kept = tree if left else {name: tree[name] for name in (*_HEAD, *_LAST) if name in tree}
    return _encode(kept | {"choices": _raw(left)}), bool(left)


def refuse_end(data: bytes) -> bytes:
    """Return a `message_delta`, or a whole answer of Anthropic's, that ends in a refusal."""
    tree = _decode_tree(data)
    told = {"stop_reason": _raw(REFUSED), "stop_sequence": _raw(None)}
    if "delta" in tree:
        return _encode(tree | {"delta": _raw(_decode_tree(tree["delta"]) | told)})
    return _encode(tree | told)


def _index(choice: msgspec.Raw) -> int:
    found: Any = msgspec.json.decode(choice)
    return found.get("index") or 0


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))
