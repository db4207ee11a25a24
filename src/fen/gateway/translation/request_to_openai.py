"""A Messages request, as a chat completions request."""

from __future__ import annotations

import msgspec

from fen.gateway.translation import fates
from fen.gateway.translation.members import Json, Members, read_tree
from fen.gateway.translation.turns_to_messages import write_messages

TARGET = "openai.chat"

_CHOICES = {"auto": "auto", "none": "none", "any": "required"}
_TIERS = {"auto": "auto", "standard_only": "default"}
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_SCHEMA_NAME = "answer"  # OpenAI wants a label, which the model does not see

_encode = msgspec.json.Encoder().encode


def request_to_openai(body: bytes) -> bytes:
    """Translate a request.

    Raises Unsupported, naming the member, for what has no counterpart (fen.gateway.translation.fates lists
    what is let pass), and InvalidRequest for what is malformed.
    """
    request = Members(read_tree(body), "", TARGET)
    limit = request.need("max_tokens", int)
    if limit < 1:
        raise request.untranslatable("max_tokens", limit, "at least 1", "OpenAI fills no cache unasked")
    made: Json = {"model": request.need("model", str), "messages": write_messages(request)}
    made["max_tokens"] = limit
    made |= _sampling(request) | _tools(request) | _output(request) | _circumstances(request)
    request.close(fates.ANTHROPIC_REQUEST)
    return _encode(made)


def _sampling(request: Members) -> Json:
    made: Json = {}
    for name in ("temperature", "top_p"):
        value = request.number(name)
        if value is not None:
            made[name] = value
    stop = request.take_list("stop_sequences")
    return made | ({"stop": stop} if stop else {})


def _tools(request: Members) -> Json:
    tools = [_tool(tool) for tool in request.each("tools")]
    made: Json = {"tools": tools} if tools else {}
    choice = request.inside("tool_choice")
    if choice is None:
        return made
    kind = choice.need("type", str)
    if kind == "tool":
        made["tool_choice"] = {"type": "function", "function": {"name": choice.need("name", str)}}
    elif kind in _CHOICES:
        made["tool_choice"] = _CHOICES[kind]
    else:
        raise choice.untranslatable("type", kind, "auto, any, tool or none")
    if choice.take("disable_parallel_tool_use", bool):
        made["parallel_tool_calls"] = False
    choice.close()
    return made


def _tool(tool: Members) -> Json:
    kind = tool.take("type", str)
    if kind not in (None, "custom"):
        raise tool.untranslatable("type", kind, "custom", "Anthropic runs such tools itself")
    function: Json = {"name": tool.need("name", str)}
    description = tool.take("description", str)
    if description is not None:
        function["description"] = description
    function["parameters"] = tool.need_tree("input_schema")
    strict = tool.take("strict", bool)
    if strict is not None:
        function["strict"] = strict
    tool.close(fates.ANTHROPIC_TOOL)
    return {"type": "function", "function": function}


def _output(request: Members) -> Json:
    """Translate what is asked of the answer: its format, thinking and the effort."""
    made: Json = {}
    config = request.inside("output_config")
    if config is not None:
        effort = config.take("effort", str)
        if effort is not None:
            if effort not in _EFFORTS:
                raise config.untranslatable("effort", effort, ", ".join(_EFFORTS))
            made["reasoning_effort"] = effort
        wanted = config.inside("format")
        if wanted is not None:
            made["response_format"] = _format(wanted)
        config.close()
    thinking = request.inside("thinking")
    if thinking is not None:
        kind = thinking.need("type", str)
        if kind == "disabled" and "reasoning_effort" not in made:
            made["reasoning_effort"] = "none"
        elif kind != "adaptive":  # models of this format decide for themselves how long they think
            expected = "adaptive, or disabled without an effort"
            raise thinking.untranslatable("type", kind, expected, "OpenAI has no budget of thinking tokens")
        thinking.close(fates.ANTHROPIC_THINKING_CONFIG)
    return made


def _format(wanted: Members) -> Json:
    kind = wanted.need("type", str)
    if kind != "json_schema":
        raise wanted.untranslatable("type", kind, "json_schema")
    schema = wanted.need_tree("schema")
    wanted.close()
    return {"type": kind, "json_schema": {"name": _SCHEMA_NAME, "schema": schema, "strict": True}}


def _circumstances(request: Members) -> Json:
    """Translate what is said of the call: streamed or not, for whom, in which tier."""
    made: Json = {}
    stream = request.take("stream", bool)
    if stream is not None:
        made["stream"] = stream
    metadata = request.inside("metadata")
    if metadata is not None:
        user = metadata.take("user_id", str)
        if user is not None:
            made["user"] = user
        metadata.close()
    tier = request.take("service_tier", str)
    if tier is not None:
        if tier not in _TIERS:
            raise request.untranslatable("service_tier", tier, "auto or standard_only")
        made["service_tier"] = _TIERS[tier]
    return made
