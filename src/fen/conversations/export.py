"""A conversation as a file: Markdown for people, JSON for programs."""

from __future__ import annotations

from typing import Any

import msgspec

from fen.conversations.conversation import Conversation
from fen.conversations.turn import Receipt, Said, Turn, add_costs
from fen.wire.message import FilePart, ImagePart
from fen.wire.money import Money, plain


def to_json(conversation: Conversation) -> bytes:
    """Return all of it as JSON text; images and files as the `data:` URLs that they were sent as."""
    turns = [
        {"role": turn.speaker, **_describe(turn)}  # as OpenAI's messages name it
        for turn in conversation.turns
    ]
    told: dict[str, Any] = {
        "id": conversation.id,
        "title": conversation.title,
        "model": conversation.model,
        "system": conversation.system,
        "created": conversation.created,
        "changed": conversation.changed,
        "costs": [_describe_money(cost) for cost in add_costs(conversation.turns)],
        "turns": turns,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def to_markdown(conversation: Conversation) -> str:
    """Return it to be read; of images and files only their names."""
    pieces = [f"# {conversation.title or 'Conversation'}"]
    if conversation.system.strip():
        pieces += ["## System prompt", conversation.system]
    for turn in conversation.turns:
        pieces += _write(turn)
    costs = ", ".join(map(str, add_costs(conversation.turns)))
    if costs:
        pieces.append(f"---\n\nCost of the conversation: {costs}")
    return "\n\n".join(pieces) + "\n"


def _describe(turn: Turn) -> dict[str, Any]:
    facts: dict[str, Any] = {"at": turn.at, "content": turn.parts}
    if turn.thoughts:
        facts["reasoning"] = turn.thoughts
    if turn.receipt is not None:
        facts["receipt"] = _describe_receipt(turn.receipt)
    if turn.error is not None:
        facts["error"] = turn.error
    if turn.stopped:
        facts["stopped"] = True
    return facts


def _describe_receipt(receipt: Receipt) -> dict[str, Any]:
    facts = {name: value for name, value in msgspec.structs.asdict(receipt).items() if value is not None}
    return facts if receipt.cost is None else facts | {"cost": _describe_money(receipt.cost)}


def _describe_money(money: Money) -> dict[str, str]:
    return {"amount": plain(money.amount), "currency": money.currency}


def _write(turn: Turn) -> list[str]:
    if turn.speaker == "user":
        names = [f"- {_name(part)}" for part in turn.attached]
        return ["## You", turn.text, *(["\n".join(names)] if names else [])]
    receipt = turn.receipt
    pieces = [f"## {receipt.model if receipt is not None else 'Answer'}"]
    if turn.text:
        pieces.append(turn.text)
    if turn.error is not None:
        pieces.append(f"Error: {turn.error}")
    if turn.stopped:
        pieces.append("(stopped)")
    if receipt is not None:
        cost = "cost unknown" if receipt.cost is None else str(receipt.cost)
        about = "" if receipt.certainty == "exact" else "about "
        tokens = f"{about}{receipt.prompt_tokens} + {receipt.completion_tokens} tokens"
        pieces.append(f"_{receipt.model} · {tokens} · {cost}_")
    return pieces


def _name(part: Said) -> str:
    if isinstance(part, ImagePart):
        return "an image"
    if isinstance(part, FilePart):
        return f"a file: {part.file.filename or 'without a name'}"
    return part.text.partition("\n")[0]
