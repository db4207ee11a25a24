"""What touches the database: the books' tables and their statements."""

from fen.ledger.store.entries import EntryStore, find_entries, find_latest, find_open
from fen.ledger.store.replicas import ReplicaStore, read_beats
from fen.ledger.store.retention import RetentionStore
from fen.ledger.store.sums import Period, sum_entries
from fen.ledger.store.tables import DAILY, ENTRIES, REPLICAS

__all__ = [
    "DAILY",
    "ENTRIES",
    "REPLICAS",
    "EntryStore",
    "Period",
    "ReplicaStore",
    "RetentionStore",
    "find_entries",
    "find_latest",
    "find_open",
    "read_beats",
    "sum_entries",
]
