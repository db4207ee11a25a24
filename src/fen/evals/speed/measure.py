"""Figures of speed from timed responses.

Between two pieces of a stream lie several tokens, as many as the upstream likes to send at once. So a gap is
no time between tokens: each piece is taken to have the same share of the tokens that the usage reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fen.evals.response import Response
from fen.wire.money import Money


class Promise(msgspec.Struct, frozen=True):
    """What is promised to a caller, in seconds: to the first piece, and for each token after it, on average.

    None promises nothing.
    """

    first: float | None = None
    per_token: float | None = None


class Percentiles(msgspec.Struct, frozen=True):
    """The median and the 95th percentile, in seconds."""

    p50: float
    p95: float


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What came at one load.

    loop, load: `closed` with so many calls under way, or `open` with so many begun a second. n: calls.
    failed: those without an answer, which are in no other figure. seconds: of the whole. first: to the first
    piece of anything, reasoning too. content: to the first one that is none. token: between tokens, by the
    usage; of calls with several pieces. speed: tokens a second of one call after its first piece, the median.
    tokens_per_s, characters_per_s: of all calls together; characters are those of content and reasoning.
    goodput: calls a second that kept the promise; kept: their share of all, failed ones included. estimated:
    calls whose usage was not reported. cost: None where a price is not known.
    """

    loop: str
    load: float
    n: int
    failed: int
    seconds: float
    calls_per_s: float
    first: Percentiles | None
    content: Percentiles | None
    token: Percentiles | None
    speed: float | None
    tokens_per_s: float
    characters_per_s: float
    goodput: float
    kept: float
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    estimated: int
    cost: Money | None


def measure(
    responses: Sequence[Response], seconds: float, promise: Promise, *, loop: str, load: float
) -> Level:
    """Return the figures of what was answered within so many seconds."""
    answers = [response for response in responses if response.error is None]
    gaps = [gap for answer in answers for gap in find_gaps(answer)]
    kept = sum(keeps(answer, promise) for answer in answers)
    tokens = sum(answer.output_tokens for answer in answers)
    contents = [answer.timing.first_content for answer in answers if answer.timing]
    return Level(
        loop=loop,
        load=load,
        n=len(responses),
        failed=len(responses) - len(answers),
        seconds=seconds,
        calls_per_s=len(answers) / seconds,
        first=_percentiles((answer.timing.first, 1.0) for answer in answers if answer.timing),
        content=_percentiles((moment, 1.0) for moment in contents if moment is not None),
        token=_percentiles(gaps),
        speed=_middle([speed for answer in answers if (speed := find_speed(answer)) is not None]),
        tokens_per_s=tokens / seconds,
        characters_per_s=sum(len(answer.text) + len(answer.reasoning) for answer in answers) / seconds,
        goodput=kept / seconds,
        kept=kept / len(responses) if responses else 0.0,
        input_tokens=sum(answer.input_tokens for answer in answers),
        output_tokens=tokens,
        reasoning_tokens=sum(answer.reasoning_tokens for answer in answers),
        estimated=sum(not answer.exact for answer in answers),
        cost=_add(answers),
    )


def find_gaps(response: Response) -> list[tuple[float, float]]:
    """Return the seconds between tokens, each with how many tokens took that long.

    Of n pieces each has 1/n of the tokens; the times of all tokens but those of the first piece add up to the
    time from the first piece to the last.
    """
    timing = response.timing
    if timing is None or len(timing.pieces) < 2 or response.output_tokens < 1:
        return []
    each = response.output_tokens / len(timing.pieces)
    pairs = zip(timing.pieces, timing.pieces[1:], strict=False)
    return [((later - earlier) / each, each) for earlier, later in pairs]


def find_speed(response: Response) -> float | None:
    """Return the tokens a second after the first piece; None where all came at once."""
    gaps = find_gaps(response)
    taken = sum(seconds * tokens for seconds, tokens in gaps)
    return sum(tokens for _, tokens in gaps) / taken if taken > 0 else None


def keeps(response: Response, promise: Promise) -> bool:
    """Whether an answer keeps a promise; one that came at once took no time for its tokens."""
    timing = response.timing
    first = timing.first if timing is not None else response.seconds
    if promise.first is not None and first > promise.first:
        return False
    speed = find_speed(response)
    return promise.per_token is None or speed is None or 1 / speed <= promise.per_token


def find_quantile(values: Iterable[tuple[float, float]], share: float) -> float:
    """Return the smallest value that, with all smaller ones, has that share of the weight; not of nothing."""
    ordered = sorted(values)
    wanted = share * sum(weight for _, weight in ordered)
    passed = 0.0
    for value, weight in ordered:
        passed += weight
        if passed >= wanted * (1 - 1e-9):  # sums of floats fall short by a hair
            return value
    return ordered[-1][0]


def _percentiles(values: Iterable[tuple[float, float]]) -> Percentiles | None:
    weighted = list(values)
    if not weighted:
        return None
    return Percentiles(find_quantile(weighted, 0.5), find_quantile(weighted, 0.95))


def _middle(values: Sequence[float]) -> float | None:
    return find_quantile([(value, 1.0) for value in values], 0.5) if values else None


def _add(answers: Sequence[Response]) -> Money | None:
    total: Money | None = None
    for answer in answers:
        if answer.cost is None:
            return None
        total = answer.cost if total is None else total + answer.cost
    return total
