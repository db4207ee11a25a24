"""The virtual clock itself: it jumps, in order, and spends no time."""

import asyncio
import time

from tests.fakes.virtual_loop import run_virtually


def test_an_hour_takes_no_time_and_moments_keep_their_order() -> None:
    async def work() -> list[tuple[float, str]]:
        clock, seen = asyncio.get_running_loop().time, []

        async def note(after: float, name: str) -> None:
            await asyncio.sleep(after)
            seen.append((round(clock(), 6), name))

        await asyncio.gather(note(3600.0, "late"), note(0.5, "early"), note(0.5, "second"))
        return seen

    started = time.perf_counter()
    assert run_virtually(work()) == [(0.5, "early"), (0.5, "second"), (3600.0, "late")]
    assert time.perf_counter() - started < 60
