"""What a log tells of an exception: where it came from, and only such words as hold nobody's text."""

from __future__ import annotations

import traceback

from fen.wire.errors import FenError

_SPOKEN = (FenError, OSError)
"""Exceptions whose message is told. Others, such as ValueError, tend to quote what they were given."""


def describe_failure(error: BaseException) -> tuple[str, ...]:
    """Return an exception and what caused it, the last one first, each with its calls, innermost last."""
    steps: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = type(current)
        said = f": {current}" if isinstance(current, _SPOKEN) else ""
        steps.append(f"{'caused by ' if len(seen) > 1 else ''}{kind.__module__}.{kind.__qualname__}{said}")
        calls = traceback.extract_tb(current.__traceback__)
        steps += [f"at {call.filename}:{call.lineno} in {call.name}" for call in calls]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return tuple(steps)
