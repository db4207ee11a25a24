"""The batch APIs of a configuration's upstreams."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

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


class BatchApis:
    """Opens batch APIs, and keeps those that a new configuration leaves as they were."""

    def __init__(self) -> None:
        self._addresses: dict[str, BatchAddress] = {}
        self._open: dict[str, BatchUpstream] = {}
        self._retired: list[BatchUpstream] = []

    def change(self, addresses: Mapping[str, BatchAddress]) -> None:
        """Open what is new; raises ValueError for an address or a key that no request may carry."""
        fresh: dict[str, BatchUpstream] = {}
        for name, at in addresses.items():
            same = self._addresses.get(name) == at
            fresh[name] = self._open[name] if same else _open(at)
        kept = set(map(id, fresh.values()))
        self._retired += [api for api in self._open.values() if id(api) not in kept]
        self._open, self._addresses = fresh, dict(addresses)

    def table(self) -> Mapping[str, BatchUpstream]:
        """Return the batch APIs by the upstream's id."""
        return dict(self._open)

    async def close(self) -> None:
        """Close all, those of earlier configurations too."""
        left, self._open, self._retired = [*self._open.values(), *self._retired], {}, []
        await asyncio.gather(*(api.close() for api in left))


def _open(at: BatchAddress) -> BatchUpstream:
    return OpenAIBatches(at.base_url, at.key, at.dialect, at.member)


def name_batches(table: UpstreamTable, base_url: str | None, vendor: Vendor | None) -> str | None:
    """Return the member of a batch's metadata that keeps Fen's name of it; None without a batch API.

    At another address than the vendor's own there is one only where the table says so.
    """
    known = vendor.batches if vendor is not None else None
    if table.batches is not None:
        return (known or BATCH_NAME) if table.batches else None
    return known if vendor is not None and base_url == vendor.base_url else None
