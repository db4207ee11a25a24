"""A scripted upstream that speaks Anthropic's Messages format, by the words of tests/fakes/script.py.

`async with FakeAnthropic() as fake: ... fake.base_url ... fake.records`, as in tests/fakes/upstream.py, whose
server it is. What the words mean here: `cached` and `cachewrite` are parts of `prompt`, which Anthropic
reports apart; `reasoning` makes a thinking block with a signature; `finish` is the stop_reason; `usage-none`
leaves usage out, `usage-each` repeats the input's figures at the end, `usage-total` reports cache writes that
are not the sum of their parts, `usage-cached` more thinking than output, `usage-negative` negative output;
`nodone` leaves `message_stop` out. A ping follows the start of every stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tests.fakes import answers
from tests.fakes.answers import Ask, Json
from tests.fakes.plan import Step, begin, event_steps, reply, stream_steps, whole_steps
from tests.fakes.script import Script, ScriptError, parse_script
from tests.fakes.upstream import Connection, FakeUpstream, Record

VERSIONS = ("2023-06-01", "2026-10-21")
SIGNATURE = "EqQBCkYIBxgCKkBfake=="

_CHOICES = {"any": "required", "none": "none", "auto": "auto"}
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class FakeAnthropic(FakeUpstream):
    """The server; `key`, where given, is the only `x-api-key` that it takes."""

    root = ""

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return _MessagesConnection(self)


class _MessagesConnection(Connection):
    def plan(self, record: Record) -> Iterator[Step]:
        """Return what happens for a request."""
        if self._fake.key is not None and record.headers.get("x-api-key") != self._fake.key:
            return refuse(401, "invalid x-api-key")
        if record.headers.get("anthropic-version") not in VERSIONS:
            return refuse(400, "anthropic-version: header is required")
        if record.path == "/v1/messages/count_tokens":
            return plan_count(record.body)
        if record.path != "/v1/messages":
            return refuse(404, f"no such path: {record.path}")
        return plan(record.body)


def plan(body: bytes) -> Iterator[Step]:
    """Plan the answer to a POST."""
    try:
        ask = read_ask(msgspec.json.decode(body))
        script = parse_script(ask.model, ask.text)
    except (msgspec.DecodeError, ScriptError, AttributeError, KeyError) as fault:
        yield from refuse(400, f"the fake upstream cannot read this request: {fault}")
        return
    steps = stream_steps(_event_steps(ask, script), script) if ask.stream else _whole(ask, script)
    yield from begin(script, steps, refuse)


def plan_count(body: bytes) -> Iterator[Step]:
    """Count the tokens of a POST, one for each word, unless the script asks for a status."""
    asked = msgspec.json.decode(body)
    if "max_tokens" in asked:
        yield from refuse(400, "max_tokens: Extra inputs are not permitted")
        return
    ask = read_ask(asked | {"max_tokens": 1})
    status = parse_script(ask.model, ask.text).status
    if status != 200:
        yield from refuse(status, f"the script asked for {status}")
        return
    yield Step("write", reply(200, msgspec.json.encode({"input_tokens": ask.words})))
    yield Step("end")


def read_ask(body: Json) -> Ask:
    """Read a request's body; raises KeyError without max_tokens."""
    turns = body["messages"]
    users = [turn for turn in turns if turn["role"] == "user"]
    text = _text(users[-1]["content"]) if users else ""
    choice = body.get("tool_choice") or {}
    functions = [
        {"type": "function", "function": {"name": tool["name"], "parameters": tool.get("input_schema")}}
        for tool in body.get("tools") or []
    ]
    named = {"function": {"name": choice.get("name")}}
    chosen = named if choice.get("type") == "tool" else _CHOICES.get(choice.get("type", ""))
    said = " ".join([_text(body.get("system") or ""), *(_text(turn["content"]) for turn in turns)])
    return Ask(
        model=str(body["model"]),
        text=text,
        stream=bool(body.get("stream")),
        wants_usage=True,
        limit=body["max_tokens"],
        choices=1,
        logprobs=False,
        tool=answers._chosen_tool({"tools": functions, "tool_choice": chosen}, text),
        words=len(said.split()) or 1,
    )


def error(status: int, message: str) -> Json:
    """Return Anthropic's error object for a status."""
    inner = {"type": _TYPES.get(status, "api_error"), "message": message}
    return {"type": "error", "error": inner, "request_id": "req_fake"}


def refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Iterator[Step]:
    """Answer with an error."""
    yield Step("write", reply(status, msgspec.json.encode(error(status, message)), headers))
    yield Step("end")


