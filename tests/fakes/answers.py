"""What the fake upstream says: deterministic answers in OpenAI's format, as values and as JSON text."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.fakes.script import TOKEN, Script

CREATED = 1_764_000_000
UNKNOWN = msgspec.Raw(b'{"price":1.10,"big":123456789012345678901234567890,"deep":[{"a":null},"\\u00e9"]}')
"""The value of each unknown member; a client that reads and writes it anew would change its text."""

_CHARACTERS = "分厘毫丝一二三四五六七八九十百千"

Json = dict[str, Any]


class Ask(msgspec.Struct, frozen=True):
    """What the fake understood of a chat request."""

    model: str
    text: str
    stream: bool
    wants_usage: bool
    limit: int | None
    choices: int
    logprobs: bool
    tool: Json | None
    words: int


def read_ask(body: Json) -> Ask:
    """Read a chat request's body."""
    messages = body.get("messages") or []
    users = [message for message in messages if message.get("role") == "user"]
    text = _text(users[-1]) if users else ""
    return Ask(
        model=str(body.get("model", "")),
        text=text,
        stream=bool(body.get("stream")),
        wants_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        choices=body.get("n") or 1,
        logprobs=bool(body.get("logprobs")),
        tool=_chosen_tool(body, text) if messages[-1:] == users[-1:] else None,
        words=sum(len(_text(message).split()) for message in messages) or 1,
    )


def token(index: int, script: Script) -> str:
    """Return the text of one output token."""
    if script.says is not None:
        return script.says[index * TOKEN : (index + 1) * TOKEN]
    return _CHARACTERS[index % len(_CHARACTERS)] if script.zh else f"word{index} "


def lengths(ask: Ask, script: Script) -> tuple[int, int, str]:
    """Return reasoning tokens, tokens of text and finish_reason of each choice."""
    if ask.limit is not None and script.reasoning + script.tokens > ask.limit:
        reasoning = min(script.reasoning, ask.limit)
        return reasoning, ask.limit - reasoning, "length"
    return script.reasoning, script.tokens, script.finish or "stop"


def usage(ask: Ask, script: Script, written: int) -> Json | None:
    """Return the usage object for so many tokens written, as right or as wrong as the script wants it."""
    if script.usage == "none":
        return None
    prompt = ask.words if script.prompt is None else script.prompt
    cached = prompt + 7 if script.usage == "cached" else script.cached
    completion = -written if script.usage == "negative" else written
    details = {"cached_tokens": cached, "audio_tokens": script.audio}
    if script.cachewrite:
        details["cache_write_tokens"] = script.cachewrite
    found: Json = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion + (1000 if script.usage == "total" else 0),
        "prompt_tokens_details": details,
        "completion_tokens_details": {"reasoning_tokens": min(script.reasoning * ask.choices, written)},
    }
    return _decorate(found, script)


def whole(ask: Ask, script: Script) -> Json:
    """Return a whole chat completion."""
    reasoning, tokens, finish = lengths(ask, script)
    message: Json = {
        "role": "assistant",
        "content": "".join(token(i, script) for i in range(tokens)),
        "refusal": None,
    }
    if reasoning:
        message["reasoning_content"] = "".join(f"think{i} " for i in range(reasoning))
    if ask.tool is not None:
        call = {"id": "call_fake", "type": "function", "function": _call(ask.tool)}
        message |= {"content": None, "tool_calls": [_decorate(call, script)]}
        tokens = sum(1 for _ in _call_deltas(ask.tool, script))
        finish = "tool_calls"
    choice: Json = {"message": _decorate(message, script), "finish_reason": finish}
    if ask.logprobs:
        choice["logprobs"] = {"content": [_logprob(token(i, script)) for i in range(tokens)], "refusal": None}
    answer: Json = {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": CREATED,
        "model": ask.model,
        "choices": [_decorate({"index": i} | choice, script) for i in range(ask.choices)],
    }
    reported = usage(ask, script, ask.choices * (reasoning + tokens))
    if reported is not None:
        answer["usage"] = reported
    return _decorate(answer, script)


def chunks(ask: Ask, script: Script) -> Iterator[tuple[bytes, int]]:
    """Yield a stream's events as JSON text, each with the number of tokens it carries."""
    sent = 0
    for delta, count, finish in _deltas(ask, script):
        for index in range(ask.choices):
            sent += count
            choice: Json = {"index": index, "delta": _decorate(delta, script), "finish_reason": finish}
            if ask.logprobs and delta.get("content"):
                choice["logprobs"] = {"content": [_logprob(delta["content"])], "refusal": None}
            body = _chunk(ask, [_decorate(choice, script)])
            if script.usage == "each" or (script.usage == "last" and finish):
                body["usage"] = usage(ask, script, sent)
            elif ask.wants_usage and script.usage != "none":
                body["usage"] = None
            yield msgspec.json.encode(_decorate(body, script)), count
    if ask.wants_usage and script.usage not in ("none", "last", "each"):
        body = _chunk(ask, []) | {"usage": usage(ask, script, sent)}
        yield msgspec.json.encode(_decorate(body, script)), 0


