"""The batch APIs of a configuration's upstreams."""

from __future__ import annotations

import msgspec

from fen.app.tables import UpstreamTable
from fen.upstreams import BATCH_NAME, Dialect, OpenAIBatches, Vendor
from fen.wire.ports import BatchUpstream


class BatchAddress(msgspec.Struct, frozen=True):
    """Where a vendor's batches are made, and whose they are; the key is not shown.

    member: of a batch's metadata, which keeps Fen's name of it.
    """

    base_url: str
    key: str | None
    dialect: Dialect
    member: str

    def __repr__(self) -> str:
        return f"BatchAddress({self.base_url!r})"


def open_batches(at: BatchAddress) -> BatchUpstream:
    """Return the batch API at an address; raises ValueError where no request may carry it or its key."""
    return OpenAIBatches(at.base_url, at.key, at.dialect, at.member)


def name_batches(table: UpstreamTable, base_url: str | None, vendor: Vendor | None) -> str | None:
    """Return the member of a batch's metadata that keeps Fen's name of it; None without a batch API.

    At another address than the vendor's own there is one only where the table says so.
    """
    known = vendor.batches if vendor is not None else None
    if table.batches is not None:
        return (known or BATCH_NAME) if table.batches else None
    return known if vendor is not None and base_url == vendor.base_url else None
