"""The lines of a batch that vendors run as batches of their own.

The order of writing is what makes it safe to die anywhere. A line's hold is in the books before the line is
put into a vendor's batch; Fen's token of that batch is in the database, as `sending`, before the vendor hears
of it; and the vendor keeps the token with it, so that whoever finds `sending` asks the vendor first. A result
is settled in the books, which take it once, before the line has ended. What the books hold for this batch
and no line knows was never sent, and is released.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from fen.batch.consignment import Consignment, advance
from fen.batch.delivery import Delivery
from fen.batch.gathering import Gathering, name_holder
from fen.batch.job import Batch
from fen.batch.plan import Load, find_least
from fen.batch.store import VendorStore, find_consigned, find_consignments
from fen.batch.tools import Tools, Vendors
from fen.wire.errors import BooksUnavailable, UpstreamFailed, UpstreamRejected
from fen.wire.ports import BatchUpstream

_log = logging.getLogger("fen.batch")

_BUSY = frozenset({408, 409, 425, 429})
LONGEST_PAUSE = 300.0


class Forwarding:
    """Gathers, sends, watches and collects one batch's lines at vendors, under one claim.

    taken: models whose waiting lines are for vendors now. halted: nothing more is to be gathered or sent.
    """

    def __init__(self, tools: Tools, vendors: Vendors, batch: Batch) -> None:
        self.taken: frozenset[str] = frozenset()
        self._tools = tools
        self._vendors = vendors
        self._batch = batch
        self._store = VendorStore(tools.storage)
        self._gathering = Gathering(tools, vendors, batch)
        self._delivery = Delivery(tools, vendors, batch)
        self._open: dict[str, Consignment] = {}
        self._failures: dict[str, int] = {}
        self._lines: dict[str, int] = {}
        self._next: dict[str, float] = {}
        self._gather_at = 0.0
        self._stepping = False
        self.halted = False

    @property
    def busy(self) -> bool:
        """Whether lines are at vendors, or about to be, or may be on their way back.

        Lines that are being gathered wait no longer and are in nothing that is open, so a step counts too.
        """
        return bool(self._open or self.taken or self._stepping)

    async def recover(self) -> None:
        """Take over what an earlier claim left; to be called before anything else."""
        batch_id = self._batch.id
        read = self._tools.storage.read
        found = await read(lambda connection: find_consignments(connection, batch_id))
        self._open = {each.id: each for each in found}
        known = {
            line.deferral.entry
            for line in await read(lambda connection: find_consigned(connection, batch_id))
        }
        await self._vendors.deferrals.sweep(name_holder(self._batch), known)

    def choose(self, loads: Sequence[Load], now: datetime) -> frozenset[str]:
        """Decide which models' lines are for vendors: where a batch of theirs costs less than any hour left.

        And where it has long enough before the lines would have to be sent one by one.
        """
        prices, batch, margin = self._tools.prices(), self._batch, self._tools.limits.margin
        taken: set[str] = set()
        for load in loads:
            usage, least = find_least(load, prices, now, batch.expires_at - margin)
            offer = self._vendors.deferrals.offer(load.model, usage, now)
            if offer is None or least is None or offer.currency != least.currency or not offer < least:
                continue
            if self._due(load.lines, now) - now >= margin:
                taken.add(load.model)
        self._lines = {load.model: load.lines for load in loads}
        self.taken = frozenset(taken)
        return self.taken

    async def step(self) -> None:
        """Do what there is to do now; raises BooksUnavailable."""
        self._stepping = True
        try:
            await self._step()
        finally:
            self._stepping = False

    async def _step(self) -> None:
        for each in list(self._open.values()):
            if self.halted:
                return
            await self._advance(each)
        if self.taken and not self.halted and time.monotonic() >= self._gather_at:
            for model in sorted(self.taken):
                if not self.halted:
                    await self._gather(model)
            rests = LONGEST_PAUSE if self._gathering.blocked else self._tools.poll
            self._gather_at = time.monotonic() + min(rests, self._tools.limits.vendor_poll)

    def halt(self) -> None:
        """Gather and send nothing more; what is being sent comes to its end."""
        self.halted = True
        self._gathering.halted = True

    async def wind_up(self, patience: float, pause: Callable[[], Awaitable[bool]]) -> bool:
        """Bring all back from vendors; after so many seconds, what they do not tell of is given up.

        pause: waits a moment, and is False where the process is told to stop; then this is False too, and
        the next process goes on.
        """
        until = time.monotonic() + patience
        self.taken = frozenset()
        self._next.clear()
        while self._open:
            for each in list(self._open.values()):
                await self._advance(each, end=True)
            if not self._open:
                break
            if time.monotonic() >= until:
                for each in list(self._open.values()):
                    _log.error(
                        "%s: its vendor tells nothing of %s", self._batch.id, each.vendor_id or each.id
                    )
                    await self._delivery.lose(each)
                    await self._finish(each)
            elif not await pause():
                return False
        return True

    def _due(self, lines: int, now: datetime) -> datetime:
        """Return when a vendor has to give back what it has not done: half of what is left, at the least."""
        needed = self._tools.pacing.pace(self._batch.id).needs(lines)
        end: datetime = self._batch.expires_at
        half: timedelta = (end - now) / 2
        return max(end - needed, now + half)

    async def _gather(self, model: str) -> None:
        due = self._due(self._lines.get(model, 0), self._tools.clock())
        async for made in self._gathering.gather(model, due):
            self._open[made.id] = made
            if not self.halted:
                await self._advance(made)

    async def _advance(self, each: Consignment, *, end: bool = False) -> None:
        """Take a consignment a step on; what fails is tried again later. end: nothing more is to be sent."""
        if time.monotonic() < self._next.get(each.id, 0.0):
            return
        upstream = self._vendors.deferrals.upstream(each.upstream)
        if each.state == "gathering" and (end or upstream is None):
            await self._take_back(each)
            return
        try:
            if upstream is None:
                raise UpstreamFailed(f"found no batch API of {each.upstream}, expected it to be enabled")
            if each.state == "sent":
                await self._look(each, upstream, end)
            else:
                await self._send(each, upstream, end)
        except UpstreamFailed as error:
            await self._fail(each, error)

    async def _send(self, each: Consignment, upstream: BatchUpstream, end: bool) -> None:
        found = None
        if each.state == "sending":
            found = await upstream.find(each.id)
            if found is None and (end or self._failures.get(each.id, 0) >= self._tools.limits.tries):
                await self._take_back(each)  # the vendor has it not, so its lines can be sent by themselves
                return
        else:
            each = advance(each, "sending")
            if not await self._move(each):
                return
        if found is None:
            job = await self._delivery.load(each, self._batch.endpoint)
            try:
                found = await upstream.submit(job)
            except UpstreamFailed as error:
                if not _is_refusal(error):
                    raise
                _log.warning("%s: %s refuses a batch: %s", self._batch.id, each.upstream, error)
                await self._take_back(each)
                return
        sent = advance(each, "sent", found)
        self._failures.pop(each.id, None)
        if not await self._move(sent):
            await upstream.check(found, cancel=True)  # it is somebody else's now, who sends its own
            return
        _log.info("%s: %s has lines of it, as %s", self._batch.id, each.upstream, found)
        self._next[each.id] = time.monotonic() + self._tools.limits.vendor_poll

    async def _look(self, each: Consignment, upstream: BatchUpstream, end: bool) -> None:
        assert each.vendor_id is not None
        status = await upstream.check(each.vendor_id)
        over = end or self._tools.clock() >= each.due_at
        if over and not status.ended and status.told != "cancelling":
            status = await upstream.check(each.vendor_id, cancel=True)
        self._failures.pop(each.id, None)
        if not status.ended:
            polls = self._tools.poll if end else self._tools.limits.vendor_poll
            self._next[each.id] = time.monotonic() + polls
            return
        if await self._delivery.collect(each, status, upstream):
            await self._finish(each)

    async def _fail(self, each: Consignment, error: UpstreamFailed) -> None:
        failures = self._failures[each.id] = self._failures.get(each.id, 0) + 1
        _log.warning("%s: %s at %s: %s", self._batch.id, each.vendor_id or each.id, each.upstream, error)
        pause = min(LONGEST_PAUSE, self._tools.limits.vendor_poll, self._tools.poll * 2.0**failures)
        self._next[each.id] = time.monotonic() + pause

    async def _take_back(self, each: Consignment) -> None:
        if await self._delivery.give_back(each):
            await self._finish(each)

    async def _finish(self, each: Consignment) -> None:
        await self._move(advance(each, "ended"))
        self._failures.pop(each.id, None)
        self._next.pop(each.id, None)

    async def _move(self, changed: Consignment) -> bool:
        moved = await self._tools.storage.writer.run(self._store.move, self._batch, changed)
        if moved and changed.state != "ended":
            self._open[changed.id] = changed
        else:
            self._open.pop(changed.id, None)
        return moved


def _is_refusal(error: UpstreamFailed) -> bool:
    """Whether a batch was certainly not made, and another try would not make it."""
    if isinstance(error, UpstreamRejected):
        return error.status < 500 and error.status not in _BUSY
    return error.code == "upstream_refused_key"


def log_away(batch: Batch, error: BooksUnavailable) -> None:
    """Say that the database is away; nothing is lost by it."""
    _log.warning("%s: what is at vendors waits for the database: %s", batch.id, error)
