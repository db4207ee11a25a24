"""A fact sheet that a model is given about itself: asked for its own limits, no popular model answers right.

It stands at system privilege, after what the client put there, and its date comes last: what an upstream's
prefix cache holds stays valid for as long as possible.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from fen.catalogue import Card
from fen.gateway.limits import Limits
from fen.wire.request import Request

_encode = msgspec.json.Encoder().encode
_decode_tree = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder(Any).decode

_SYSTEM = ("system", "developer")


class FactSheet(msgspec.Struct, frozen=True):
    """What a model is told: the name it is served under, limits in tokens, and what day it is.

    What is not known is left out.
    """

    name: str
    today: date
    context_window: int | None = None
    max_output: int | None = None
    knowledge_cutoff: str | None = None

    def __str__(self) -> str:
        facts = [f"You are served as {self.name}."]
        if self.context_window is not None:
            facts.append(f"Context window: {self.context_window} tokens.")
        if self.max_output is not None:
            facts.append(f"Maximum output: {self.max_output} tokens.")
        if self.knowledge_cutoff is not None:
            facts.append(f"Knowledge cutoff: {self.knowledge_cutoff}.")
        return f"{' '.join(facts)}\nToday's date: {self.today.isoformat()}."


def make_sheet(card: Card, limits: Limits, today: date) -> FactSheet:
    """Return the facts of a card as a tier limits it."""
    output = limits.output if limits.output is not None else limits.window
    cutoff = card.knowledge_cutoff.value if card.knowledge_cutoff is not None else None
    return FactSheet(card.id, today, limits.window, output, cutoff)


def introduce(request: Request, facts: FactSheet) -> Request:
    """Return the request with a fact sheet; every other JSON text in it is the client's own.

    A request that has no place for one, such as for embeddings, comes back as it is.
    """
    if request.format == "openai.chat":
        messages = _read(request, "messages")
        return request.edit({"messages": _introduce_chat(_decode_list(messages), str(facts))})
    if request.format == "anthropic.messages":
        return request.edit({"system": _append(_read(request, "system"), str(facts))})
    return request


def measure_sheet(facts: FactSheet) -> int:
    """Return the most tokens that a fact sheet adds: its bytes, and those of the JSON around it."""
    return len(str(facts).encode()) + 64


def _read(request: Request, name: str) -> msgspec.Raw:
    """Return a member's JSON text as the edits so far leave it."""
    edited = request.edits.get(name)
    if edited is not None or name in request.edits:
        return edited if edited is not None else msgspec.Raw(b"null")
    return _decode_tree(request.body).get(name, msgspec.Raw(b"null"))


def _introduce_chat(messages: list[msgspec.Raw], text: str) -> list[msgspec.Raw]:
    first = _decode_tree(messages[0])
    role = _decode_any(first["role"])
    if role not in _SYSTEM:
        return [_raw({"role": "system", "content": text}), *messages]
    first["content"] = _append(first.get("content", msgspec.Raw(b"null")), text)
    return [_raw(first), *messages[1:]]


def _append(content: msgspec.Raw, text: str) -> msgspec.Raw:
    """Return a content with a text after it: a longer text, or one more part."""
    kind = bytes(content).lstrip()[:1]
    if kind == b'"':
        return _raw(f"{_decode_any(content)}\n\n{text}")
    if kind == b"[":
        return _raw([*_decode_list(content), _raw({"type": "text", "text": text})])
    return _raw(text)


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))
