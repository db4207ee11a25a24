"""Play a task: the model calls, the world answers, until the model says something to the user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fen.evals.response import Response, ToolCall
from fen.evals.sample import Sample
from fen.evals.suite import Ask
from fen.evals.world.act import Done, World


async def play_world(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Ask until an answer calls no tool, fails, or the target's `turns` are over; returns every response."""
    target: dict[str, Any] = sample.target
    world = World(target["domain"], target["state"])
    messages = list(sample.messages)
    responses: list[Response] = []
    for turn in range(target["turns"]):
        response = await ask({**sample.to_body(), "messages": list(messages)})
        responses.append(response)
        if response.error is not None or not response.calls:
            break
        messages += _tell(response, world.act(response.calls), turn)
    return responses


def _tell(response: Response, done: Sequence[Done], turn: int) -> list[dict[str, Any]]:
    """Return the messages of a response's calls and their results."""
    ids = [_name(call, turn, place) for place, call in enumerate(response.calls)]
    calls = [
        {"id": id_, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for id_, call in zip(ids, response.calls, strict=True)
    ]
    said = {"role": "assistant", "content": response.text or None, "tool_calls": calls}
    results = [
        {"role": "tool", "tool_call_id": id_, "content": one.result}
        for id_, one in zip(ids, done, strict=True)
    ]
    return [said, *results]


def _name(call: ToolCall, turn: int, place: int) -> str:
    return call.id or f"call_{turn}_{place}"  # some upstreams give none
