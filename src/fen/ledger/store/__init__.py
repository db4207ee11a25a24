"""What touches the database: the books' tables and their statements."""

from fen.ledger.store.check import check_windows
from fen.ledger.store.entries import End, EntryStore, find_entries, find_latest, find_open
from fen.ledger.store.extremes import Extreme, find_extremes
from fen.ledger.store.replicas import ReplicaStore, count_replicas, find_open_ids, read_beats
from fen.ledger.store.retention import RetentionStore
from fen.ledger.store.routed import ROUTED, SAVED, RoutedStore, find_routed, read_routed, sum_savings
from fen.ledger.store.sums import Period, sum_entries
from fen.ledger.store.tables import DAILY, ENTRIES, REPLICAS, WINDOWS
from fen.ledger.store.traffic import read_used
from fen.ledger.store.windows import read_rooms

__all__ = [
    "DAILY",
    "ENTRIES",
    "REPLICAS",
    "ROUTED",
    "SAVED",
    "WINDOWS",
    "End",
    "EntryStore",
    "Extreme",
    "Period",
    "ReplicaStore",
    "RetentionStore",
    "RoutedStore",
    "check_windows",
    "count_replicas",
    "find_entries",
    "find_extremes",
    "find_latest",
    "find_open",
    "find_open_ids",
    "find_routed",
    "read_beats",
    "read_rooms",
    "read_routed",
    "read_used",
    "sum_entries",
    "sum_savings",
]
