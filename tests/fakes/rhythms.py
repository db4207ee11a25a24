"""Upstreams that speak by a script, relayed on a virtual clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from fen.arena.relay import Frame, Rhythm, relay
from fen.arena.track import Track
from tests.fakes.virtual_loop import run_virtually

Script = Sequence[tuple[float, str]]
"""When an upstream sends which text; an empty one is its end, `!` its failure."""

Seen = list[tuple[float, Frame]]
RHYTHM = Rhythm()


def speak(text: str, size: int, gap: float, first: float) -> Script:
    """Send pieces of a size, the first after `first` seconds and the others `gap` apart."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    said = [(first + number * gap, piece) for number, piece in enumerate(pieces)]
    return [*said, (said[-1][0], "")]


def stutter(text: str, seed: int, pace: float = 5.0) -> Script:
    """Send pieces of all sizes at moments by chance, `pace` a second."""
    draw, at, moment = random.Random(seed), 0, 0.0
    said: list[tuple[float, str]] = []
    while at < len(text):
        size = draw.randint(1, 40)
        moment += draw.expovariate(pace)
        said.append((moment, text[at : at + size]))
        at += size
    return [*said, (moment + draw.random(), "")]


def watch(left: Script, right: Script, rhythm: Rhythm = RHYTHM, slow: float = 0.0) -> Seen:
    """Return what is shown, with its moments; keeping it takes `slow` seconds each time."""

    async def work() -> Seen:
        tracks = Track(), Track()
        clock = asyncio.get_running_loop().time

        async def play(track: Track, script: Script) -> None:
            for moment, piece in script:
                await asyncio.sleep(moment - clock())
                if piece == "!":
                    track.fail()
                elif piece:
                    track.feed(piece)
                else:
                    track.end()

        async def secure(_: int) -> None:
            await asyncio.sleep(slow)

        players = [
            asyncio.create_task(play(track, script))
            for track, script in zip(tracks, (left, right), strict=True)
        ]
        seen = [(round(clock(), 6), frame) async for frame in relay(*tracks, secure, rhythm)]
        for player in players:
            player.cancel()
        return seen

    return run_virtually(work())


def sizes(seen: Seen, side: str) -> list[tuple[float, int]]:
    """Return when a side had how many characters."""
    return [(moment, len(getattr(frame, side))) for moment, frame in seen if frame.kind == "text"]


def text(seen: Seen, side: str) -> str:
    """Return all that was shown of a side."""
    return "".join(getattr(frame, side) for _, frame in seen)
