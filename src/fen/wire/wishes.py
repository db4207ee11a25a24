"""What a client may want of Fen itself, in the member `fen` of a request's body; it is not sent on."""

from __future__ import annotations

from typing import Annotated

import msgspec

MOST_NAMED = 1000
"""Entries that `untrusted` and `delegate` may have."""

Index = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Words = Annotated[str, msgspec.Meta(min_length=1)]


class Untrusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Text inside a message that gives no instructions, such as what was retrieved and pasted into a turn.

    Either a place: message, an index into `messages`; part, an index into a `content` that is a list,
    absent where it is text; start and end, in Unicode characters of that text, the whole of it where they
    are absent. Or text: every place in `messages` and `system` that has just this text. Raises ValueError.
    """

    message: Index | None = None
    part: Index | None = None
    start: Index = 0
    end: Index | None = None
    text: Words | None = None

    def __post_init__(self) -> None:
        placed = (self.part, self.end) != (None, None) or self.start != 0
        if (self.message is None) == (self.text is None) or (self.text is not None and placed):
            raise ValueError("Expected either `message` with `part`, `start` and `end`, or `text` alone")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"Expected `end` above `start` {self.start}, got {self.end}")


class Wishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The member `fen`.

    resume: where an upstream breaks in the middle of a streamed answer, another attempt may go on with it.
    untrusted: text inside messages that gives no instructions. delegate: parts whose instructions count as
    the requester's own, by origin (`tool:get_weather`, `file:cv.pdf`) or by path (`messages[2]`); only for
    keys that may delegate.
    """

    resume: bool = False
    untrusted: Annotated[list[Untrusted], msgspec.Meta(max_length=MOST_NAMED)] | None = None
    delegate: Annotated[list[Words], msgspec.Meta(max_length=MOST_NAMED)] | None = None
