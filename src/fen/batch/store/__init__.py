"""What touches the database: files, batches and their lines."""

from fen.batch.store.batches import (
    BatchStore,
    find_batch,
    find_claimable,
    find_ended_with_lines,
    list_batches,
)
from fen.batch.store.files import (
    FileStore,
    count_chunks,
    find_file,
    find_orphans,
    find_stale,
    list_files,
    read_chunk,
)
from fen.batch.store.lines import (
    SLICE,
    Choice,
    LineStore,
    find_due,
    find_ended,
    find_last_number,
    find_loads,
)
from fen.batch.store.tables import BATCHES, CHUNKS, FILES, LINES, VENDOR_BATCHES
from fen.batch.store.vendors import (
    VendorStore,
    find_consigned,
    find_consignments,
    find_fresh,
    find_sent,
)

__all__ = [
    "BATCHES",
    "CHUNKS",
    "FILES",
    "LINES",
    "SLICE",
    "VENDOR_BATCHES",
    "BatchStore",
    "Choice",
    "FileStore",
    "LineStore",
    "VendorStore",
    "count_chunks",
    "find_batch",
    "find_claimable",
    "find_consigned",
    "find_consignments",
    "find_due",
    "find_ended",
    "find_ended_with_lines",
    "find_file",
    "find_fresh",
    "find_last_number",
    "find_loads",
    "find_orphans",
    "find_sent",
    "find_stale",
    "list_batches",
    "list_files",
    "read_chunk",
]
