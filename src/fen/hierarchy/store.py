"""What touches the database: what guards found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    Integer,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from fen.hierarchy.finding import Finding
from fen.hierarchy.privilege import Privilege
from fen.storage import METADATA, Cursor, Moment, Slices, Storage, to_micros

FINDINGS = Table(
    "guard_findings",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("key_id", Text),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("privilege", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("words", Text),
)
"""One row for each finding; `words` only where a tier keeps them."""


class KeptFinding(msgspec.Struct, frozen=True):
    """A finding as it is kept: of which request, whose, and when."""

    request_id: str
    key_id: str | None
    at: datetime
    finding: Finding


class FindingStore:
    """Writes findings, inside an operation of the writer. rows: deletes them."""

    def __init__(self, storage: Storage) -> None:
        names = [column.name for column in FINDINGS.columns if column.name != "id"]
        values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in names}
        self._insert = storage.compile(storage.insert(FINDINGS).values(values))
        self.rows = Slices(storage, FINDINGS)

    def insert(self, cursor: Cursor, kept: Sequence[KeptFinding]) -> None:
        """Write a call's findings."""
        for one in kept:
            found = one.finding
            values: dict[str, object] = {
                "b_request_id": one.request_id,
                "b_key_id": one.key_id,
                "b_at": to_micros(one.at),
                "b_kind": found.kind,
                "b_place": found.where,
                "b_privilege": int(found.privilege),
                "b_score": found.score,
                "b_begins": found.start,
                "b_ends": found.end,
                "b_words": found.text,
            }
            self._insert.execute(cursor, values)


class Extent(msgspec.Struct, frozen=True):
    """Which findings: from `since` up to and without `until`, of one key or request; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None
    key_id: str | None = None
    request_id: str | None = None


def count_findings(connection: Connection, extent: Extent) -> dict[str, int]:
    """Return how many findings there are of each kind, the most frequent first."""
    c = FINDINGS.c
    query = _narrow(select(c.kind, func.count().label("number")).group_by(c.kind), extent)
    found = [(str(row.kind), int(row.number)) for row in connection.execute(query)]
    return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def list_findings(connection: Connection, extent: Extent, limit: int) -> list[KeptFinding]:
    """Return the newest findings, newest first."""
    c = FINDINGS.c
    query = _narrow(select(FINDINGS).order_by(c.at.desc(), c.id.desc()).limit(limit), extent)
    found: list[KeptFinding] = []
    for row in connection.execute(query).mappings():
        finding = Finding(
            row["kind"],
            row["place"],
            Privilege(row["privilege"]),
            row["score"],
            row["begins"],
            row["ends"],
            row["words"],
        )
        found.append(KeptFinding(row["request_id"], row["key_id"], row["at"], finding))
    return found


def _narrow(query: Any, extent: Extent) -> Any:
    c = FINDINGS.c
    if extent.since is not None:
        query = query.where(c.at >= extent.since)
    if extent.until is not None:
        query = query.where(c.at < extent.until)
    if extent.request_id is not None:
        query = query.where(c.request_id == extent.request_id)
    return query if extent.key_id is None else query.where(c.key_id == extent.key_id)
