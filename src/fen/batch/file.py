"""Files as values: what is known of one beside its content."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from typing import Any, Literal

import msgspec

from fen.wire.errors import InvalidRequest

Purpose = Literal["batch", "batch_output"]

LONGEST_FILENAME = 255
SHORTEST_LIFE = 3600
LONGEST_LIFE = 30 * 24 * 3600
"""Seconds that a file may be asked to last. Source: OpenAI API reference, "Upload file", `expires_after`."""


class StoredFile(msgspec.Struct, frozen=True):
    """A file. key_id: whose it is, None where callers need no key. bytes: its length."""

    id: str
    key_id: str | None
    purpose: Purpose
    filename: str
    bytes: int
    created_at: datetime
    expires_at: datetime | None = None


class Viewer(msgspec.Struct, frozen=True):
    """Whose files and batches are looked at: one key's, those of callers without a key, or everybody's."""

    key_id: str | None = None
    everybody: bool = False


EVERYBODY = Viewer(everybody=True)
"""The operator, who sees all."""


class Page(msgspec.Struct, frozen=True):
    """A part of a list: at most `limit` after the id `after`, newest first or oldest first."""

    limit: int
    after: str | None = None
    newest_first: bool = True


def make_id(prefix: str) -> str:
    """Return a new id: the prefix, the time in ms and what of it is left in us, then chance.

    So ids sort as they were made.
    """
    millis, rest = divmod(time.time_ns(), 1_000_000)
    return f"{prefix}{millis:011x}{rest // 1000:03x}{secrets.token_hex(8)}"


def check_filename(name: str) -> str:
    """Return a file's name; raises InvalidRequest where it is not 1 to 255 printable characters."""
    if not 1 <= len(name) <= LONGEST_FILENAME or not name.isprintable():
        raise InvalidRequest(
            f"file: found a name of {len(name)} characters, {name[:64]!r},"
            f" expected 1 to {LONGEST_FILENAME} printable ones",
            param="file",
        )
    return name


def check_life(seconds: int, param: str) -> int:
    """Return how long a file shall last; raises InvalidRequest outside of an hour to 30 days."""
    if not SHORTEST_LIFE <= seconds <= LONGEST_LIFE:
        raise InvalidRequest(
            f"{param}.seconds: found {seconds}, expected {SHORTEST_LIFE} to {LONGEST_LIFE}", param=param
        )
    return seconds


def describe_file(file: StoredFile) -> dict[str, Any]:
    """Return OpenAI's file object, JSON-ready."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": int(file.created_at.timestamp()),
        "expires_at": None if file.expires_at is None else int(file.expires_at.timestamp()),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }
