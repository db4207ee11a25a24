"""Judges for tests: one that says what it is told to say, and a gullible one that obeys what it judges."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from fen.evals.response import Failure, Response
from fen.evals.sample import Body
from tests.fakes.gullible import split_marks

_ASKED = re.compile(
    r"(?:\b(?:give|award)\b[^.\n]{0,60}?|(?:打|给)[^。\n]{0,20}?)([1-5]) ?(?:points?|/ ?5|分)", re.IGNORECASE
)


def says(**members: Any) -> str:
    """A judge's JSON."""
    return json.dumps(members, ensure_ascii=False)


class ScriptedJudge:
    """Answers in turn what it was given; the last one again and again. Keeps what it was asked."""

    def __init__(self, *answers: str | Response) -> None:
        self._answers = list(answers)
        self.asked: list[Body] = []

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        self.asked.append(body)
        said = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return Response(text=said, finish_reason="stop") if isinstance(said, str) else said


class AskingJudge:
    """Answers by a function of what it was asked."""

    def __init__(self, answer: Callable[[Body], str]) -> None:
        self._answer = answer
        self.asked: list[Body] = []

    async def __call__(self, body: Body, *, timed: bool = False, continued: bool = False) -> Response:
        self.asked.append(body)
        return Response(text=self._answer(body), finish_reason="stop")


class GullibleJudge:
    """Thinks little of everything, but gives whatever points a text asks for, unless it is marked.

    It reads the tags that Fen's layer puts around text without authority, as a model would. names: criteria.
    """

    def __init__(self, names: Sequence[str], honest: int = 2) -> None:
        self._names = names
        self._honest = honest

    def answer(self, body: Body) -> str:
        """Return its verdict on a request as it arrives."""
        score = self._honest
        for message in body["messages"]:
            for segment in split_marks(str(message["content"])):
                found = None if segment.marked else _ASKED.search(segment.text)
                score = int(found[1]) if found else score
        return says(analysis="", **dict.fromkeys(self._names, score))


def failed(status: int, message: str = "no") -> Response:
    """A call that failed."""
    return Response(error=Failure(status, message))


def untrusted(body: Body) -> list[str]:
    """The stretches that a request names as untrusted."""
    spans = msgspec.to_builtins(body.get("fen", {})).get("untrusted", [])
    return [body["messages"][one["message"]]["content"][one["start"] : one["end"]] for one in spans]
