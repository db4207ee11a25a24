"""A conversation: turns under a title, with the model that is asked and what it is told first."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

import msgspec

from fen.conversations.turn import Turn

LONGEST_TITLE = 80
"""Characters."""


class Summary(msgspec.Struct, frozen=True):
    """A conversation in one line; changed: when something was said last."""

    id: str
    owner: str
    title: str
    model: str
    created: datetime
    changed: datetime


class Conversation(msgspec.Struct, frozen=True):
    """A whole conversation.

    owner: the id of a key, or LOCAL for whoever needs none. model: who is asked next. system: the system
    prompt, empty for none.
    """

    id: str
    owner: str
    title: str
    model: str
    system: str
    turns: tuple[Turn, ...]
    created: datetime
    changed: datetime


def make_conversation(owner: str, model: str, system: str = "") -> Conversation:
    """Return an empty conversation with an id of its own; its id says when it was made."""
    now = datetime.now(UTC)
    made = f"conv_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(8)}"
    return Conversation(made, owner, "", model, system, (), now, now)


def make_title(text: str) -> str:
    """Return a title of one line: a text's beginning, as every database takes it; empty for none."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: LONGEST_TITLE * 4]).split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
