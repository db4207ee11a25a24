"""Speed: figures come from the usage, and loops load as they say."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from random import Random

import pytest

from fen.evals import Body, Failure, Response, Timing
from fen.evals.speed.loops import run_closed, run_open
from fen.evals.speed.measure import Percentiles, Promise, find_gaps, find_quantile, find_speed, keeps, measure
from fen.evals.speed.prompts import make_bodies
from fen.evals.speed.run import Load, run_levels
from fen.wire.errors import UpstreamFailed
from fen.wire.money import Money


def answered(*pieces: float, tokens: int = 0, content: float | None = None, text: str = "abcde") -> Response:
    timing = Timing(pieces[0], content if content is not None else pieces[0], pieces[-1], pieces)
    return Response(
        text=text,
        finish_reason="stop",
        output_tokens=tokens or len(pieces),
        timing=timing,
        cost=Money(Decimal("0.01"), "USD"),
    )


@pytest.mark.parametrize(
    ("values", "share", "quantile"),
    [
        ([(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)], 0.5, 2.0),
        ([(1.0, 1.0), (2.0, 1.0)], 0.5, 1.0),
        ([(1.0, 1.0), (2.0, 99.0)], 0.05, 2.0),
        ([(float(n), 1.0) for n in range(1, 21)], 0.95, 19.0),
        ([(float(n), 0.1) for n in range(1, 11)], 0.3, 3.0),
        ([(5.0, 1.0)], 0.95, 5.0),
    ],
)
def test_quantiles_are_weighted(values: list[tuple[float, float]], share: float, quantile: float) -> None:
    assert find_quantile(values, share) == quantile


def test_pieces_with_several_tokens_are_no_slow_tokens() -> None:
    single = answered(*(0.1 * n for n in range(1, 41)))
    fours = answered(*(0.4 * n for n in range(1, 11)), tokens=40)
    assert find_speed(single) == pytest.approx(10)
    assert find_speed(fours) == pytest.approx(10)
    gaps = find_gaps(fours)
    assert sum(tokens for _, tokens in gaps) == pytest.approx(36)
    assert sum(seconds * tokens for seconds, tokens in gaps) == pytest.approx(3.6)


def test_an_answer_at_once_has_no_time_between_tokens() -> None:
    assert find_gaps(answered(1.0, tokens=50)) == []
    assert find_speed(answered(1.0, 1.0, tokens=50)) is None
    assert find_gaps(Response(text="x", output_tokens=5)) == []


def test_a_promise_is_of_the_first_piece_and_of_each_token() -> None:
    answer = answered(0.5, 0.6, 0.7)
    assert keeps(answer, Promise())
    assert keeps(answer, Promise(0.5, 0.11))
    assert not keeps(answer, Promise(0.4))
    assert not keeps(answer, Promise(0.5, 0.09))


def test_reasoning_and_content_begin_apart_and_failures_count_in_goodput_alone() -> None:
    responses = [
        answered(0.2, 0.4, 1.0, content=0.9, tokens=30, text="ab"),
        answered(0.4, 0.6, 0.8, tokens=10, text="你好吗"),
        Response(error=Failure(429, "busy")),
        Response(error=Failure(500, "broke")),
    ]
    level = measure(responses, 2.0, Promise(first=0.3), loop="closed", load=2)
    assert (level.n, level.failed, level.calls_per_s) == (4, 2, 1.0)
    assert (level.first, level.content) == (Percentiles(0.2, 0.4), Percentiles(0.4, 0.9))
    assert (level.goodput, level.kept) == (0.5, 0.25)
    assert (level.tokens_per_s, level.characters_per_s) == (20.0, 2.5)
    assert level.cost == Money(Decimal("0.02"), "USD")


def test_nothing_answered_has_no_figures() -> None:
    level = measure([Response(error=Failure(500, "broke"))], 1.0, Promise(), loop="open", load=1)
    assert (level.first, level.token, level.speed, level.cost, level.goodput) == (None, None, None, None, 0)


class Clock:
    """A model that takes a while, and says how many it answered at once."""

    def __init__(self, seconds: float, answer: Callable[[Body], Response] | None = None) -> None:
        self.seconds = seconds
        self.answer = answer or (lambda body: answered(0.1, 0.2))
        self.running = self.most = 0
        self.begun: list[float] = []
        self.asked: list[Body] = []

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        assert timed
        self.asked.append(body)
        self.begun.append(asyncio.get_running_loop().time())
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.seconds)
        self.running -= 1
        return self.answer(body)


async def test_a_closed_loop_keeps_so_many_under_way() -> None:
    ask = Clock(0.001)
    responses = await run_closed(ask, islice(make_bodies("0", 10, 5), 20), 4)
    assert (len(responses), ask.most) == (20, 4)


async def test_an_open_loop_does_not_wait_for_answers() -> None:
    ask = Clock(0.05)
    responses = await run_open(ask, islice(make_bodies("0", 10, 5), 20), 2000.0, Random(1))
    assert (len(responses), ask.most) == (20, 20)
    planned = Random(1)
    whole = sum(planned.expovariate(2000.0) for _ in range(19))
    assert ask.begun[-1] - ask.begun[0] >= whole * 0.9


async def test_no_prompt_comes_twice_and_a_call_before_them_is_not_counted() -> None:
    ask = Clock(0.0)
    levels = await run_levels(
        lambda _: ask, Load(closed=(1, 3), rates=(1000.0,), requests=5, input_tokens=50)
    )
    assert [(level.loop, level.load, level.n) for level in levels] == [
        ("closed", 1, 5),
        ("closed", 3, 5),
        ("open", 1000.0, 5),
    ]
    texts = {body["messages"][0]["content"] for body in ask.asked}
    assert len(texts) == len({text[:30] for text in texts}) == 16
    assert {body["max_tokens"] for body in ask.asked} == {128}


async def test_a_model_that_does_not_answer_is_not_measured() -> None:
    ask = Clock(0.0, lambda body: Response(error=Failure(401, "who are you?")))
    with pytest.raises(UpstreamFailed, match=r"found status 401 \(who are you\?\), expected an answer"):
        await run_levels(lambda _: ask, Load(closed=(1,)))
    assert len(ask.asked) == 1
