"""A turn of a conversation: what was said, and of an answer what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from fen.wire.message import FilePart, ImagePart, TextPart
from fen.wire.money import Money

Speaker = Literal["user", "assistant"]
Said = TextPart | ImagePart | FilePart
"""What a person can say: OpenAI's content parts, as they go to the model."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer came to, told at its end.

    cost: None where it is not known. certainty: `exact` or `estimated`. attempts: calls of upstreams that it
    took; segments: those of them that are in the answer, more than one where it went on past a model's limit.
    first_seconds: until its first text; seconds: in all; None where nobody measured. finish: why it ended, as
    OpenAI's `finish_reason` says. route, guard: the headers `x-fen-route` and `x-fen-guard`. cut_to: output
    tokens to which the budget cut it.
    """

    request_id: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost: Money | None
    certainty: str
    attempts: int = 1
    segments: int = 1
    first_seconds: float | None = None
    seconds: float | None = None
    finish: str | None = None
    route: str | None = None
    guard: str | None = None
    cut_to: int | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens a second from the first one on; None where that was not measured, or took no time."""
        if self.first_seconds is None or self.seconds is None:
            return None
        spent = self.seconds - self.first_seconds
        return self.completion_tokens / spent if spent > 0 and self.completion_tokens > 1 else None


class Turn(msgspec.Struct, frozen=True):
    """What one side said; parts: text first, then what was attached.

    thoughts: the reasoning that a model showed. receipt: of an answer that told one. error: why there is no
    whole answer. stopped: whether the person stopped it.
    """

    speaker: Speaker
    parts: tuple[Said, ...]
    at: datetime
    thoughts: str = ""
    receipt: Receipt | None = None
    error: str | None = None
    stopped: bool = False

    @property
    def text(self) -> str:
        """The first text: what was typed, or the answer."""
        return next((part.text for part in self.parts if isinstance(part, TextPart)), "")

    @property
    def attached(self) -> tuple[Said, ...]:
        """All behind the first text."""
        first = next((at for at, part in enumerate(self.parts) if isinstance(part, TextPart)), None)
        return tuple(part for at, part in enumerate(self.parts) if at != first)


def make_messages(system: str, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return OpenAI's messages of a conversation, JSON-ready; answers without a text are left out."""
    said: list[dict[str, Any]] = [{"role": "system", "content": system}] if system.strip() else []
    for turn in turns:
        if turn.speaker == "assistant":
            if turn.text:
                said.append({"role": "assistant", "content": turn.text})
        elif turn.attached:
            said.append({"role": "user", "content": [_write(part) for part in turn.parts]})
        else:
            said.append({"role": "user", "content": turn.text})
    return said


def _write(part: Said) -> dict[str, Any]:
    """Return a part without the members that it lacks: vendors refuse null for some of them."""
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ImagePart():
            return {"type": "image_url", "image_url": _drop_absent(part.image_url)}
        case FilePart():
            return {"type": "file", "file": _drop_absent(part.file)}


def _drop_absent(value: msgspec.Struct) -> dict[str, Any]:
    return {name: one for name, one in msgspec.structs.asdict(value).items() if one is not None}


def add_costs(turns: Iterable[Turn]) -> list[Money]:
    """Return what answers cost together, once for each currency, by its code."""
    sums: dict[str, Money] = {}
    for turn in turns:
        cost = turn.receipt.cost if turn.receipt is not None else None
        if cost is not None:
            before = sums.get(cost.currency)
            sums[cost.currency] = cost if before is None else before + cost
    return [sums[code] for code in sorted(sums)]
