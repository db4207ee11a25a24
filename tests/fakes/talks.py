"""Conversations that nobody had."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fen.conversations import Conversation, Receipt, Turn
from fen.conversations.turn import Said
from fen.wire.message import TextPart
from fen.wire.money import Money

MORNING = datetime(2026, 3, 14, 8, tzinfo=UTC)


def make_receipt(cost: str | None = "0.01", currency: str = "USD", **changes: Any) -> Receipt:
    """What an answer of 20 tokens to 10 came to, in 2 seconds, the first of them silent."""
    money = None if cost is None else Money(Decimal(cost), currency)
    receipt = Receipt(
        request_id="req_1",
        model="vendor/small",
        prompt_tokens=10,
        completion_tokens=20,
        cost=money,
        certainty="exact",
        first_seconds=1.0,
        seconds=2.0,
    )
    return replace(receipt, **changes)


def ask(text: str, *attached: Said) -> Turn:
    """A person's turn."""
    return Turn("user", (TextPart(text), *attached), MORNING)


def answer(text: str, receipt: Receipt | None = None, **changes: Any) -> Turn:
    """A model's turn."""
    return replace(Turn("assistant", (TextPart(text),), MORNING, receipt=receipt), **changes)


def talk(*turns: Turn, owner: str = "local", **changes: Any) -> Conversation:
    """A conversation of some turns."""
    made = Conversation("conv_1", owner, "Ships", "vendor/small", "", turns, MORNING, MORNING)
    return replace(made, **changes)
