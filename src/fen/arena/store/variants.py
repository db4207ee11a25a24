"""The register of variants in the database, and how much each was met."""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, Table, bindparam, func, or_, select

from fen.arena.store import BATTLES, VOTES
from fen.arena.variant import Exposure, Variant
from fen.storage import METADATA, Cursor, Storage, identifier

VARIANTS = Table(
    "arena_variants",
    METADATA,
    Column("name", identifier(), primary_key=True),
    Column("variant", LargeBinary, nullable=False),
)


class VariantStore:
    """Writes entries. Each method runs inside an operation of the writer."""

    def __init__(self, storage: Storage) -> None:
        variant = storage.insert(VARIANTS).values(name=bindparam("b_name"), variant=bindparam("b_variant"))
        changed = {"variant": variant.excluded.variant}
        self._enlist = storage.compile(variant.on_conflict_do_update(index_elements=["name"], set_=changed))

    def enlist(self, cursor: Cursor, variant: Variant) -> None:
        """Write an entry as it is now."""
        values = {"b_name": variant.name, "b_variant": msgspec.json.encode(variant)}
        self._enlist.execute(cursor, values)


def read_variants(connection: Connection) -> list[Variant]:
    """Return all entries, by name."""
    query = select(VARIANTS.c.variant).order_by(VARIANTS.c.name)
    return [msgspec.json.decode(row, type=Variant) for row in connection.execute(query).scalars()]


def measure_exposure(connection: Connection, name: str) -> Exposure:
    """Return how often a name of the board was met, and voted on."""
    b, v = BATTLES.c, VOTES.c
    met = select(func.count(), func.min(b.started), func.max(b.started))
    battles, first, last = connection.execute(met.where(or_(b.left == name, b.right == name))).one()
    votes = select(func.count()).where(or_(v.left == name, v.right == name))
    return Exposure(int(battles), int(connection.execute(votes).scalar_one()), first, last)
