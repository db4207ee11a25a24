"""What touches the database: keys, budgets and the audit log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    RowMapping,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    false,
    or_,
    select,
    type_coerce,
    update,
)

from fen.accounts.audit import AuditEvent, Detail
from fen.accounts.budget import Budget
from fen.accounts.key import DEFAULT_TIER, Key
from fen.storage import METADATA, Cursor, Moment, Storage, from_micros, from_pico, to_micros, to_pico
from fen.wire.errors import InvalidRequest, NotFound
from fen.wire.money import Money

KEYS = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("tier", Text, nullable=False, server_default=DEFAULT_TIER),
    Column("team", Text),
    Column("admin", Boolean, nullable=False, server_default=false()),
)
_KEPT = ("id", "name", "created_at", "revoked_at", "tier", "team", "admin")
Index("ix_keys_secret_hash", KEYS.c.secret_hash, unique=True)
_LIVING = KEYS.c.revoked_at.is_(None)
Index("ix_keys_living_name", KEYS.c.name, unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING)

BUDGETS = Table(
    "budgets",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
)
"""Of keys and teams; a tier's are in the settings. Amounts in 1e-12 of the currency."""

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


class BudgetStore:
    """Writes budgets, each change with its event. Runs inside an operation of the writer; may run again."""

    def __init__(self, storage: Storage) -> None:
        self._audit = AuditStore(storage)
        c = BUDGETS.c
        insert = storage.insert(BUDGETS).values({column.name: bindparam(column.name) for column in c})
        changed = {"amount": insert.excluded.amount, "currency": insert.excluded.currency}
        keys = [column.name for column in BUDGETS.primary_key]
        self._set = storage.compile(insert.on_conflict_do_update(index_elements=keys, set_=changed))
        named = [c[name] == bindparam(f"b_{name}", type_=Text) for name in keys]
        self._remove = storage.compile(delete(BUDGETS).where(*named))

    def insert(self, cursor: Cursor, budget: Budget) -> None:
        """Write a budget, in the place of the one that its owner has for the period."""
        values: dict[str, object] = {
            "scope": budget.scope,
            "owner": budget.owner,
            "period": budget.period,
            "amount": to_pico(budget.limit.amount),
            "currency": budget.limit.currency,
        }
        self._set.execute(cursor, values)

    def set(self, cursor: Cursor, budget: Budget, event: AuditEvent) -> None:
        """Write a budget and its event."""
        self.insert(cursor, budget)
        self._audit.record(cursor, event)

    def remove(self, cursor: Cursor, budget: Budget, event: AuditEvent) -> None:
        """Remove an owner's budget for a period; without one nothing happens."""
        values = {"b_scope": budget.scope, "b_owner": budget.owner, "b_period": budget.period}
        self._remove.execute(cursor, values)
        if cursor.rowcount:
            self._audit.record(cursor, event)


class KeyStore:
    """Writes keys, each change with its event. Runs inside an operation of the writer, and may run again."""

    def __init__(self, storage: Storage) -> None:
        self._audit = AuditStore(storage)
        self._budgets = BudgetStore(storage)
        insert = storage.insert(KEYS).values({column.name: bindparam(column.name) for column in KEYS.c})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["id"]))
        wanted = bindparam("b_wanted", type_=Text)
        # Names are unique among the living only; of the dead, an id tells.
        named = select(*(KEYS.c[name] for name in _KEPT)).where(
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
            "tier": key.tier,
            "team": key.team,
            "admin": key.admin,
        }
        self._insert.execute(cursor, values)
        for budget in key.budgets:
            self._budgets.insert(cursor, budget)
        self._audit.record(cursor, event)

    def revoke(self, cursor: Cursor, wanted: str, event: AuditEvent) -> Key:
        """Revoke a key by id or name and return it, without budgets; one revoked before stays as it is.

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
    return _find_living(connection, KEYS.c.secret_hash == secret_hash.hex())


def find_key_by_id(connection: Connection, key_id: str) -> Key | None:
    """Return the living key of an id."""
    return _find_living(connection, KEYS.c.id == key_id)


def _find_living(connection: Connection, where: ColumnElement[bool]) -> Key | None:
    query = select(KEYS).where(where, _LIVING)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    owners = [("key", row["id"]), ("team", row["team"])]
    own = or_(*(and_(BUDGETS.c.scope == scope, BUDGETS.c.owner == owner) for scope, owner in owners))
    return _read_key(row, list_budgets(connection, own))


def has_key(connection: Connection) -> bool:
    """Whether there ever was a key."""
    return bool(connection.execute(select(exists(select(KEYS.c.id)))).scalar_one())


def list_keys(connection: Connection) -> list[Key]:
    """Return all keys, oldest first."""
    query = select(KEYS).order_by(KEYS.c.created_at, KEYS.c.id)
    budgets: defaultdict[tuple[str, str | None], list[Budget]] = defaultdict(list)
    for budget in list_budgets(connection):
        budgets[budget.scope, budget.owner].append(budget)
    return [
        _read_key(row, [*budgets["key", row["id"]], *budgets["team", row["team"]]])
        for row in connection.execute(query).mappings()
    ]


def list_budgets(connection: Connection, where: ColumnElement[bool] | None = None) -> list[Budget]:
    """Return budgets of keys and teams, in the order of scope, owner and period."""
    query = select(BUDGETS).order_by(BUDGETS.c.scope, BUDGETS.c.owner, BUDGETS.c.period)
    rows = connection.execute(query if where is None else query.where(where)).mappings()
    return [
        Budget(row["scope"], row["owner"], Money(from_pico(row["amount"]), row["currency"]), row["period"])
        for row in rows
    ]


def list_events(connection: Connection, since: datetime | None, limit: int) -> list[AuditEvent]:
    """Return the newest events, newest first."""
    query = select(AUDIT).order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(AUDIT.c.at >= since)
    return [_read_event(row) for row in connection.execute(query).mappings()]


def _read_key(row: RowMapping, budgets: Sequence[Budget]) -> Key:
    kept = {name: row[name] for name in _KEPT}
    return Key(**kept, budgets=tuple(budgets))


def _read_raw(row: Sequence[Any]) -> Key:
    identity, name, created, revoked, tier, team, admin = row
    revoked_at = None if revoked is None else from_micros(revoked)
    return Key(identity, name, from_micros(created), revoked_at, tier, team, admin=bool(admin))


def _read_event(row: RowMapping) -> AuditEvent:
    detail: Detail = _read_detail(row["detail"])
    return AuditEvent(row["id"], row["at"], row["actor"], row["action"], row["subject"], detail)
