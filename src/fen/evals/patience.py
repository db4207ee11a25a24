"""Whether a call that failed is worth another try, and after how long."""

from __future__ import annotations

import time

from fen.wire.errors import (
    BooksUnavailable,
    FenError,
    Overloaded,
    RateLimited,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamPaused,
    UpstreamRejected,
)
from fen.wire.retry_after import read_retry_after

BUSY_TRIES = 8
"""Tries of a call that an upstream has no time for; what broke is tried fewer times."""

BROKEN_TRIES = 3
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
"""Seconds: the first pause, and the longest that is not asked for; it doubles in between."""

MOST_FAILURES = 20
"""So many calls in a row that an upstream failed, after all their tries, end the run: it may go on later."""

_LONGEST_WISH = 600.0
_BUSY = frozenset({408, 409, 425, 429, 503, 529})

_HOPELESS = frozenset(
    {
        "upstream_refused_key",
        "insufficient_quota",
        "model_not_found",
        "upstream_not_enabled",
        "model_retired",
        "unpriced_model",
        "no_exchange_rate",
        "weights_unavailable",
    }
)
"""Codes of what would meet every other call of the run too."""


def is_busy(error: FenError) -> bool:
    """Whether an upstream, or a rate, asks for fewer calls."""
    if isinstance(error, UpstreamRejected):
        return error.status in _BUSY
    return isinstance(error, RateLimited | UpstreamBusy | Overloaded)


def is_hopeless(error: FenError) -> bool:
    """Whether the run cannot go on: no other call would fare better."""
    if isinstance(error, BooksUnavailable):
        return True
    return error.code in _HOPELESS or error.type in _HOPELESS


def find_pause(error: FenError, tried: int) -> float | None:
    """Return the seconds after which a call is tried again that failed `tried` times; None where it is not.

    An upstream's own `retry-after` is kept to, up to ten minutes.
    """
    if not is_passing(error):
        return None
    patient = is_busy(error) or isinstance(error, UpstreamPaused)  # nothing was sent to one that is paused
    if tried >= (BUSY_TRIES if patient else BROKEN_TRIES):
        return None
    usual = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tried - 1))
    return max(usual, min(_LONGEST_WISH, _read_wish(error)))


def is_passing(error: FenError) -> bool:
    """Whether a failure is the upstream's of the moment, and not an answer to what was asked."""
    if isinstance(error, UpstreamRejected):
        return error.status >= 500 or error.status in _BUSY
    return isinstance(error, UpstreamFailed) or is_busy(error)


def _read_wish(error: FenError) -> float:
    if isinstance(error, RateLimited | UpstreamPaused):
        return error.retry_after
    if isinstance(error, UpstreamRejected):
        return read_retry_after(error.retry_after, time.time()) or 0.0
    return 0.0
