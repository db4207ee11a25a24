"""The world acts on a model's calls: each is checked, done, and answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, ValidationError

from fen.evals.response import Response, ToolCall
from fen.evals.world.tools import Arguments, State, Tool, ToolError, find_tool

_BUSY = "temporarily unavailable, nothing was done; try again"


class Done(msgspec.Struct, frozen=True):
    """What came of a call.

    turn: in which response it stood, from 0 on. invalid: why it could not be made at all: no such tool, or
    arguments against its schema. result: JSON text, what the model is told.
    """

    name: str
    arguments: Arguments
    turn: int
    result: str
    failed: bool = False
    invalid: str | None = None


class World:
    """A domain's tools and a state that they change; the state given is left as it is."""

    def __init__(self, domain: str, state: State) -> None:
        self.state = deepcopy(state)
        self.done: list[Done] = []
        self._domain = domain
        self._turn = 0

    def act(self, calls: Iterable[ToolCall]) -> list[Done]:
        """Do what one response calls for, in its order."""
        done = [self._call(call) for call in calls]
        self._turn += 1
        self.done += done
        return done

    def _call(self, call: ToolCall) -> Done:
        tool = find_tool(self._domain, call.name)
        arguments, invalid = _read(tool, call.arguments)
        if tool is None or invalid is not None:
            reason = invalid or f"no tool {call.name}"
            return Done(call.name, arguments, self._turn, _say({"error": reason}), True, reason)
        try:
            result = self._run(tool, arguments)
        except ToolError as error:
            return Done(call.name, arguments, self._turn, _say({"error": str(error)}), True)
        return Done(call.name, arguments, self._turn, _say(result))

    def _run(self, tool: Tool, arguments: Arguments) -> Any:
        faults = self.state["faults"]
        if faults.get(tool.name):
            faults[tool.name] -= 1
            raise ToolError(_BUSY)
        return tool.run(self.state, arguments)


def replay(domain: str, state: State, responses: Sequence[Response]) -> World:
    """Return the world after all calls of the responses: the same as when they were played."""
    world = World(domain, state)
    for response in responses:
        world.act(response.calls)
    return world


def _read(tool: Tool | None, text: str) -> tuple[Arguments, str | None]:
    try:
        arguments = msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        return {}, f"arguments are no JSON object: {error}"
    if tool is None:
        return arguments, None
    try:
        Draft202012Validator(tool.schema).validate(arguments)  # pyright: ignore[reportUnknownMemberType] (its stubs)
    except ValidationError as error:
        return arguments, f"arguments: {error.message}"
    return arguments, None


def _say(result: Any) -> str:
    return msgspec.json.encode(result).decode()
