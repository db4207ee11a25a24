"""Laws of the pace, whatever becomes of calls: never too many at once, and nobody waits for ever."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from fen.evals.pace import Pace

ENDS = st.lists(st.sampled_from(["fine", "busy", "gone"]), min_size=1, max_size=60)


@given(st.integers(1, 9), ENDS)
def test_all_come_through_and_never_too_many_at_once(most: int, ends: list[str]) -> None:
    async def call(pace: Pace, end: str) -> None:
        entered = await pace.enter()
        try:
            assert pace.running <= most
            await asyncio.sleep(0)
            if end == "gone":
                raise asyncio.CancelledError
            if end == "busy":
                pace.slow_down(entered)
            else:
                pace.succeed()
        finally:
            pace.leave()

    async def run() -> Pace:
        pace = Pace(most)
        async with asyncio.timeout(5):
            await asyncio.gather(*(call(pace, end) for end in ends), return_exceptions=True)
        return pace

    pace = asyncio.run(run())
    assert pace.running == 0
    assert 1 <= pace.allowed <= most
    assert ("busy" in ends) or pace.allowed == most
