"""Two ways to load a model: a closed loop keeps calls under way, an open one begins so many a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from random import Random

from fen.evals.response import Response
from fen.evals.sample import Body
from fen.evals.suite import Ask


async def run_closed(ask: Ask, bodies: Iterable[Body], concurrency: int) -> list[Response]:
    """Ask all bodies, each of `concurrency` workers one after the other; returns the responses as they came.

    A slow model is asked less: what it would do to callers who do not wait, an open loop shows.
    """
    waiting = iter(bodies)
    responses: list[Response] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(_work(ask, waiting, responses))
    return responses


async def _work(ask: Ask, waiting: Iterator[Body], responses: list[Response]) -> None:
    for body in waiting:
        responses.append(await ask(body, timed=True))  # noqa: PERF401  others append to it too


async def run_open(ask: Ask, bodies: Iterable[Body], rate: float, chance: Random) -> list[Response]:
    """Begin `rate` calls a second on average, whether the earlier ones have ended or not.

    The times between are exponential, as of callers who know nothing of each other (a Poisson process); they
    are drawn from `chance`, and count from the start, so that a late one does not delay those after it.
    """
    loop = asyncio.get_running_loop()
    due = loop.time()
    tasks: list[asyncio.Task[Response]] = []
    async with asyncio.TaskGroup() as group:
        for body in bodies:
            await asyncio.sleep(max(0.0, due - loop.time()))
            tasks.append(group.create_task(_ask(ask, body)))
            due += chance.expovariate(rate)
    return [task.result() for task in tasks]


async def _ask(ask: Ask, body: Body) -> Response:
    return await ask(body, timed=True)
