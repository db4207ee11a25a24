"""Opening a measurement of speed: what asks a model and keeps nobody waiting but itself."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

import msgspec

from fen.app.evals import open_means
from fen.app.settings import Settings
from fen.evals.asking import Asker, Line, Questions
from fen.evals.estimate import Estimate, Planned, estimate
from fen.evals.key import make_pool, write_body
from fen.evals.loading import CALLER, find_nothing
from fen.evals.pace import Pace
from fen.evals.record import Run
from fen.evals.speed.prompts import make_bodies
from fen.evals.speed.run import Load
from fen.evals.suite import Ask
from fen.wire.money import Money
from fen.wire.request import parse_request

NAME = "speed"


class Track(msgspec.Struct, frozen=True):
    """What a measurement runs on: who is asked, by the name of the load, and what all its calls may cost."""

    ask_at: Callable[[str], Ask]
    cost: Estimate


@contextlib.asynccontextmanager
async def open_track(
    settings: Settings, model: str, load: Load, budget: Money | None = None
) -> AsyncGenerator[Track, None]:
    """Open what asks a model through the pipeline; calls are in the books, and count towards the budget.

    load: its seed must be another one each time, since what was answered once is not asked again. Raises
    ConfigError, and FenError where the model cannot be asked.
    """
    run = Run(
        id=f"{NAME}_{load.seed}",
        model=model,
        suites=(NAME,),
        started=datetime.now(UTC),
        budget=budget,
        fresh=True,
    )
    async with open_means(settings, None) as means:
        body = next(make_bodies(load.seed, load.input_tokens, load.output_tokens))
        request = parse_request("openai.chat", write_body(model, body, timed=True))
        pace, nothing = Pace(_count_at_once(load)), find_nothing(run, model, means)
        line = Line(make_pool(model, NAME, "1", run.id), set())

        def ask_at(name: str) -> Ask:
            asker = Asker(means, run, model, pace, nothing)
            asker.run = f"{run.id}/{name}"  # `fen.evals.speed.kept` reads it again
            return Questions(asker, line, 0)

        planned = [Planned(NAME, means.quote(request, CALLER))] * count_calls(load)
        yield Track(ask_at, estimate(planned, ()))


def count_calls(load: Load) -> int:
    """Return how many calls a load makes, with the one before them."""
    return 1 + load.requests * (len(load.closed) + len(load.rates))


def _count_at_once(load: Load) -> int:
    """Return how many calls may be under way: in an open loop all of them."""
    return max((*load.closed, load.requests if load.rates else 1))
