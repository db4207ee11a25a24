"""Signs of life."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select

from fen.ledger.replica import KEEPER
from fen.ledger.store.tables import ENTRIES, HELD, REPLICAS
from fen.storage import Cursor, Storage

NEVER = -1
"""The beat of a replica that holds and never said that it lives."""


class ReplicaStore:
    """Writes signs of life. Each method runs inside an operation of the writer."""

    def __init__(self, storage: Storage) -> None:
        insert = storage.insert(REPLICAS).values(
            {column.name: bindparam(column.name) for column in REPLICAS.c}
        )
        again = insert.on_conflict_do_update(
            index_elements=["id"], set_={"beat": REPLICAS.c.beat + insert.excluded.beat}
        )
        self._beat = storage.compile(again)
        self._remove = storage.compile(delete(REPLICAS).where(REPLICAS.c.id == bindparam("b_id")))

    def beat(self, cursor: Cursor, replica_id: str, host: str, pid: int, now: int) -> None:
        """Say that a replica lives; `now` in microseconds."""
        self._beat.execute(cursor, {"id": replica_id, "host": host, "pid": pid, "started_at": now, "beat": 1})

    def remove(self, cursor: Cursor, replica_id: str) -> None:
        """Forget a replica that ended."""
        self._remove.execute(cursor, {"b_id": replica_id})


def read_beats(connection: Connection) -> dict[str, int]:
    """Return the beat of every replica that was announced or still holds; keepers are none."""
    holding = (ENTRIES.c.state == HELD, ~ENTRIES.c.replica.startswith(KEEPER, autoescape=True))
    holders = connection.execute(select(ENTRIES.c.replica).where(*holding).distinct())
    beats = dict.fromkeys(holders.scalars(), NEVER)
    for replica_id, beat in connection.execute(select(REPLICAS.c.id, REPLICAS.c.beat)):
        beats[replica_id] = beat
    return beats


def find_open_ids(connection: Connection, holder: str) -> list[str]:
    """Return the ids of a holder's open entries."""
    query = select(ENTRIES.c.id).where(ENTRIES.c.state == HELD, ENTRIES.c.replica == holder)
    return list(connection.execute(query).scalars())


def count_replicas(connection: Connection) -> int:
    """Return how many replicas were announced and are not known to be gone."""
    return connection.execute(select(func.count()).select_from(REPLICAS)).scalar_one()
