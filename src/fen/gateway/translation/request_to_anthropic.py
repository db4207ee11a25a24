"""A chat completions request, as a Messages request."""

from __future__ import annotations

import msgspec

from fen.gateway.translation import fates
from fen.gateway.translation.members import Json, Members, read_tree
from fen.gateway.translation.messages_to_turns import write_turns

TARGET = "anthropic.messages"

_CHOICES = {"auto": "auto", "none": "none", "required": "any"}
_TIERS = {"auto": "auto", "default": "standard_only"}
_EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})
_NO_PARAMETERS: Json = {"type": "object", "properties": {}}

_encode = msgspec.json.Encoder().encode


def request_to_anthropic(body: bytes, max_tokens: int) -> bytes:
    """Translate a request; `max_tokens` is the limit where the client set none, which Anthropic must have.

    Raises Unsupported, naming the member, for what has no counterpart (fen.gateway.translation.fates lists
    what is let pass), and InvalidRequest for what is malformed.
    """
    request = Members(read_tree(body), "", TARGET)
    system, turns = write_turns(request.each("messages"))
    if not turns:
        raise request.untranslatable("messages", [], "at least one message that is not the system's")
    limit = _take_limit(request)
    made: Json = {
        "model": request.need("model", str),
        "max_tokens": max_tokens if limit is None else limit,
        "messages": turns,
    }
    if system:
        made["system"] = system
    made |= _sampling(request) | _tools(request) | _output(request) | _circumstances(request)
    request.close(fates.OPENAI_REQUEST)
    return _encode(made)


def _take_limit(request: Members) -> int | None:
    newer = request.take("max_completion_tokens", int)
    older = request.take("max_tokens", int)
    if newer is not None and older is not None and newer != older:
        raise request.untranslatable("max_tokens", older, f"one limit, as max_completion_tokens is {newer}")
    return older if newer is None else newer


def _sampling(request: Members) -> Json:
    made: Json = {}
    temperature = request.number("temperature")
    if temperature is not None:
        if not 0 <= temperature <= 1:
            raise request.untranslatable("temperature", temperature, "0 to 1")
        made["temperature"] = temperature
    for name in ("top_p", "top_k"):  # servers of one's own take top_k, so their clients send it
        value = request.number(name)
        if value is not None:
            made[name] = value
    stop = request.take_any("stop")
    if stop is not None and stop != []:
        made["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    return made


def _tools(request: Members) -> Json:
    tools = [_tool(tool) for tool in request.each("tools")]
    choice = _tool_choice(request)
    parallel = request.take("parallel_tool_calls", bool)
    if not tools:
        if choice is not None and choice["type"] not in ("auto", "none"):
            raise request.untranslatable("tool_choice", choice, "tools to choose from")
        return {}
    if parallel is False and (choice is None or choice["type"] != "none"):
        choice = (choice or {"type": "auto"}) | {"disable_parallel_tool_use": True}
    return {"tools": tools} | ({"tool_choice": choice} if choice else {})


def _tool(tool: Members) -> Json:
    kind = tool.need("type", str)
    if kind != "function":
        raise tool.untranslatable("type", kind, "function")
    function = tool.need_inside("function")
    made: Json = {"name": function.need("name", str)}
    description = function.take("description", str)
    if description is not None:
        made["description"] = description
    parameters = function.tree("parameters")
    made["input_schema"] = _NO_PARAMETERS if parameters is None else parameters
    strict = function.take("strict", bool)
    if strict is not None:
        made["strict"] = strict
    cache = tool.tree("cache_control")
    if cache is not None:
        made["cache_control"] = cache
    function.close()
    tool.close()
    return made


def _tool_choice(request: Members) -> Json | None:
    value = request.take_any("tool_choice")
    if value is None:
        return None
    if isinstance(value, str):
        if value not in _CHOICES:
            raise request.untranslatable("tool_choice", value, "auto, none, required or a function")
        return {"type": _CHOICES[value]}
    choice = request.at("tool_choice", value)
    kind = choice.need("type", str)
    if kind != "function":
        raise choice.untranslatable("type", kind, "function")
    function = choice.need_inside("function")
    made = {"type": "tool", "name": function.need("name", str)}
    function.close()
    choice.close()
    return made


def _output(request: Members) -> Json:
    """Translate what is asked of the answer: its format and the effort."""
    made: Json = {}
    config: Json = {}
    effort = request.take("reasoning_effort", str)
    if effort == "none":
        made["thinking"] = {"type": "disabled"}
    elif effort in _EFFORTS:
        config["effort"] = effort
    elif effort is not None:
        raise request.untranslatable("reasoning_effort", effort, f"none, {', '.join(sorted(_EFFORTS))}")
    schema = _schema(request.inside("response_format"))
    if schema is not None:
        config["format"] = {"type": "json_schema", "schema": schema}
    return made | ({"output_config": config} if config else {})


def _schema(wanted: Members | None) -> Json | None:
    if wanted is None:
        return None
    kind = wanted.need("type", str)
    if kind == "text":
        wanted.close()
        return None
    if kind != "json_schema":
        raise wanted.untranslatable("type", kind, "text or json_schema")
    schema = wanted.need_inside("json_schema")
    tree = schema.need_tree("schema")
    schema.close(fates.OPENAI_SCHEMA)
    wanted.close()
    return tree


def _circumstances(request: Members) -> Json:
    """Translate what is said of the call: streamed or not, for whom, in which tier."""
    made: Json = {}
    stream = request.take("stream", bool)
    if stream is not None:
        made["stream"] = stream
    options = request.inside("stream_options")
    if options is not None:
        options.close(fates.OPENAI_STREAM_OPTIONS)
    user = request.take("user", str)
    safety = request.take("safety_identifier", str)
    if user is not None and safety is not None and user != safety:
        raise request.untranslatable("user", user, "one name, as safety_identifier has another")
    if (user or safety) is not None:
        made["metadata"] = {"user_id": safety if user is None else user}
    tier = request.take("service_tier", str)
    if tier is not None:
        if tier not in _TIERS:
            raise request.untranslatable("service_tier", tier, "auto or default")
        made["service_tier"] = _TIERS[tier]
    return made
