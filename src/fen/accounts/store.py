"""What touches the database: keys and the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    RowMapping,
    Table,
    Text,
    bindparam,
    exists,
    or_,
    select,
    type_coerce,
    update,
)

from fen.accounts.audit import AuditEvent, Detail
from fen.accounts.key import Key
from fen.storage import METADATA, Cursor, Moment, Storage, from_micros, to_micros
from fen.wire.errors import InvalidRequest, NotFound

KEYS = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)
Index("ix_keys_secret_hash", KEYS.c.secret_hash, unique=True)
_LIVING = KEYS.c.revoked_at.is_(None)
Index("ix_keys_living_name", KEYS.c.name, unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

_read_detail = msgspec.json.Decoder(dict[str, str | int | None]).decode


class AuditStore:
    """Adds events. Runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(AUDIT).values({column.name: bindparam(column.name) for column in AUDIT.c})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))

    def record(self, cursor: Cursor, event: AuditEvent) -> None:
        """Insert an event."""
        detail = msgspec.json.encode(event.detail).decode()
        values = msgspec.structs.asdict(event) | {"at": to_micros(event.at), "detail": detail}
        self._insert.execute(cursor, values)


class KeyStore:
    """Writes keys, each change with its event. Runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        self._audit = AuditStore(storage)
        insert = storage.insert(KEYS).values({column.name: bindparam(column.name) for column in KEYS.c})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        wanted = bindparam("b_wanted", type_=Text)
        # Names are unique among the living only; of the dead, an id tells.
        named = select(KEYS.c.id, KEYS.c.name, KEYS.c.created_at, KEYS.c.revoked_at).where(
            or_(KEYS.c.id == wanted, (KEYS.c.name == wanted) & _LIVING)
        )
        self._find = storage.compile(named)
        self._revoke = storage.compile(
            update(KEYS)
            .where(KEYS.c.id == bindparam("b_id", type_=Text), _LIVING)
            .values(revoked_at=type_coerce(bindparam("b_now", type_=Moment), Moment))
        )

    def create(self, cursor: Cursor, key: Key, secret_hash: bytes, event: AuditEvent) -> None:
        """Insert a key; the writer raises Conflict for a name that a living key has."""
        values: dict[str, object] = {
            "id": key.id,
            "name": key.name,
            "secret_hash": secret_hash.hex(),
            "created_at": to_micros(key.created_at),
            "revoked_at": None,
        }
        self._insert.execute(cursor, values)
        self._audit.record(cursor, event)

    def revoke(self, cursor: Cursor, wanted: str, event: AuditEvent) -> Key:
        """Revoke a key by id or name and return it; one that was revoked before stays as it is.

        Raises NotFound.
        """
        found: Sequence[Any] = ()
        if wanted.isprintable():  # as every id and name is; no database takes the rest
            self._find.execute(cursor, {"b_wanted": wanted})
            found = cursor.fetchall()
        if not found:
            raise NotFound(
                f"key: found none that is called {wanted[:64]!r}, expected the id or name of a key"
            )
        if len(found) > 1:
            raise InvalidRequest(f"key: found {len(found)} keys for {wanted[:64]!r}, expected an id")
        key = _read_raw(found[0])
        if key.revoked_at is not None:
            return key
        self._revoke.execute(cursor, {"b_id": key.id, "b_now": to_micros(event.at)})
        self._audit.record(cursor, msgspec.structs.replace(event, subject=key.id, detail={"name": key.name}))
        return msgspec.structs.replace(key, revoked_at=event.at)


def find_key(connection: Connection, secret_hash: bytes) -> Key | None:
    """Return the living key of a secret."""
    query = select(KEYS).where(KEYS.c.secret_hash == secret_hash.hex(), _LIVING)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _read_key(row)


def has_key(connection: Connection) -> bool:
    """Whether there ever was a key."""
    return bool(connection.execute(select(exists(select(KEYS.c.id)))).scalar_one())


def list_keys(connection: Connection) -> list[Key]:
    """Return all keys, oldest first."""
    query = select(KEYS).order_by(KEYS.c.created_at, KEYS.c.id)
    return [_read_key(row) for row in connection.execute(query).mappings()]


def list_events(connection: Connection, since: datetime | None, limit: int) -> list[AuditEvent]:
    """Return the newest events, newest first."""
    query = select(AUDIT).order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(AUDIT.c.at >= since)
    return [_read_event(row) for row in connection.execute(query).mappings()]


def _read_key(row: RowMapping) -> Key:
    return Key(row["id"], row["name"], row["created_at"], row["revoked_at"])


def _read_raw(row: tuple[str, str, int, int | None]) -> Key:
    identity, name, created, revoked = row
    return Key(identity, name, from_micros(created), None if revoked is None else from_micros(revoked))


def _read_event(row: RowMapping) -> AuditEvent:
    detail: Detail = _read_detail(row["detail"])
    return AuditEvent(row["id"], row["at"], row["actor"], row["action"], row["subject"], detail)
