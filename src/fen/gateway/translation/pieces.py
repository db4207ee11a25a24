"""What a stream's translation yields, and what it is to those who read it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from fen.gateway.translation.members import Json
from fen.wire.usage import Usage

_encode = msgspec.json.Encoder().encode


class Piece(msgspec.Struct, frozen=True):
    """One event of the translated stream.

    data: its JSON text. finish: it tells why the answer ended. usage: it reports usage. bare: it has no other
    purpose.
    """

    data: bytes
    finish: bool = False
    usage: bool = False
    bare: bool = False


class Translator(Protocol):
    """Translates one stream, event by event; it keeps what one event needs to know of those before."""

    def feed(self, payload: bytes) -> list[Piece]:
        """Return the events that one event becomes.

        Raises UpstreamFailed for what is malformed or has no counterpart.
        """
        ...

    def close(self, estimate: Usage) -> list[Piece]:
        """Return what is owed at the stream's end; the estimate stands in for usage that never came."""
        ...


def piece(event: Json) -> Piece:
    """Return an event that is neither the end nor a report."""
    return Piece(_encode(event))


def end_piece(event: Json, *, finish: bool = False, usage: bool = False, bare: bool = False) -> Piece:
    """Return an event that ends the answer, or reports its usage."""
    return Piece(_encode(event), finish, usage, bare)
