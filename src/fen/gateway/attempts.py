"""Candidates and retries: who is asked, in which order, until one answers."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime

from fen.gateway.attempt import begin
from fen.gateway.call import Call, Candidate, Parts
from fen.gateway.choice import make_candidate
from fen.gateway.formats import lower
from fen.gateway.opening import open_request
from fen.gateway.retry import Tried, decide
from fen.wire.answer import Stream, Whole
from fen.wire.errors import FenError, InvalidRequest, UpstreamFailed, UpstreamPaused, UpstreamRejected
from fen.wire.request import Request


class Attempts:
    """The attempts of one call; used by its task alone."""

    def __init__(self, call: Call, parts: Parts) -> None:
        self._call = call
        self._parts = parts
        self._candidates = list(call.candidates)
        self._at = 0
        self._here = self._total = 0  # failures: of this candidate in a row, and of all

    @property
    def candidate(self) -> Candidate:
        """Who is asked now."""
        return self._candidates[self._at]

    async def ask(self, request: Request | None = None) -> Whole | Stream:
        """Send a request, or the client's own, until somebody takes it.

        Raises FenError: the last failure, where no further attempt is worth it, or safe.
        """
        call, parts = self._call, self._parts
        while True:
            candidate = self.candidate
            asked = open_request(call, parts, candidate) if request is None else request
            try:
                answer = await begin(call, parts, candidate, asked)
            except UpstreamFailed as error:
                if request is None and self._learns(error):
                    continue
                if not await self.goes_on(error):
                    raise
            else:
                self._here = 0
                return answer

    async def goes_on(self, error: UpstreamFailed, *, shown: bool = False) -> bool:
        """Decide whether another attempt follows a failure, and wait until it is time for it.

        shown: the client has seen content, and what it saw can be continued.
        """
        self._here += not isinstance(error, UpstreamPaused)  # nothing was sent then
        self._total += 1
        tried = Tried(
            here=self._here,
            total=self._total,
            now=time.time(),
            others=self._at + 1 < len(self._candidates),
            shown=shown,
            resumable=shown,
        )
        decision = decide(error, tried, self._parts.policy, random.random)
        if decision.kind == "give_up":
            return False
        if decision.kind == "next_candidate":
            return self._move_on()
        self._call.tally.status = 0  # who leaves during the pause has met no failure
        await asyncio.sleep(decision.after_seconds)
        return True

    def _learns(self, error: UpstreamFailed) -> bool:
        """Whether a refusal told of a limit that was not known, and the request can be put within it."""
        if not isinstance(error, UpstreamRejected):
            return False
        candidate, parts = self.candidate, self._parts
        if not parts.limits.learn(candidate.card, error, candidate.headers):
            return False
        try:
            smaller = make_candidate(self._call, parts, candidate.card, datetime.now(UTC))
        except FenError:
            return False
        self._candidates[self._at], self._call.tally.status = smaller, 0
        return smaller.limits.output != candidate.limits.output

    def _move_on(self) -> bool:
        """Turn to the next candidate that the client's request can be put to."""
        for at in range(self._at + 1, len(self._candidates)):
            try:
                candidate = self._candidates[at]
                lower(open_request(self._call, self._parts, candidate), self._parts, candidate)
            except InvalidRequest:
                continue
            self._at, self._here, self._call.tally.status = at, 0, 0
            return True
        return False
