"""Deferred work: files of requests, run at the cheapest time within a day."""

from fen.batch.batches import Batches, Forgotten
from fen.batch.file import (
    EVERYBODY,
    LONGEST_LIFE,
    Page,
    StoredFile,
    Viewer,
    check_life,
    describe_file,
)
from fen.batch.job import (
    ENDPOINTS,
    Batch,
    BatchRequest,
    Counts,
    Fault,
    Limits,
    describe_batch,
    read_batch_request,
)
from fen.batch.plan import Load, Pace, PriceList, plan_starts
from fen.batch.runner import Runner
from fen.batch.sending import Answer
from fen.batch.shelf import Shelf
from fen.batch.tools import Vendors

__all__ = [
    "ENDPOINTS",
    "EVERYBODY",
    "LONGEST_LIFE",
    "Answer",
    "Batch",
    "BatchRequest",
    "Batches",
    "Counts",
    "Fault",
    "Forgotten",
    "Limits",
    "Load",
    "Pace",
    "Page",
    "PriceList",
    "Runner",
    "Shelf",
    "StoredFile",
    "Vendors",
    "Viewer",
    "check_life",
    "describe_batch",
    "describe_file",
    "plan_starts",
    "read_batch_request",
]
