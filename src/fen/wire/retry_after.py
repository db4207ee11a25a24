"""The header with which a server asks to be left alone for a while."""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime


def read_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds of a `retry-after`; None for none, or for nonsense. `now` is in Unix seconds.

    RFC 9110, 10.2.3: seconds or an HTTP date. Fractions, which some vendors send, are taken too.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)  # "-0000" is UTC from a place that it does not tell
        return max(0.0, moment.timestamp() - now)
    except (ValueError, OverflowError):
        return None
