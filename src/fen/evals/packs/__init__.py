"""Packs: tasks of our own making with what a good answer has, and the rubric that a judge scores them by.

A pack is a TOML file beside this module: `[rubric]` with its criteria, and `[[tasks]]`. Adding one is one
file, one line in a suite, and one test.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from fen.evals.judge.rubric import Rubric
from fen.evals.judge.scoring import judged_score, need_judge, read_pass
from fen.evals.judge.single import judge_single
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids, Files


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One task.

    system: who the model is to be. prompt: what is asked. turns: what is said next, once each answer has
    come. points: what a good answer has, told to the judge alone. reference: a good answer, to compare with.
    """

    id: str
    language: str
    topic: str
    prompt: str
    points: tuple[str, ...]
    system: str = ""
    turns: tuple[str, ...] = ()
    reference: str = ""


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tasks, and the rubric for all of them."""

    rubric: Rubric
    tasks: tuple[Task, ...]


class Target(msgspec.Struct, frozen=True):
    """What a pack's sample has as its target. passing: the mean score from which an answer is correct."""

    points: tuple[str, ...]
    passing: float
    turns: tuple[str, ...] = ()
    reference: str = ""


OPTIONS = {"pass": "4"}
"""What every pack lets one change: the mean score, 1 to 5, from which an answer is correct."""


@cache
def read_pack(name: str) -> Pack:
    """Return a pack of the package."""
    text = files("fen.evals.packs").joinpath(f"{name}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Pack)


class PackSuite:
    """The load and the score of a suite that is a pack."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self, files: Files, options: Mapping[str, str]) -> Sequence[Sample]:
        """Return the tasks as samples, the two languages in turn, so that `--limit` takes of both alike."""
        passing = read_pass(options)
        by_language: dict[str, list[Task]] = {}
        for task in read_pack(self.name).tasks:
            by_language.setdefault(task.language, []).append(task)
        ranks = {task.id: rank for tasks in by_language.values() for rank, task in enumerate(tasks)}
        ordered = sorted(read_pack(self.name).tasks, key=lambda task: ranks[task.id])
        return [_make_sample(task, passing) for task in ordered]

    async def score(self, sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
        """Have the judge score the last answer by the pack's rubric."""
        ended = find_end(responses[-1])
        if ended is not None:
            return ended
        answer = responses[-1].text
        if not answer.strip():
            return Score("format_error")
        judge, target = need_judge(aids, self.name), read_target(sample)
        rubric = read_pack(self.name).rubric
        verdict = await judge_single(judge, rubric, describe_task(sample), answer, target.points)
        return judged_score(verdict, target.passing)


def read_target(sample: Sample) -> Target:
    """Return a sample's target."""
    return msgspec.convert(sample.target, Target)


def describe_task(sample: Sample) -> str:
    """Return what was asked, as a judge is told it."""
    return "\n\n".join(str(message["content"]) for message in sample.messages)


def _make_sample(task: Task, passing: float) -> Sample:
    before: list[dict[str, Any]] = [{"role": "system", "content": task.system}] if task.system else []
    target = Target(task.points, passing, task.turns, task.reference)
    return Sample(
        id=task.id,
        messages=(*before, {"role": "user", "content": task.prompt}),
        target=msgspec.to_builtins(target),
        stratum=task.topic,
        language=task.language,
    )
