"""Circuit breakers: an upstream's model that keeps failing is left alone for a while.

closed     calls go out; failures in a row, or too many of a window's calls, open it
open       no call goes out, for a time that doubles from one opening to the next
half-open  that time is over: one call goes out as a probe, and its end closes the breaker or opens it anew

Only an upstream's own faults count. A refusal of the client's request proves that the upstream works. 429
opens nothing: the model is busy until the `retry-after` that came with it.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from fen.wire.errors import UNTRANSLATABLE, UpstreamFailed, UpstreamRejected
from fen.wire.retry_after import read_retry_after

Circuit = tuple[str, str]
"""An upstream's id and its name of the model."""

State = Literal["closed", "open", "half_open", "busy"]
STATES: tuple[State, ...] = get_args(State)
Verdict = Literal["works", "fails", "busy", "none"]

_log = logging.getLogger("fen.gateway")

_BUCKETS = 10
"""Parts of the window; a tenth of it is forgotten at a time."""


class BreakerPolicy(msgspec.Struct, frozen=True):
    """When a breaker opens, and for how long; times are seconds.

    failures: in a row. rate, least: the part of a window's calls that failed, once it has so many calls.
    open_first, open_most: how long it is open the first time, and at most. busy_most: what is believed of a
    `retry-after`. probe_lost: a probe that told nothing for so long is taken for lost, and another goes out.
    """

    failures: int = 5
    rate: float = 0.5
    window: float = 30.0
    least: int = 20
    open_first: float = 5.0
    open_most: float = 120.0
    busy_most: float = 300.0
    probe_lost: float = 150.0


class BreakerView(msgspec.Struct, frozen=True):
    """One breaker as people see it; seconds: until a call may go out again. trips: openings in a row."""

    upstream: str
    model: str
    state: State
    seconds: float
    trips: int


def judge(error: BaseException | None) -> Verdict:
    """Tell what the end of an attempt says about the upstream; None is an answer, or its first content."""
    if error is None:
        return "works"
    if not isinstance(error, UpstreamFailed):
        return "none"  # the client went away, or the fault is Fen's own
    if error.code == UNTRANSLATABLE:
        return "works"  # it answered, if with what the client's format has no word for
    if isinstance(error, UpstreamRejected) and error.status < 500 and error.status != 408:
        return "busy" if error.status == 429 else "works"
    return "fails"


