"""An event of administration: who changed what. It never has a secret."""

from __future__ import annotations

import os
import pwd
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

Detail = Mapping[str, str | int | None]


class AuditEvent(msgspec.Struct, frozen=True):
    """One change. actor: `os:NAME` of who ran the command, or a key's id. action: `noun.verb`."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Detail


def make_event(actor: str, action: str, subject: str, detail: Detail | None = None) -> AuditEvent:
    """Return an event of this moment."""
    return AuditEvent("aud_" + secrets.token_hex(8), datetime.now(UTC), actor, action, subject, detail or {})


def find_actor() -> str:
    """Return who runs this process: `os:NAME`, or `os:#UID` where the user has no name."""
    number = os.getuid()
    try:
        return "os:" + pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user may be in no list
        return f"os:#{number}"
