"""What a router may see of a request."""

from __future__ import annotations

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """A request as a router reads it; of an answer it knows nothing.

    text: what the user said last. before: characters of everything that came before it, and of the system
    prompt. tag: what the client calls this kind of work; None where it does not. turns: messages of the user.
    tools: how many may be called. input_tokens: likely tokens of the whole request; output_limit: tokens that
    the client allows, None where it said nothing.
    """

    text: str
    before: int = 0
    tag: str | None = None
    turns: int = 1
    tools: int = 0
    schema: bool = False
    images: int = 0
    input_tokens: int | None = None
    output_limit: int | None = None