class Breakers:
    """One breaker for each upstream and model; used by one event loop.

    Who was allowed to call says how it ended, once: `succeeded`, `failed`, `busy` or `left`, or `ended`,
    which picks one of them. clock: seconds that never go back. wall: Unix seconds, for dates in a
    `retry-after`.
    """

    def __init__(
        self,
        policy: BreakerPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._policy = policy or BreakerPolicy()
        self._clock = clock
        self._wall = wall
        self._known: dict[Circuit, _Breaker] = {}

    def allow(self, key: Circuit) -> bool:
        """Tell whether a call may go out now; a True of a half-open breaker is its one probe."""
        breaker = self._known.get(key)
        return breaker is None or breaker.allow(self._clock())

    def seconds(self, key: Circuit) -> float:
        """Return the seconds until a call may go out; 0 when it may now.

        For a probe under way that is 1: it tells at any moment.
        """
        breaker = self._known.get(key)
        return 0.0 if breaker is None else breaker.seconds(self._clock())

    def is_busy(self, key: Circuit) -> bool:
        """Tell whether it works, but wants to be left alone."""
        breaker = self._known.get(key)
        return breaker is not None and breaker.state(self._clock()) == "busy"

    def succeeded(self, key: Circuit) -> None:
        """The upstream works: it answered, or refused a request that nobody could serve."""
        if self._find(key).succeed(self._clock()):
            _log.warning("%s of upstream %s answers again", key[1], key[0])

    def failed(self, key: Circuit) -> None:
        """The upstream is at fault."""
        now = self._clock()
        breaker = self._find(key)
        if breaker.fail(now):
            seconds = breaker.seconds(now)
            _log.warning("%s of upstream %s keeps failing: left alone for %g s", key[1], key[0], seconds)

    def busy(self, key: Circuit, seconds: float | None) -> None:
        """The upstream works, and wants to be left alone for so long; None where it does not say."""
        self.succeeded(key)
        until = self._clock() + min(seconds or 0.0, self._policy.busy_most)
        breaker = self._find(key)
        breaker.busy_until = max(breaker.busy_until, until)

    def left(self, key: Circuit) -> None:
        """The call ended without telling anything of the upstream: a probe may go out again."""
        self._find(key).lose_probe()

    def ended(self, key: Circuit, error: BaseException | None) -> None:
        """Say how an allowed call ended: with an error, or None for an answer or its first content."""
        verdict = "works" if error is None else judge(error)
        if verdict == "works":
            self.succeeded(key)
        elif verdict == "fails":
            self.failed(key)
        elif verdict == "busy":
            assert isinstance(error, UpstreamRejected)
            self.busy(key, read_retry_after(error.retry_after, self._wall()))
        else:
            self.left(key)

    def snapshot(self) -> list[BreakerView]:
        """Return the breakers that any call has met, by upstream and model."""
        now = self._clock()
        return [
            BreakerView(*key, breaker.state(now), breaker.seconds(now), breaker.trips)
            for key, breaker in sorted(self._known.items())
        ]

    def _find(self, key: Circuit) -> _Breaker:
        breaker = self._known.get(key)
        if breaker is None:
            breaker = self._known[key] = _Breaker(self._policy)
        return breaker


def list_states(breakers: Breakers) -> list[tuple[tuple[str, str, State], float]]:
    """Return 1 for the state that each breaker is in and 0 for its others, by upstream, model and state."""
    return [
        ((view.upstream, view.model, state), float(view.state == state))
        for view in breakers.snapshot()
        for state in STATES
    ]


class _Breaker:
    """The state of one; `until` is None while it is closed, and stays in the past while it is half-open."""

    __slots__ = ("_closed_at", "_policy", "_probe_at", "_row", "_window", "busy_until", "trips", "until")

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._window: deque[list[float]] = deque()  # start, good, bad of each part
        self._row = 0
        self._closed_at = -math.inf
        self._probe_at: float | None = None
        self.until: float | None = None
        self.busy_until = -math.inf
        self.trips = 0

    def allow(self, now: float) -> bool:
        if self.until is None:
            return now >= self.busy_until
        if self.seconds(now):
            return False
        self._probe_at = now
        return True

    def seconds(self, now: float) -> float:
        if self.until is None:
            return max(0.0, self.busy_until - now)
        probing = self._probe_at is not None and now - self._probe_at < self._policy.probe_lost
        return max(1.0 if probing else 0.0, self.until - now, self.busy_until - now)

    def state(self, now: float) -> State:
        if self.until is not None:
            return "open" if now < self.until else "half_open"
        return "busy" if now < self.busy_until else "closed"

    def succeed(self, now: float) -> bool:
        """Note an answer; returns whether it closed the breaker."""
        if self.until is None:
            self._row = 0
            self._note(now, 1)
            return False
        if now < self.until:
            return False
        self.until = self._probe_at = None
        self._closed_at = now
        return True

    def fail(self, now: float) -> bool:
        """Note a failure; returns whether it opened the breaker."""
        if self.until is not None:
            # Calls that began before the opening end after it, and tell nothing new.
            opens = self._probe_at is not None
        else:
            self._row += 1
            self._note(now, 2)
            opens = self._row >= self._policy.failures or self._fails_too_often()
        if opens:
            self._open(now)
        return opens

    def lose_probe(self) -> None:
        self._probe_at = None

    def _note(self, now: float, outcome: int) -> None:
        window, length = self._window, self._policy.window
        if self.trips and now - self._closed_at >= length:
            self.trips = 0
        if not window or now - window[-1][0] >= length / _BUCKETS:
            window.append([now, 0, 0])
            while now - window[0][0] >= length:
                window.popleft()
        window[-1][outcome] += 1

    def _fails_too_often(self) -> bool:
        bad = sum(part[2] for part in self._window)
        calls = bad + sum(part[1] for part in self._window)
        return calls >= self._policy.least and bad >= self._policy.rate * calls

    def _open(self, now: float) -> None:
        policy = self._policy
        self.until = now + min(policy.open_most, policy.open_first * 2.0 ** min(self.trips, 64))
        self.trips += 1
        self._probe_at = None
        self._row = 0
        self._window.clear()
