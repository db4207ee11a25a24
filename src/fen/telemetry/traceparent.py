"""W3C Trace Context's `traceparent`, which a client may have made up."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]*)?\Z")
_LONGEST = 256


def read_traceparent(value: str | None) -> str | None:
    """Return the header as it came where it is well-formed, else None.

    Source: W3C Trace Context (2021-11-23), sections 3.2.2 and 4.3: version ff and all-zero ids are invalid,
    version 00 ends after the flags, later versions may go on.
    """
    if value is None or len(value) > _LONGEST:
        return None
    match = _SHAPE.match(value)
    if match is None:
        return None
    version, trace, parent, rest = match.groups()
    if version == "ff" or not trace.strip("0") or not parent.strip("0"):
        return None
    return None if version == "00" and rest is not None else value
