"""Score a task: the world's state, the calls, their arguments and the last words all have to be right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids
from fen.evals.world.act import Done, World, replay
from fen.evals.world.tools import Arguments, State


class Call(msgspec.Struct, frozen=True):
    """A call that must be made, with at least these arguments."""

    name: str
    arguments: Arguments = {}


class Goal(msgspec.Struct, frozen=True):
    """What a task wants.

    state: of the world at the end; None where it shall be as it was. required: calls that must be made;
    `together`: in one response. forbidden: tools that must not be called. says: what the last answer must
    have in it. asks: words of which the last answer must have one, in a question.
    """

    state: State | None = None
    required: tuple[Call, ...] = ()
    together: bool = False
    forbidden: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


async def score_world(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Score a task's responses: correct, and 1, only where every part is right.

    detail: whether each part is; `state`, `required`, `forbidden`, `valid`, `answer`; and the calls.
    """
    end = find_end(responses[-1])
    if end is not None:
        return end
    target: dict[str, Any] = sample.target
    goal = msgspec.convert(target["goal"], Goal)
    world = replay(target["domain"], target["state"], responses)
    parts = {
        "state": _same(world, goal.state if goal.state is not None else target["state"]),
        "required": _has_required(goal, world.done),
        "forbidden": not {one.name for one in world.done} & set(goal.forbidden),
        "valid": all(one.invalid is None for one in world.done),
        "answer": not responses[-1].calls and _answers(goal, responses[-1].text),
    }
    calls = [f"{one.name}({msgspec.json.encode(one.arguments).decode()})" for one in world.done]
    right = all(parts.values())
    detail = {**parts, "calls": calls, "invalid": [one.invalid for one in world.done if one.invalid]}
    return Score("correct" if right else "wrong", float(right), "; ".join(calls) or "no call", detail)


def _same(world: World, expected: State) -> bool:
    """Whether the world is as expected, faults apart: how often a tool failed is no matter."""
    return {**world.state, "faults": None} == {**expected, "faults": None}


def _has_required(goal: Goal, done: Sequence[Done]) -> bool:
    turns = [_find_turns(call, done) for call in goal.required]
    if not goal.together:
        return all(turns)
    return any(all(turn in found for found in turns) for turn in {one.turn for one in done})


def _find_turns(call: Call, done: Sequence[Done]) -> set[int]:
    """Return in which responses a call was made, and worked."""
    return {
        one.turn
        for one in done
        if one.name == call.name and not one.failed and call.arguments.items() <= one.arguments.items()
    }


def _answers(goal: Goal, text: str) -> bool:
    folded = re.sub(r"(?<=\d)[,，](?=\d{3})", "", text).lower()
    if not all(_has(folded, wanted.lower()) for wanted in goal.says):
        return False
    if not goal.asks:
        return True
    asking = [part for part in re.split(r"(?<=[?？。！!])|\.\s|\n", folded) if part.endswith(("?", "？"))]
    return any(word in part for part in asking for word in goal.asks)


def _has(text: str, wanted: str) -> bool:
    """Whether a text has a string, a number as a whole one."""
    if not wanted.isdigit():
        return wanted in text
    return re.search(rf"(?<![\d.]){wanted}(?!\d|\.\d)", text) is not None
