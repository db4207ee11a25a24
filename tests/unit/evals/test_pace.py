import asyncio

from fen.evals.pace import Pace


async def enter_all(pace: Pace, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(pace.enter()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_no_more_go_at_once_than_are_allowed() -> None:
    pace = Pace(3)
    tasks = await enter_all(pace, 5)
    assert [task.done() for task in tasks] == [True, True, True, False, False]
    pace.leave()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in tasks] == [True, True, True, True, False]
    pace.leave()
    await tasks[4]
    assert pace.running == 3


async def test_it_halves_once_for_all_that_were_under_way() -> None:
    pace = Pace(8)
    rounds = [await pace.enter() for _ in range(8)]
    for entered in rounds:
        pace.slow_down(entered)
        pace.leave()
    assert pace.allowed == 4
    pace.slow_down(await pace.enter())
    assert pace.allowed == 2


async def test_it_never_stops_altogether() -> None:
    pace = Pace(2)
    for _ in range(5):
        pace.slow_down(await pace.enter())
        pace.leave()
    assert pace.allowed == 1


async def test_it_grows_by_one_after_a_run_of_successes() -> None:
    pace = Pace(4)
    pace.slow_down(await pace.enter())
    pace.leave()
    assert pace.allowed == 2
    pace.succeed()
    assert pace.allowed == 2
    pace.succeed()
    assert pace.allowed == 3
    for _ in range(20):
        pace.succeed()
    assert pace.allowed == 4


async def test_a_failure_between_begins_the_run_of_successes_anew() -> None:
    pace = Pace(4)
    old = await pace.enter()
    pace.slow_down(old)
    pace.succeed()
    pace.slow_down(old)  # was under way then: no second halving, but no success either
    pace.succeed()
    assert pace.allowed == 2


async def test_who_waits_is_let_in_when_it_grows() -> None:
    pace = Pace(2)
    pace.slow_down(await pace.enter())
    tasks = await enter_all(pace, 1)
    assert not tasks[0].done()
    pace.succeed()
    await asyncio.wait_for(tasks[0], 1)


async def test_a_place_is_not_lost_with_who_was_cancelled() -> None:
    pace = Pace(1)
    await pace.enter()
    first, second = await enter_all(pace, 2)
    pace.leave()  # gives the place to the first
    first.cancel()
    await asyncio.wait_for(second, 1)
    assert pace.running == 1
