"""Sending one line through the pipeline, and what its answer means for the batch."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import msgspec

from fen.batch.line import Line, Outcome, fail, flatten, read_request
from fen.gateway import Reply
from fen.wire.errors import (
    BooksUnavailable,
    FenError,
    Overloaded,
    RateLimited,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamRejected,
)
from fen.wire.request import Request, WireFormat
from fen.wire.retry_after import read_retry_after

Answer = Callable[[Request, str | None], Awaitable[Reply]]
"""Answers a request on behalf of a key, by its id; None where callers need no key. Raises FenError."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds that a line waits which was refused for now: the first time, and at most; it doubles in between."""

_DAY = 24 * 3600.0

_BUSY = frozenset({408, 409, 425, 429, 503})
"""Statuses with which an upstream says that it did nothing, and that another time is better."""


class Later(msgspec.Struct, frozen=True):
    """A line was refused for now, and waits so many seconds."""

    seconds: float


async def send_line(
    line: Line, wire_format: WireFormat, answer: Answer, key_id: str | None, tries: int
) -> Outcome | Later:
    """Send a line.

    An upstream that broke is asked `tries` times at most, a busy one until the window ends.
    """
    try:
        request = read_request(line.request, wire_format)
        reply = await answer(request, key_id)
    except FenError as error:
        pause = _find_pause(error, line.tries, tries)
        return fail(error) if pause is None else Later(pause)
    return Outcome("done", 200, flatten(reply.body), dict(reply.headers).get("x-fen-request-id"))


def _find_pause(error: FenError, tried: int, tries: int) -> float | None:
    """Return the seconds after which a line is worth another try; None where it is not."""
    usual = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tried, 16))
    match error:
        case RateLimited() | UpstreamBusy():
            return max(usual, error.retry_after)
        case Overloaded() | BooksUnavailable():
            return usual
        case UpstreamRejected() if error.status in _BUSY:
            return max(usual, _ask_for(error.retry_after))
        case UpstreamRejected() if error.status < 500:
            return None
        case UpstreamFailed():
            return usual if tried + 1 < tries else None
        case _:
            return None


def _ask_for(retry_after: str | None) -> float:
    """Return the seconds for which an upstream asks to be left alone, at most a day."""
    return min(_DAY, read_retry_after(retry_after, time.time()) or 0.0)