def _deltas(ask: Ask, script: Script) -> Iterator[tuple[Json, int, str | None]]:
    reasoning, tokens, finish = lengths(ask, script)
    yield {"role": "assistant", "content": None if ask.tool else ""}, 0, None
    for i in range(reasoning):
        yield {"reasoning_content": f"think{i} "}, 1, None
    if ask.tool is not None:
        for delta in _call_deltas(ask.tool, script):
            yield delta, 1, None
        finish = "tool_calls"
    else:
        for i in range(tokens):
            yield {"content": token(i, script)}, 1, None
    yield {}, 0, finish


def embeddings(body: Json, script: Script) -> Json:
    """Return an embeddings answer: vectors made from each text's SHA-256."""
    given: Any = body.get("input", "")
    single = isinstance(given, str) or (given and isinstance(given[0], int))
    texts: list[Any] = [given] if single else list(given)
    count = body.get("dimensions") or 8
    vectors = [_vector(repr(text), count) for text in texts]
    as_text = body.get("encoding_format") == "base64"
    prompt = (
        sum(len(t.split()) if isinstance(t, str) else len(t) if isinstance(t, list) else 1 for t in texts)
        if script.prompt is None
        else script.prompt
    )
    answer: Json = {
        "object": "list",
        "model": body.get("model"),
        "data": [
            _decorate(
                {"object": "embedding", "index": i, "embedding": _packed(vector) if as_text else vector},
                script,
            )
            for i, vector in enumerate(vectors)
        ],
    }
    if script.usage != "none":
        answer["usage"] = {"prompt_tokens": prompt, "total_tokens": prompt}
    return _decorate(answer, script)


def error(status: int, message: str) -> Json:
    """Return OpenAI's error object for a status."""
    kinds = {400: "invalid_request_error", 401: "authentication_error", 404: "invalid_request_error"}
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
    kind = kinds.get(status, "rate_limit_error" if status == 429 else "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": codes.get(status)}}


def _chunk(ask: Ask, choices: list[Json]) -> Json:
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": ask.model,
        "choices": choices,
    }


def _decorate(value: Json, script: Script) -> Json:
    return {"x_unknown": UNKNOWN} | value if script.unknown else value


def _text(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content or [] if part.get("type") == "text")


def _chosen_tool(body: Json, text: str) -> Json | None:
    """A tool is called when the choice forces one, or when the user's text says its name."""
    functions = [tool["function"] for tool in body.get("tools") or [] if tool.get("type") == "function"]
    choice = body.get("tool_choice")
    if not functions or choice == "none":
        return None
    wanted = choice["function"]["name"] if isinstance(choice, dict) else None
    for function in functions:
        if function["name"] == wanted or (wanted is None and function["name"] in text):
            return function
    return functions[0] if choice == "required" else None


def _call(function: Json) -> Json:
    samples: Json = {
        "string": "Beijing",
        "integer": 3,
        "number": 1.5,
        "boolean": True,
        "array": [],
        "object": {},
    }
    properties = (function.get("parameters") or {}).get("properties") or {}
    arguments = {
        name: (schema.get("enum") or [samples.get(schema.get("type"))])[0]
        for name, schema in properties.items()
    }
    return {"name": function["name"], "arguments": msgspec.json.encode(arguments).decode()}


def _call_deltas(function: Json, script: Script) -> Iterator[Json]:
    call = _call(function)
    head = {
        "index": 0,
        "id": "call_fake",
        "type": "function",
        "function": {"name": call["name"], "arguments": ""},
    }
    yield {"tool_calls": [_decorate(head, script)]}
    text: str = call["arguments"]
    for start in range(0, len(text), 4):
        piece = {"index": 0, "function": {"arguments": text[start : start + 4]}}
        yield {"tool_calls": [_decorate(piece, script)]}


def _logprob(text: str) -> Json:
    return {"token": text, "logprob": -0.25, "bytes": list(text.encode()), "top_logprobs": []}


def _vector(text: str, count: int) -> list[float]:
    digest = hashlib.shake_256(text.encode()).digest(count)
    return [byte / 256 - 0.5 for byte in digest]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
