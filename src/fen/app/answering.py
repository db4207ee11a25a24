"""One answer on its way: what has come of it so far, and how it ends."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fen.app.streamed import MODEL_HEADER, REQUEST_HEADER, Piece, StreamReader, Thought, read_payloads
from fen.conversations import Receipt, Turn
from fen.gateway import Caller
from fen.ledger import Entry, add_usage
from fen.wire.errors import FenError
from fen.wire.message import TextPart
from fen.wire.money import Money
from fen.wire.request import Request

if TYPE_CHECKING:
    from fen.app.build import App


class Answering:
    """Asks, and takes in what comes; `run` is its one task. text, thoughts: what has come so far."""

    def __init__(self, app: App, request: Request, caller: Caller) -> None:
        self.text = ""
        self.thoughts = ""
        self.began = datetime.now(UTC)
        self._app = app
        self._request = request
        self._caller = caller
        self._reader = StreamReader(request.view.model)
        self._receipt: Receipt | None = None
        self._stopped = False
        self._task: asyncio.Task[object] | None = None

    def stop(self) -> None:
        """End it; `run` returns what has come."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    async def run(self, tag: str) -> Turn:
        """Return the answer: whole, stopped, or with the error that ended it."""
        error: FenError | None = None
        self._task = asyncio.current_task()
        try:
            if not self._stopped:
                await self._listen(tag)
        except FenError as failure:
            error = failure
        except asyncio.CancelledError:
            if not self._stopped or self._task is None:
                raise
            self._task.uncancel()
        finally:
            self._task = None
        receipt = self._receipt or await self._look_up()
        parts = (TextPart(self.text),)
        told = None if error is None else error.message
        return Turn("assistant", parts, self.began, self.thoughts, receipt, told, self._stopped)

    async def _listen(self, tag: str) -> None:
        reply = await self._app.pipeline.answer(self._request, self._caller, tag=tag)
        self._reader.headers = dict(reply.headers)
        async with aclosing(read_payloads(reply)) as payloads:
            async for payload in payloads:
                for piece in self._reader.take(payload):
                    self._take(piece)

    def _take(self, piece: Piece) -> None:
        if isinstance(piece, Receipt):
            self._receipt = piece
        elif isinstance(piece, Thought):
            self.thoughts += piece.text
        else:
            self.text += piece

    async def _look_up(self) -> Receipt | None:
        """Return what the books have of a call whose end told nothing; None where they have nothing."""
        headers = self._reader.headers
        request_id = headers.get(REQUEST_HEADER)
        if request_id is None:
            return None
        try:
            entries = await self._app.book.find(request_id)
        except FenError:
            return None
        settled = [entry.settlement for entry in entries if entry.settlement is not None]
        if not settled:
            return None
        usage = add_usage(settlement.usage for settlement in settled)
        exact = all(settlement.certainty == "exact" for settlement in settled)
        return self._reader.describe(
            Receipt(
                request_id=request_id,
                model=headers.get(MODEL_HEADER) or self._request.view.model,
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cost=_add_costs(entries),
                certainty="exact" if exact else "estimated",
                attempts=len(entries),
            )
        )


def _add_costs(entries: list[Entry]) -> Money | None:
    """Return what attempts cost together; None where one has no price, or in two currencies."""
    total: Money | None = None
    for entry in entries:
        cost = entry.settlement.cost if entry.settlement is not None else None
        if cost is None or (total is not None and total.currency != cost.currency):
            return None
        total = cost if total is None else total + cost
    return total
