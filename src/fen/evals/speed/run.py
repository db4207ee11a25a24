"""A measurement of speed: the loads one after the other, each with calls of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from random import Random

import msgspec

from fen.evals.speed.loops import run_closed, run_open
from fen.evals.speed.measure import Level, Promise, measure
from fen.evals.speed.prompts import make_bodies
from fen.evals.suite import Ask
from fen.wire.errors import UpstreamFailed


class Load(msgspec.Struct, frozen=True):
    """What to measure.

    closed: numbers of calls under way. rates: calls begun a second, in open loops. requests: calls of each
    load. Tokens are those of one call. seed: of prompts and arrivals; prompts of another seed are others.
    """

    closed: tuple[int, ...]
    rates: tuple[float, ...] = ()
    requests: int = 20
    input_tokens: int = 200
    output_tokens: int = 128
    promise: Promise = Promise()
    seed: str = "0"


class Speed(msgspec.Struct, frozen=True):
    """A measurement: of which model, when, with what, and what came."""

    model: str
    began: datetime
    load: Load
    levels: tuple[Level, ...]


async def run_levels(ask_at: Callable[[str], Ask], load: Load) -> list[Level]:
    """Measure all loads; one call before them opens the connection and is not counted.

    ask_at: returns what asks at a load, by the name of `name_load`; "" is the call before them. Raises
    UpstreamFailed where that one has no answer.
    """
    bodies = make_bodies(load.seed, load.input_tokens, load.output_tokens)
    first = await ask_at("")(next(bodies), timed=True)
    if first.error is not None:
        raise UpstreamFailed(f"found status {first.error.status} ({first.error.message}), expected an answer")
    levels: list[Level] = []
    for number in load.closed:
        ask = ask_at(name_load("closed", number))
        levels.append(await _run_closed(ask, islice(bodies, load.requests), number, load))
    chance = Random(load.seed)  # noqa: S311  seeded on purpose: not a secret
    for rate in load.rates:
        started = time.perf_counter()
        ask = ask_at(name_load("open", rate))
        responses = await run_open(ask, islice(bodies, load.requests), rate, chance)
        seconds = time.perf_counter() - started
        levels.append(measure(responses, seconds, load.promise, loop="open", load=rate))
    return levels


def name_load(loop: str, load: float) -> str:
    """Return the name that the kept answers of a load have: `closed-8`, `open-0.5`."""
    return f"{loop}-{load:g}"


async def _run_closed(ask: Ask, bodies: Iterator[dict[str, object]], concurrency: int, load: Load) -> Level:
    started = time.perf_counter()
    responses = await run_closed(ask, bodies, concurrency)
    seconds = time.perf_counter() - started
    return measure(responses, seconds, load.promise, loop="closed", load=concurrency)
