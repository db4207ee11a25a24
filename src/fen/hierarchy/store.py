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


def list_findings(
    connection: Connection,
    since: datetime | None,
    limit: int,
    key_id: str | None,
    request_id: str | None = None,
) -> list[KeptFinding]:
    """Return the newest findings, newest first; `key_id` picks one key's, `request_id` one request's."""
    c = FINDINGS.c
    query = select(FINDINGS).order_by(c.at.desc(), c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(c.at >= since)
    if key_id is not None:
        query = query.where(c.key_id == key_id)
    if request_id is not None:
        query = query.where(c.request_id == request_id)
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