def whole(ask: Ask, script: Script) -> Json:
    """Return a whole answer."""
    reasoning, tokens, _ = answers.lengths(ask, script)
    blocks: list[Json] = []
    if reasoning:
        thinking = "".join(f"think{i} " for i in range(reasoning))
        blocks.append({"type": "thinking", "thinking": thinking, "signature": SIGNATURE})
    if ask.tool is not None:
        call = answers._call(ask.tool)
        blocks.append(_tool_block(call["name"]) | {"input": msgspec.json.decode(call["arguments"])})
    else:
        blocks.append({"type": "text", "text": "".join(answers.token(i, script) for i in range(tokens))})
    message = _message(ask) | {
        "content": [answers._decorate(block, script) for block in blocks],
        "stop_reason": _stop_reason(ask, script),
    }
    usage = _usage(ask, script, _written(ask, script))
    return answers._decorate(message | ({"usage": usage} if usage else {}), script)


def events(ask: Ask, script: Script) -> Iterator[tuple[Json, int]]:
    """Yield a stream's events, each with the number of tokens it carries."""
    reasoning, tokens, _ = answers.lengths(ask, script)
    begun = _usage(ask, script, 1)
    message = _message(ask) | ({"usage": begun} if begun else {})
    yield {"type": "message_start", "message": answers._decorate(message, script)}, 0
    yield {"type": "ping"}, 0
    index = 0
    if reasoning:
        yield _start(0, {"type": "thinking", "thinking": "", "signature": ""}), 0
        for i in range(reasoning):
            yield _delta(0, {"type": "thinking_delta", "thinking": f"think{i} "}), 1
        yield _delta(0, {"type": "signature_delta", "signature": SIGNATURE}), 0
        yield {"type": "content_block_stop", "index": 0}, 0
        index = 1
    if ask.tool is not None:
        call = answers._call(ask.tool)
        yield _start(index, _tool_block(call["name"])), 1
        text: str = call["arguments"]
        for start in range(0, len(text), 4):
            piece = text[start : start + 4]
            yield _delta(index, {"type": "input_json_delta", "partial_json": piece}), 1
    else:
        yield _start(index, {"type": "text", "text": ""}), 0
        for i in range(tokens):
            yield _delta(index, {"type": "text_delta", "text": answers.token(i, script)}), 1
    yield {"type": "content_block_stop", "index": index}, 0
    ended = {
        "type": "message_delta",
        "delta": {"stop_reason": _stop_reason(ask, script), "stop_sequence": None},
    }
    usage = _usage(ask, script, _written(ask, script))
    if usage is not None:
        kept = usage if script.usage == "each" else _output_only(usage)
        ended["usage"] = kept
    yield ended, 0
    if not script.nodone:
        yield {"type": "message_stop"}, 0


def _written(ask: Ask, script: Script) -> int:
    reasoning, tokens, _ = answers.lengths(ask, script)
    if ask.tool is None:
        return reasoning + tokens
    return reasoning + sum(1 for _ in answers._call_deltas(ask.tool, script))


def _stop_reason(ask: Ask, script: Script) -> str:
    if ask.tool is not None:
        return "tool_use"
    finish = answers.lengths(ask, script)[2]
    return "max_tokens" if finish == "length" else script.finish or "end_turn"


def _usage(ask: Ask, script: Script, written: int) -> Json | None:
    if script.usage == "none":
        return None
    prompt = ask.words if script.prompt is None else script.prompt
    split = {"ephemeral_5m_input_tokens": script.cachewrite, "ephemeral_1h_input_tokens": 0}
    thought = written + 7 if script.usage == "cached" else min(script.reasoning, written)
    return answers._decorate(
        {
            "input_tokens": prompt - script.cached - script.cachewrite,
            "cache_creation_input_tokens": script.cachewrite + (7 if script.usage == "total" else 0),
            "cache_creation": split,
            "cache_read_input_tokens": script.cached,
            "output_tokens": -written if script.usage == "negative" else written,
            "output_tokens_details": {"thinking_tokens": thought},
            "service_tier": "standard",
        },
        script,
    )


def _output_only(usage: Json) -> Json:
    return {name: value for name, value in usage.items() if name.startswith(("output", "x_"))}


def _message(ask: Ask) -> Json:
    return {
        "id": "msg_fake",
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _tool_block(name: str) -> Json:
    return {"type": "tool_use", "id": "toolu_fake", "name": name, "input": {}}


def _start(index: int, block: Json) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(index: int, delta: Json) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(block.get("text", "") for block in content if block.get("type") == "text")


def _whole(ask: Ask, script: Script) -> Iterator[Step]:
    broken = error(500, "the script asked for an error")
    return whole_steps(whole(ask, script), broken, _written(ask, script), script)


def _event_steps(ask: Ask, script: Script) -> Iterator[Step]:
    failed = msgspec.json.encode(error(529, "the script asked for an error"))
    cut_off = b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"bro'
    wrong = {
        "error": _frame("error", failed, script),
        "malformed": _frame("content_block_delta", cut_off, script),
    }
    written = (
        (_frame(event["type"], msgspec.json.encode(answers._decorate(event, script)), script), tokens)
        for event, tokens in events(ask, script)
    )
    if (yield from event_steps(written, wrong, script)):
        yield Step("end")


def _frame(name: str, data: bytes, script: Script) -> bytes:
    head = b": still here\n\n" if script.comments else b""
    text = head + b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
    return text.replace(b"\n", b"\r\n") if script.crlf else text
