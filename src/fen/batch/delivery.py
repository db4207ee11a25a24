"""What comes back from a vendor: each line's result is settled in the books, then stored."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import msgspec

from fen.batch.consignment import Consigned, Consignment
from fen.batch.job import Batch
from fen.batch.line import LOST, MESSAGES, Outcome, flatten
from fen.batch.store import VendorStore, find_consigned, find_sent
from fen.batch.tools import Tools, Vendors
from fen.wire.errors import ErrorBody, ErrorObject
from fen.wire.ports import BatchItem, BatchJob, BatchResult, BatchStatus, BatchUpstream
from fen.wire.request import parse_request

_log = logging.getLogger("fen.batch")

_AGAIN = frozenset({408, 409, 425, 429})


class Delivery:
    """Loads a vendor's batch, and takes its results; each method may be called again after a failure.

    Those that end lines return False where the claim is gone.
    """

    def __init__(self, tools: Tools, vendors: Vendors, batch: Batch) -> None:
        self._tools = tools
        self._deferrals = vendors.deferrals
        self._batch = batch
        self._store = VendorStore(tools.storage)

    async def load(self, each: Consignment, endpoint: str) -> BatchJob:
        """Return what the vendor gets."""
        lines = await self._tools.storage.read(
            lambda connection: find_sent(connection, self._batch.id, each.id)
        )
        items = [
            BatchItem(
                str(line.number),
                parse_request(line.deferral.format, line.sent or b"{}"),
                line.deferral.upstream_model,
            )
            for line in lines
        ]
        return BatchJob(each.id, endpoint, items)

    async def collect(self, each: Consignment, status: BatchStatus, upstream: BatchUpstream) -> bool:
        """Settle and store all results; lines without one wait again, and cost nothing.

        Raises UpstreamFailed.
        """
        left = {line.number: line for line in await self._find(each)}
        async for result in upstream.read(status):
            line = left.pop(int(result.custom_id), None) if result.custom_id.isdecimal() else None
            if line is not None and not await self._take(each, line, result):
                return False
        if left:
            _log.warning("%s: %s left %d lines (%s)", self._batch.id, each.upstream, len(left), status.told)
        return await self._return(each, left.values(), "vendor_" + status.told)

    async def give_back(self, each: Consignment) -> bool:
        """Release all lines that no vendor has, to be sent by themselves."""
        return await self._return(each, await self._find(each), "not_sent")

    async def lose(self, each: Consignment) -> bool:
        """Let lines fail of which nobody knows whether they were answered: they are charged by estimate."""
        told = msgspec.json.encode(ErrorObject(ErrorBody(MESSAGES[LOST], "upstream_error", code=LOST)))
        for line in await self._find(each):
            await self._deferrals.estimate(line.deferral, LOST)
            outcome = Outcome("failed", 502, told, line.deferral.request_id)
            if not await self._end(each, line, outcome):
                return False
        return True

    async def _find(self, each: Consignment) -> list[Consigned]:
        return await self._tools.storage.read(
            lambda connection: find_consigned(connection, self._batch.id, each.id)
        )

    async def _take(self, each: Consignment, line: Consigned, result: BatchResult) -> bool:
        deferral, status = line.deferral, result.status or 502
        if result.answer is not None:
            await self._deferrals.settle(deferral, result.answer)
            outcome = Outcome("done", 200, flatten(result.answer.body), deferral.request_id)
            return await self._end(each, line, outcome)
        if result.error is None or status >= 500 or status in _AGAIN:
            return await self._return(each, [line], "vendor_failed")
        await self._deferrals.release(deferral, "upstream_rejected", status)
        outcome = Outcome("failed", status, flatten(result.error), deferral.request_id)
        return await self._end(each, line, outcome)

    async def _return(self, each: Consignment, lines: Iterable[Consigned], reason: str) -> bool:
        writer = self._tools.storage.writer
        for line in lines:
            await self._deferrals.release(line.deferral, reason, 503)
            if not await writer.run(self._store.give_back, self._batch, each, line.number):
                return False
        return True

    async def _end(self, each: Consignment, line: Consigned, outcome: Outcome) -> bool:
        writer = self._tools.storage.writer
        return await writer.run(self._store.end, self._batch, each, line.number, outcome)
