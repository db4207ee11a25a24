"""The relay: both answers at one rhythm, from which nobody can tell which upstream has which.

Both sides stand in every frame. While one of them is still being written, both are shown as far as both have
come, in pieces of the same length at the same moments: a pause says that one of the two is slow, or ended
early, and not which. Once both are whole the rest is shown at a pace of our own. What remains to be seen is
how long each answer is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Literal

import msgspec

from fen.arena.track import Track

Kind = Literal["start", "text", "beat"]
"""`start`: both answers are coming. `text`: a piece of each. `beat`: nothing new; a sign of life."""


class Rhythm(msgspec.Struct, frozen=True):
    """When pieces are shown, and how long they are.

    period: seconds between two pieces. size: characters of a piece, at least. catch_up: in so many pieces
    what waits is shown, so that long answers are shown in longer pieces. first: after how many seconds
    `start` is told though nothing has come. beat: seconds of silence between two signs of life.
    """

    period: float = 0.1
    size: int = 12
    catch_up: int = 40
    first: float = 20.0
    beat: float = 10.0


class Frame(msgspec.Struct, frozen=True):
    """One moment of what is shown, of both sides."""

    kind: Kind
    left: str = ""
    right: str = ""


Secure = Callable[[int], Awaitable[None]]
"""Awaited before so many characters of each side are shown."""

USUAL = Rhythm()


async def relay(
    left: Track, right: Track, secure: Secure, rhythm: Rhythm = USUAL
) -> AsyncGenerator[Frame, None]:
    """Yield what is shown until both answers are shown whole, or one of them has failed."""
    clock = asyncio.get_running_loop().time
    begun, shown = False, 0
    opened = told = clock()
    while not (left.failed or right.failed):
        count = measure(left, right, shown, rhythm)
        if count is None:
            return
        if not begun and (count or clock() - opened >= rhythm.first):
            begun, told = True, clock()
            yield Frame("start")
        if count:
            await secure(shown + count)
            piece = slice(shown, shown + count)
            shown, told = shown + count, clock()
            yield Frame("text", left.text[piece], right.text[piece])
        elif clock() - told >= rhythm.beat:
            told = clock()
            yield Frame("beat")
        await _wait(opened, rhythm.period, clock())


def measure(left: Track, right: Track, shown: int, rhythm: Rhythm) -> int | None:
    """Return how many characters of both sides may be shown now; None once all are."""
    both = left.whole and right.whole
    waiting = (max if both else min)(left.ready, right.ready) - shown
    if both and waiting <= 0:
        return None
    if not both and waiting < rhythm.size:
        return 0
    return min(waiting, max(rhythm.size, -(-waiting // rhythm.catch_up)))


async def _wait(opened: float, period: float, now: float) -> None:
    """Wait for the next moment of the rhythm, which began when the relay was opened."""
    steps = int((now - opened) / period + 1e-6) + 1
    await asyncio.sleep(opened + steps * period - now)
