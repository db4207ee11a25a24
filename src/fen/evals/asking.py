"""Asking through the pipeline: answers are kept with the books' own commit, and none is asked for twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial

import msgspec

from fen.accounts import Budget
from fen.evals.key import make_key, make_pool, write_body
from fen.evals.means import Means
from fen.evals.pace import Pace
from fen.evals.patience import MOST_FAILURES, find_pause, is_busy, is_hopeless, is_passing
from fen.evals.purse import Purse
from fen.evals.reading import StreamReading, read_error, read_reply, read_settled
from fen.evals.record import Run
from fen.evals.response import Response
from fen.evals.sample import Body
from fen.evals.store import read_keys, read_response
from fen.evals.suite import Suite
from fen.gateway import Caller, Reply
from fen.gateway.going_on import UNAFFORDABLE
from fen.gateway.witness import Operation
from fen.ledger import Settlement
from fen.wire.answer import Whole
from fen.wire.errors import BudgetBusy, BudgetExceeded, FenError, InvalidRequest, UpstreamFailed
from fen.wire.money import Money
from fen.wire.request import Request, parse_request
from fen.wire.sse import EventDecoder

_encode = msgspec.json.Encoder().encode


class Line:
    """What a model is asked for a suite.

    pool: what its keys begin with. kept: keys whose answers are kept. pending: those that are asked now, and
    who waits for them.
    """

    def __init__(self, pool: str, kept: set[str]) -> None:
        self.pool = pool
        self.kept = kept
        self.pending: dict[str, asyncio.Future[None]] = {}


class Asker:
    """Asks one model on behalf of a run.

    spent: what its calls cost, those left out that were answered from what was kept. nothing: no money, in
    the currency of the model's price; None where that is not known. guarded: whether its calls have the guard
    that the settings turn on: a judge's have, what is evaluated is the model and not the guard.
    """

    def __init__(self, means: Means, run: Run, model: str, pace: Pace, nothing: Money | None) -> None:
        self.store = means.store
        self.run = run.id
        self.model = model
        self.nothing = nothing
        self.spent = Purse()
        self.guarded = False
        self._means = means
        self._run = run
        self._pace = pace
        self._budgets = make_budgets(run)
        self._failures = 0

    async def open_lines(self, suites: Sequence[Suite]) -> dict[str, Line]:
        """Return a line for each suite, with what is kept of it."""
        own = self._run.id if self._run.fresh else ""
        lines: dict[str, Line] = {}
        for suite in suites:
            pool = make_pool(self.model, suite.name, suite.version, own)
            lines[suite.name] = Line(pool, await self._means.storage.read(partial(read_keys, pool=pool)))
        return lines

    async def ask(self, line: Line, key: str, data: bytes, *, timed: bool, continued: bool) -> Response:
        """Return what is kept under the key, else what the model answers.

        Raises BudgetExceeded where the run's budget has no room for the call, and FenError where no other
        call would fare better.
        """
        while True:
            if key in line.kept:
                found = await self._means.storage.read(lambda connection: read_response(connection, key))
                if found is not None:
                    return found.response
                line.kept.discard(key)
            pending = line.pending.get(key)
            if pending is None:
                break
            await asyncio.shield(pending)
        done = line.pending[key] = asyncio.get_running_loop().create_future()
        try:
            response = await self._ask(key, data, timed=timed, continued=continued)
            if response.error is None:
                line.kept.add(key)
                self.spent.add(response.cost)
            return response
        finally:
            del line.pending[key]
            done.set_result(None)

    async def _ask(self, key: str, data: bytes, *, timed: bool, continued: bool) -> Response:
        started = time.perf_counter()
        try:
            request = parse_request("openai.chat", data)
        except InvalidRequest as error:
            return read_error(error, 0.0)
        tried = 0
        while True:
            entered = await self._pace.enter()
            try:
                response = await self._try(key, request, timed=timed, continued=continued)
            except BudgetBusy as error:
                pause = error.retry_after
            except FenError as error:
                if isinstance(error, BudgetExceeded) or is_hopeless(error):
                    raise
                if is_busy(error):
                    self._pace.slow_down(entered)
                tried += 1
                wait = find_pause(error, tried)
                if wait is None:
                    self._note_failure(error)
                    return read_error(error, time.perf_counter() - started)
                pause = wait
            else:
                self._failures = 0
                self._note_pace(response, entered, continued=continued)
                return response
            finally:
                self._pace.leave()
            await asyncio.sleep(pause)

    async def _try(self, key: str, request: Request, *, timed: bool, continued: bool) -> Response:
        keeping = _Keeping(self, key, request.body)
        caller = Caller(
            inside=True,
            unguarded=not self.guarded,
            budgets=self._budgets,
            single=not continued,
            pinned=True,
            witness=None if timed or continued else keeping,
        )
        reply = await self._means.answer(request, caller)
        if keeping.response is not None:
            return keeping.response
        if reply.rest is not None:
            response = await _read_stream(reply, keeping.started)
        else:
            response = read_reply(reply.body, reply.headers, time.perf_counter() - keeping.started)
        await self._means.storage.writer.run(keeping.keep(response))
        return response

    def _note_failure(self, error: FenError) -> None:
        """Count the calls in a row that an upstream failed; raises the error where they are too many."""
        if is_passing(error):
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise error

    def _note_pace(self, response: Response, entered: int, *, continued: bool) -> None:
        if response.attempts > 1 and not continued:  # the pipeline tried again by itself
            self._pace.slow_down(entered)
        else:
            self._pace.succeed()


def make_budgets(run: Run) -> tuple[Budget, ...]:
    """Return what a run's calls count towards, its judge's too."""
    return () if run.budget is None else (Budget("run", run.id, run.budget, "total"),)


class _Keeping:
    """Keeps one call's answer; it is the call's witness."""

    def __init__(self, asker: Asker, key: str, request: bytes) -> None:
        self.started = time.perf_counter()
        self.response: Response | None = None
        self._asker = asker
        self._key = key
        self._request = request

    def __call__(self, answer: Whole, settlement: Settlement) -> Operation | None:
        try:
            response = read_settled(answer.body, settlement, time.perf_counter() - self.started)
        except msgspec.DecodeError:
            return None  # whoever reads the reply says so
        self.response = response
        return self.keep(response)

    def keep(self, response: Response) -> Operation:
        """Return what keeps the response."""
        store, run, at = self._asker.store, self._asker.run, time.time_ns() // 1000
        key, request, data = self._key, self._request, _encode(response)
        return lambda cursor: store.keep(cursor, key, run, at, request, data)


class Questions:
    """What one sample asks in one epoch; it is an `fen.evals.Ask`.

    keys, responses: of its calls, in the order in which they ended.
    """

    def __init__(self, asker: Asker, line: Line, epoch: int) -> None:
        self.keys: list[str] = []
        self.responses: list[Response] = []
        self._asker = asker
        self._line = line
        self._epoch = epoch

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        """Ask, or return what was answered before."""
        data = write_body(self._asker.model, body, timed=timed)
        key = make_key(self._line.pool, data, self._epoch, timed=timed, continued=continued)
        response = await self._asker.ask(self._line, key, data, timed=timed, continued=continued)
        if response.error is None:
            self.keys.append(key)
        self.responses.append(response)
        return response


async def _read_stream(reply: Reply, started: float) -> Response:
    """Read a stream to its end; raises what broke it."""
    assert reply.rest is not None
    decoder, reading = EventDecoder(), StreamReading()
    async with aclosing(reply.rest) as rest:
        moment = time.perf_counter() - started
        for payload in decoder.feed(reply.body):
            reading.feed(payload, moment)
        async for piece in rest:
            moment = time.perf_counter() - started
            for payload in decoder.feed(piece):
                reading.feed(payload, moment)
    response = reading.finish(time.perf_counter() - started)
    if response.error is None:
        return response
    if response.error.code == UNAFFORDABLE:
        raise BudgetExceeded(response.error.message)
    raise UpstreamFailed(response.error.message, code=response.error.code)
