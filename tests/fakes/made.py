"""What suites of Fen's own making are handed in tests: no files, no sandbox, a model that is a function."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fen.evals import Aids, DataFile, Response, Sample, Score, Suite
from fen.evals.sandbox import USUAL, Limits, Ran

Body = dict[str, Any]


class NoFiles:
    """The files of a suite that is generated."""

    def path(self, file: DataFile) -> Path:
        raise AssertionError(f"asked for {file.path}, but a generated suite reads no file")


class NoSandbox:
    """The sandbox of a suite that runs no programs."""

    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        raise AssertionError("nothing here runs programs")


AIDS = Aids(NoSandbox())


class Model:
    """A model that answers by a function of the request, and keeps what it was asked."""

    def __init__(self, answer: Callable[[Body], Response | str]) -> None:
        self.answer = answer
        self.asked: list[Body] = []
        self.continued: list[bool] = []

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        self.asked.append(body)
        self.continued.append(continued)
        said = self.answer(body)
        return Response(text=said, finish_reason="stop") if isinstance(said, str) else said


def load(suite: Suite, options: Mapping[str, str] | None = None) -> list[Sample]:
    """Return the samples of a generated suite."""
    return list(suite.load(NoFiles(), options or {}))


async def play(suite: Suite, sample: Sample, model: Model) -> Score:
    """Have a model play a sample, and return what that is worth."""
    return await suite.score(sample, await suite.play(sample, model), AIDS)
