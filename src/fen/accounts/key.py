"""Keys: who may ask, proven by a secret."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from fen.accounts.budget import Budget, check_one_each, check_team, parse_budget
from fen.wire.errors import InvalidRequest

DEFAULT_TIER = "api"
"""The tier of a key that was made without naming one."""

LONGEST_NAME = 64
_PREFIX = "fen-"
_SECRET = re.compile(r"fen-[A-Za-z0-9_-]{43}\Z")


class Key(msgspec.Struct, frozen=True):
    """A key as it is kept; its secret is not.

    tier: the name of one of fen.accounts.tier. budgets: its own, and its team's. admin: whether it may
    see and change what is everybody's, in the pages.
    """

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None = None
    tier: str = DEFAULT_TIER
    team: str | None = None
    budgets: tuple[Budget, ...] = ()
    admin: bool = False


def create_key(
    name: str,
    tier: str = DEFAULT_TIER,
    team: str | None = None,
    limits: Sequence[str] = (),
    admin: bool = False,
) -> tuple[Key, str]:
    """Return a new key and its secret, which nobody can find out again.

    limits: its own budgets, at most one for each period. The secret is `fen-` and 43 characters, 256 random
    bits. Raises InvalidRequest for a name that is not 1 to 64 printable characters, and for a malformed team
    or limit.
    """
    name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise InvalidRequest(
            f"name: found {name[:LONGEST_NAME]!r} of {len(name)} characters, expected 1 to {LONGEST_NAME}"
            " printable ones without spaces around them",
            param="name",
        )
    key_id = "key_" + secrets.token_hex(8)
    budgets = tuple(parse_budget(limit, "key", key_id) for limit in limits)
    check_one_each(budgets)
    team = None if team is None else check_team(team)
    key = Key(key_id, name, datetime.now(UTC), tier=tier, team=team, budgets=budgets, admin=admin)
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
