"""A Responses request, as a chat completions request."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from fen.gateway.responses import fates
from fen.gateway.responses.items import write_messages
from fen.gateway.translation.members import Json, Members, read_tree

TARGET = "openai.chat"

_PASSED = (
    ("user", str),
    ("service_tier", str),
    ("safety_identifier", str),
    ("prompt_cache_key", str),
    ("prompt_cache_retention", str),
    ("prompt_cache_options", dict),
    ("parallel_tool_calls", bool),
)
"""Members that a chat completion has under the same name."""

_ECHOED: Json = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": {"effort": None, "summary": None},
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
"""Members of the request that the answer repeats, as they are where the request has none."""

_encode = msgspec.json.Encoder().encode


class Ask(msgspec.Struct, frozen=True):
    """A translated request.

    chat: the body of the chat completions request. echo: what the answer repeats of the request.
    """

    chat: bytes
    echo: Json
    stream: bool


def read_ask(body: bytes) -> Ask:
    """Translate a request.

    Raises Unsupported, naming the member, for what has no counterpart (fen.gateway.responses.fates lists
    what is let pass), and InvalidRequest for what is malformed.
    """
    tree = read_tree(body)
    request = Members(tree, "", TARGET)
    echo = _ECHOED | {name: tree[name] for name in _ECHOED if tree.get(name) is not None}
    made: Json = {"model": request.need("model", str), "messages": write_messages(request)}
    made |= _limits(request) | _tools(request) | _text(request) | _reasoning(request) | _figures(request)
    for name, kind in _PASSED:
        value: Any = request.take(name, cast("type[Any]", kind))
        if value is not None:
            made[name] = value
    _check_metadata(request)
    stream = request.take("stream", bool) or False
    options = request.inside("stream_options")
    if options is not None:
        options.close(fates.STREAM_OPTIONS)
    if stream:
        made |= {"stream": True, "stream_options": {"include_usage": True}}
    request.close(fates.REQUEST)
    return Ask(_encode(made), echo, stream)


def _limits(request: Members) -> Json:
    made: Json = {}
    limit = request.take("max_output_tokens", int)
    if limit is not None:
        if not 1 <= limit < 2**31:
            raise request.wrong("max_output_tokens", limit, f"1 to {2**31 - 1}")
        made["max_completion_tokens"] = limit
    for name in ("temperature", "top_p"):
        value = request.number(name)
        if value is not None:
            made[name] = value
    return made


def _tools(request: Members) -> Json:
    tools = [_tool(tool) for tool in request.each("tools")]
    made: Json = {"tools": tools} if tools else {}
    choice = request.take_any("tool_choice")
    if isinstance(choice, str):
        if choice not in ("auto", "none", "required"):
            raise request.untranslatable("tool_choice", choice, "auto, none, required or a function")
        if tools or choice == "required":  # without tools a chat completion takes no choice, and needs none
            made["tool_choice"] = choice
    elif choice is not None:
        wanted = request.at("tool_choice", choice)
        kind = wanted.need("type", str)
        if kind != "function":
            raise wanted.untranslatable("type", kind, "function")
        made["tool_choice"] = {"type": kind, "function": {"name": wanted.need("name", str)}}
        wanted.close()
    return made


def _tool(tool: Members) -> Json:
    kind = tool.need("type", str)
    if kind != "function":
        raise tool.untranslatable("type", kind, "function", "OpenAI runs such tools itself")
    function: Json = {"name": tool.need("name", str)}
    description = tool.take("description", str)
    parameters = tool.tree("parameters")
    strict = tool.take("strict", bool)
    function |= {} if description is None else {"description": description}
    function |= {} if parameters is None else {"parameters": parameters}
    function |= {} if strict is None else {"strict": strict}
    tool.close(fates.TOOL)
    return {"type": "function", "function": function}


def _text(request: Members) -> Json:
    text = request.inside("text")
    if text is None:
        return {}
    made: Json = {}
    verbosity = text.take("verbosity", str)
    if verbosity is not None:
        made["verbosity"] = verbosity
    wanted = text.inside("format")
    text.close()
    if wanted is None:
        return made
    kind = wanted.need("type", str)
    if kind == "json_schema":
        schema: Json = {"name": wanted.need("name", str), "schema": wanted.need_tree("schema")}
        strict = wanted.take("strict", bool)
        description = wanted.take("description", str)
        schema |= {} if strict is None else {"strict": strict}
        schema |= {} if description is None else {"description": description}
        made["response_format"] = {"type": kind, "json_schema": schema}
    elif kind == "json_object":
        made["response_format"] = {"type": kind}
    elif kind != "text":
        raise wanted.untranslatable("type", kind, "text, json_object or json_schema")
    wanted.close()
    return made


def _reasoning(request: Members) -> Json:
    reasoning = request.inside("reasoning")
    if reasoning is None:
        return {}
    effort = reasoning.take("effort", str)
    reasoning.close(fates.REASONING)
    return {} if effort is None else {"reasoning_effort": effort}


def _figures(request: Members) -> Json:
    """Translate what else the answer shall tell: probabilities."""
    made: Json = {}
    for index, wanted in enumerate(request.take_list("include")):
        if wanted == "message.output_text.logprobs":
            made["logprobs"] = True
        elif wanted != "reasoning.encrypted_content":  # what can be carried always is
            expected = "message.output_text.logprobs or reasoning.encrypted_content"
            raise request.untranslatable(f"include[{index}]", wanted, expected)
    most = request.take("top_logprobs", int)
    if most:
        made |= {"logprobs": True, "top_logprobs": most}
    return made


def _check_metadata(request: Members) -> None:
    """Take what is a note to the client itself: the answer repeats it, and the model never sees it."""
    metadata = request.tree("metadata")
    for name, value in (metadata or {}).items():
        if not isinstance(value, str):
            raise request.wrong(f"metadata.{name}", value, "text")
