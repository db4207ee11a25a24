"""Putting waiting lines into a vendor's batch: each is held first, at the batch price."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime

from fen.batch.consignment import MOST_BYTES, MOST_LINES, Consigned, Consignment
from fen.batch.file import make_id
from fen.batch.job import Batch
from fen.batch.line import Line, Outcome, fail, read_request
from fen.batch.store import VendorStore, find_fresh
from fen.batch.tools import Tools, Vendors
from fen.ledger import KEEPER
from fen.wire.errors import BooksUnavailable, BudgetBusy, FenError, Internal

_log = logging.getLogger("fen.batch")
_FETCHED = 20


def name_holder(batch: Batch) -> str:
    """Return who holds the calls of a batch that are at vendors: the batch, which outlasts processes."""
    return KEEPER + batch.id


class Gathering:
    """Gathers a batch's lines of one model after another into vendors' batches.

    blocked: whether a budget had no room at the last time because of open holds. halted: to be set to end it
    early.
    """

    def __init__(self, tools: Tools, vendors: Vendors, batch: Batch) -> None:
        self.blocked = self.halted = False
        self._tools = tools
        self._vendors = vendors
        self._batch = batch
        self._store = VendorStore(tools.storage)

    async def gather(self, model: str, due: datetime) -> AsyncIterator[Consignment]:
        """Yield vendors' batches, each as soon as it is full; the lines of a model that no budget holds stay.

        due: when the vendor is asked to end them.
        """
        full: Consignment | None = None
        lines = size = 0
        self.blocked = False
        while not (self.blocked or self.halted) and (found := await self._fetch(model)):
            for line in found:
                held = await self._hold(line)
                if self.blocked:
                    break
                if held is None:
                    continue
                if full is not None and (full.upstream != held.deferral.upstream or size >= MOST_BYTES):
                    yield full
                    full = None
                if full is None:
                    full, lines, size = await self._begin(held.deferral.upstream, due), 0, 0
                if full is None or not await self._defer(full, held):
                    await self._vendors.deferrals.release(held.deferral, "not_sent", 503)
                    return
                lines, size = lines + 1, size + len(held.sent or b"")
                if lines >= MOST_LINES:
                    yield full
                    full = None
        if full is not None:
            yield full

    async def _fetch(self, model: str) -> list[Line]:
        batch_id = self._batch.id
        return await self._tools.storage.read(
            lambda connection: find_fresh(connection, batch_id, model, _FETCHED)
        )

    async def _hold(self, line: Line) -> Consigned | None:
        """Hold a line; None where it failed, or can only be sent by itself, and that is written down."""
        batch, writer = self._batch, self._tools.storage.writer
        try:
            held = await self._ask(line)
        except BooksUnavailable:
            raise
        except BudgetBusy:
            self.blocked = True
            return None
        except FenError as error:
            await writer.run(self._store.refuse, batch, line.number, fail(error))
            return None
        except Exception:  # noqa: BLE001  one line must not keep the other ones from being sent
            _log.exception("line %d of %s could not be held", line.number, batch.id)
            outcome: Outcome = fail(Internal("a fault of Fen's own; its log has it"))
            await writer.run(self._store.refuse, batch, line.number, outcome)
            return None
        if held is None:
            await writer.run(self._store.exclude, batch, line.number)
        return held

    async def _ask(self, line: Line) -> Consigned | None:
        vendors, batch = self._vendors, self._batch
        request = read_request(line.request, batch.format)
        caller = await vendors.caller(batch.key_id)
        held = await vendors.deferrals.hold(request, caller, name_holder(batch), vendors.tag)
        if held is None:
            return None
        deferral, sent = held
        return Consigned(line.number, deferral, sent.to_bytes())

    async def _begin(self, upstream: str, due: datetime) -> Consignment | None:
        now = self._tools.clock()
        made = Consignment(make_id("vb_"), self._batch.id, upstream, "gathering", None, now, due)
        begun = await self._tools.storage.writer.run(self._store.insert, self._batch, made)
        return made if begun else None

    async def _defer(self, to: Consignment, held: Consigned) -> bool:
        return await self._tools.storage.writer.run(self._store.defer, self._batch, to, held)
