"""What a model thought, sealed into a reasoning item so that it comes back with the next turn.

OpenAI puts there what only OpenAI can read. Fen puts there the thinking blocks that Anthropic's models want
back, signatures and all; who keeps no answers has no other place for them.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, cast

import msgspec

from fen.gateway.translation.members import Json, Members

_SEAL = "fen1."


def seal(blocks: list[Json]) -> str | None:
    """Return thinking blocks as a reasoning item's `encrypted_content`; None where there are none.

    It is encoded, not encrypted: the thinking is in the same answer, and its signature is the vendor's.
    """
    if not blocks:
        return None
    return _SEAL + base64.urlsafe_b64encode(msgspec.json.encode(blocks)).decode()


def unseal(item: Members) -> list[Json]:
    """Take the thinking blocks back out of a reasoning item.

    Raises Unsupported for a content that Fen did not write.
    """
    sealed = item.take("encrypted_content", str)
    if not sealed:
        return []
    blocks: Any = None
    if sealed.startswith(_SEAL):
        try:
            blocks = msgspec.json.decode(base64.urlsafe_b64decode(sealed[len(_SEAL) :]))
        except (binascii.Error, msgspec.DecodeError, ValueError, RecursionError):
            blocks = None
    if not isinstance(blocks, list):
        raise item.untranslatable(
            "encrypted_content", sealed, "one of Fen's own", "only who wrote it can read it"
        )
    return cast("list[Json]", blocks)
