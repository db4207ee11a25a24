"""Keys: who may ask, proven by a secret."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import UTC, datetime

import msgspec

from fen.wire.errors import InvalidRequest

LONGEST_NAME = 64
_PREFIX = "fen-"
_SECRET = re.compile(r"fen-[A-Za-z0-9_-]{43}\Z")


class Key(msgspec.Struct, frozen=True):
    """A key as it is kept; its secret is not."""

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None


def create_key(name: str) -> tuple[Key, str]:
    """Return a new key and its secret, which nobody can find out again.

    The secret is `fen-` and 43 characters, 256 random bits. Raises InvalidRequest for a name that is not 1
    to 64 printable characters.
    """
    name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise InvalidRequest(
            f"name: found {name[:LONGEST_NAME]!r} of {len(name)} characters, expected 1 to {LONGEST_NAME}"
            " printable ones without spaces around them",
            param="name",
        )
    key = Key("key_" + secrets.token_hex(8), name, datetime.now(UTC))
    return key, _PREFIX + secrets.token_urlsafe(32)


def is_secret(text: str) -> bool:
    """Whether a text has the shape of a secret."""
    return _SECRET.match(text) is not None


def hash_secret(secret: str) -> bytes:
    """Return the SHA-256 of a secret: all that is kept of it.

    A slow hash protects what people choose. A secret of 256 random bits cannot be guessed at any speed, so
    a fast one is enough, and each request pays for it.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
