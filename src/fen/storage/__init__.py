"""The database: connections, the writer, migrations. Knows no room; each declares its own tables."""

from fen.storage.backend import Conflict
from fen.storage.columns import (
    METADATA,
    MICROS_PER_DAY,
    PICO_PER_UNIT,
    Moment,
    Pico,
    from_day,
    from_micros,
    from_pico,
    identifier,
    to_day,
    to_micros,
    to_midnight,
    to_pico,
)
from fen.storage.connect import Storage, open_storage
from fen.storage.statement import Cursor, Statement
from fen.storage.sweeping import SLICE, Slices, sweep
from fen.storage.writer import Writer

__all__ = [
    "METADATA",
    "MICROS_PER_DAY",
    "PICO_PER_UNIT",
    "SLICE",
    "Conflict",
    "Cursor",
    "Moment",
    "Pico",
    "Slices",
    "Statement",
    "Storage",
    "Writer",
    "from_day",
    "from_micros",
    "from_pico",
    "identifier",
    "open_storage",
    "sweep",
    "to_day",
    "to_micros",
    "to_midnight",
    "to_pico",
]
