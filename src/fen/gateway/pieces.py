"""The chunks of a segment: what they add to the text, and how they read as chunks of one answer."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from fen.wire.answer import Chunk, Delta, Text
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import METERS, Usage, write_openai_usage

Tree = dict[str, msgspec.Raw]
"""A chunk's members, each as its JSON text."""

_decode_chunk = msgspec.json.Decoder(Chunk).decode
_decode_tree = msgspec.json.Decoder(Tree).decode
_decode_choices = msgspec.json.Decoder(list[Tree]).decode
_encode = msgspec.json.Encoder().encode
_SAID = ("content",)
_ONCE = ("role", "reasoning_content", "reasoning")
_ONLY_LAST = ("usage", "timings")
_SAME = ("id", "created", "model", "system_fingerprint")


class Piece(msgspec.Struct, frozen=True):
    """What one chunk adds.

    text: to the answer's text. parts: the text came in parts. other: it adds something that is no text:
    a call of a tool, a refusal.
    """

    text: str = ""
    parts: bool = False
    other: bool = False


def read_piece(data: bytes) -> Piece:
    """Read a chunk of an answer with one choice.

    Raises UpstreamFailed where it is none.
    """
    try:
        choices = _decode_chunk(data).choices
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamFailed(f"found a chunk that is not OpenAI's ({error})") from None
    delta = choices[0].delta if choices else None
    if delta is None:
        return Piece()
    return Piece(_text(delta.content), isinstance(delta.content, list), _is_other(delta))


def read_head(data: bytes) -> Tree:
    """Return the members that every chunk of an answer has alike."""
    tree = _decode_tree(data)
    return {name: tree[name] for name in _SAME if name in tree}


def rewrite(data: bytes, head: Tree, text: str, *, first: bool = False) -> bytes:
    """Return the chunk as one of the answer with that head: with this text, and neither finish nor usage.

    The role is kept in the first segment alone, and so is reasoning: a model that thinks again about how to
    go on adds nothing to the answer.
    """
    tree, choice = _take_apart(data)
    found = choice.get("delta")
    delta = {} if found is None or bytes(found) == b"null" else _decode_tree(found)
    dropped = _SAID if first else (*_SAID, *_ONCE)
    delta = {name: value for name, value in delta.items() if name not in dropped}
    if text:
        delta["content"] = _raw(text)
    return _put_together(tree | head, choice, delta, None)


def make_chunk(data: bytes, head: Tree, text: str = "", *, finish: str | None = None) -> bytes:
    """Return a chunk of the answer with that head, after the model of another, that adds this text alone."""
    tree, choice = _take_apart(data)
    return _put_together(tree | head, choice, {"content": _raw(text)} if text else {}, finish)


def _take_apart(data: bytes) -> tuple[Tree, Tree]:
    tree = {name: value for name, value in _decode_tree(data).items() if name not in _ONLY_LAST}
    choices = _decode_choices(tree["choices"]) if "choices" in tree else []
    return tree, choices[0] if choices else {}


def _put_together(tree: Tree, choice: Tree, delta: Tree, finish: str | None) -> bytes:
    choice = choice | {"index": _raw(0), "delta": _raw(delta), "finish_reason": _raw(finish)}
    return _encode(tree | {"choices": _raw([choice])})


def make_usage(data: bytes, head: Tree, usage: Usage, segments: int) -> bytes:
    """Return the chunk that reports the usage of all segments, after the model of the last chunk."""
    tree, _ = _take_apart(data)
    figures: dict[str, Any] = write_openai_usage(usage) | {"segments": segments}
    figures["prompt_tokens_details"] |= {"audio_tokens": usage.audio_input, "image_tokens": usage.image_input}
    return _encode(tree | head | {"choices": _raw([]), "usage": _raw(figures)})


def add_usage(one: Usage, other: Usage) -> Usage:
    """Return the tokens of both."""
    return Usage(**{meter: getattr(one, meter) + getattr(other, meter) for meter in METERS})


def _text(content: Text | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    texts: list[str] = []
    for part in content:
        if isinstance(part, dict):
            found = cast("dict[str, Any]", part)
            if found.get("type") == "text" and isinstance(found.get("text"), str):
                texts.append(found["text"])
    return "".join(texts)


def _is_other(delta: Delta) -> bool:
    return bool(delta.tool_calls or delta.refusal)


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))
