"""A timer that is set again and again."""

import asyncio
from collections.abc import Callable

from fen.upstreams._alarm import Alarm


async def _ring_in_order(*dues: float) -> list[float]:
    """Set an alarm of its own to each of the moments, in ms from now; return them as they rang."""
    rung: list[float] = []
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def ring(due: float) -> Callable[[], None]:
        def note() -> None:
            rung.append(due)
            if len(rung) == len(dues):
                done.set_result(None)

        return note

    now = loop.time()
    for due in dues:
        Alarm().set(now + due / 1000, ring(due))
    await asyncio.wait_for(done, 10)
    return rung


async def test_alarms_ring_in_the_order_of_their_moments() -> None:
    assert await _ring_in_order(30, 10, 20) == [10, 20, 30]


async def test_only_what_was_set_last_rings() -> None:
    rung: list[str] = []
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    alarm, now = Alarm(), loop.time()
    alarm.set(now + 0.001, lambda: rung.append("first"))
    alarm.set(now + 0.02, lambda: rung.append("later"))
    alarm.set(now + 0.005, lambda: rung.append("sooner"))
    Alarm().set(now + 0.03, lambda: done.set_result(None))
    await asyncio.wait_for(done, 10)
    assert rung == ["sooner"]


async def test_a_stopped_alarm_is_silent_and_can_be_set_again() -> None:
    rung: list[str] = []
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    alarm = Alarm()
    alarm.set(loop.time() + 0.001, lambda: rung.append("stopped"))
    alarm.stop()
    loop.call_later(0.01, lambda: alarm.set(loop.time() + 0.001, lambda: done.set_result(None)))
    await asyncio.wait_for(done, 10)
    alarm.set(loop.time(), lambda: rung.append("closed"))
    alarm.close()
    await _ring_in_order(5)
    assert rung == []
