"""What a client may want of Fen itself, in the member `fen` of a request's body; it is not sent on."""

from __future__ import annotations

import msgspec


class Wishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The member `fen`.

    resume: where an upstream breaks in the middle of a streamed answer, another attempt may go on with it.
    """

    resume: bool = False
