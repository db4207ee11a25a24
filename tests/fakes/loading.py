"""What a scorer gets to see of a run: responses with a text, a sandbox and a judge that nobody asks."""

import asyncio
from collections.abc import Sequence

from fen.evals import Aids, Body, Response, Sample, Score, Suite
from fen.evals.sandbox import USUAL, Limits, Ran


class NoSandbox:
    """Runs nothing."""

    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        raise AssertionError("this scorer should run no program")


def answer(text: str) -> Response:
    return Response(text=text, finish_reason="stop")


def judge(suite: Suite, sample: Sample, *texts: str) -> Score:
    """Return the score of answers with these texts."""

    async def score() -> Score:
        return await suite.score(sample, [answer(text) for text in texts], Aids(sandbox=NoSandbox()))

    return asyncio.run(score())


class Parrot:
    """Asks nobody: answers one text after another, and keeps what it was asked."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.bodies: list[Body] = []

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        self.bodies.append(body)
        return answer(self.texts[len(self.bodies) - 1])
