"""A scripted upstream that speaks Cohere's v2 format, by the words of tests/fakes/script.py.

`async with FakeCohere() as fake: ... fake.base_url ... fake.records`, as in tests/fakes/upstream.py, whose
server it is. What the words mean here: `reasoning` makes a thinking block; `error` is a `message-end` with
finish_reason ERROR and an error text. Source: Cohere's API reference, "Chat" and "Chat with Streaming".
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

_FINISH = {"stop": "COMPLETE", "length": "MAX_TOKENS"}
KNOWN = frozenset(
    {
        *("model", "messages", "stream", "tools", "strict_tools", "documents", "citation_options"),
        *("response_format", "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed"),
        *(
            "frequency_penalty",
            "presence_penalty",
            "k",
            "p",
            "logprobs",
            "tool_choice",
            "thinking",
            "priority",
        ),
    }
)


class FakeCohere(FakeUpstream):
    """The server; `key`, where given, is the only bearer token that it takes."""

    root = ""

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return _CohereConnection(self)


class _CohereConnection(Connection):
    def plan(self, record: Record) -> Iterator[Step]:
        """Return what happens for a request."""
        if self._fake.key is not None and record.headers.get("authorization") != f"Bearer {self._fake.key}":
            return refuse(401, "invalid api token")
        if record.path == "/v2/embed":
            return embed(record.body)
        if record.path != "/v2/chat":
            return refuse(404, f"no such path: {record.path}")
        return plan(record.body)


def plan(body: bytes) -> Iterator[Step]:
    """Plan the answer to a chat request."""
    try:
        tree = msgspec.json.decode(body)
        if unknown := set(tree) - KNOWN:
            raise ScriptError(f"unknown fields: {sorted(unknown)}")
        ask = answers.read_ask(tree)
        script = parse_script(ask.model, ask.text)
    except (msgspec.DecodeError, ScriptError, AttributeError) as fault:
        yield from refuse(400, f"the fake upstream cannot read this request: {fault}")
        return
    steps = stream_steps(_event_steps(ask, script), script) if ask.stream else _whole(ask, script)
    yield from begin(script, steps, refuse)


def embed(body: bytes) -> Iterator[Step]:
    """Answer a request for embeddings."""
    tree = msgspec.json.decode(body)
    texts = tree["texts"]
    answer = {
        "id": "fake",
        "embeddings": {"float": [answers._vector(text, 8) for text in texts]},
        "texts": texts,
        "meta": {"billed_units": {"input_tokens": sum(len(text.split()) for text in texts)}},
        "response_type": "embeddings_by_type",
    }
    yield Step("write", reply(200, msgspec.json.encode(answer)))
    yield Step("end")


def refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Iterator[Step]:
    """Answer with an error; Cohere's have a message and an id."""
    yield Step("write", reply(status, msgspec.json.encode({"id": "fake", "message": message}), headers))
    yield Step("end")


def whole(ask: Ask, script: Script) -> Json:
    """Return a whole answer."""
    reasoning, tokens, finish = answers.lengths(ask, script)
    content: list[Json] = []
    if reasoning:
        content.append({"type": "thinking", "thinking": "".join(f"think{i} " for i in range(reasoning))})
    content.append({"type": "text", "text": "".join(answers.token(i, script) for i in range(tokens))})
    message: Json = {"role": "assistant", "content": content}
    ended = _FINISH[finish]
    if ask.tool is not None:
        call = {"id": "call_fake", "type": "function", "function": answers._call(ask.tool)}
        message = {"role": "assistant", "tool_plan": "I will look.", "tool_calls": [call]}
        ended = "TOOL_CALL"
    answer: Json = {"id": "fake", "finish_reason": ended, "message": message}
    return answer | _usage(ask, script, reasoning + tokens)


def events(ask: Ask, script: Script) -> Iterator[tuple[Json, int]]:
    """Return a stream's events, each with the tokens that it carries."""
    reasoning, tokens, finish = answers.lengths(ask, script)
    yield {"type": "message-start", "id": "fake", "delta": {"message": {"role": "assistant"}}}, 0
    ended = _FINISH[finish]
    if ask.tool is not None:
        ended = "TOOL_CALL"
        for index in range(2):  # it calls the tool twice, and ends each call
            yield from _call_events(ask.tool, index, script)
    else:
        for index, block in enumerate(_blocks(reasoning, tokens, script)):
            kind = next(iter(block[0]))
            empty = {"type": kind, kind: ""}
            yield {"type": "content-start", "index": index, "delta": {"message": {"content": empty}}}, 0
            for piece in block:
                yield {"type": "content-delta", "index": index, "delta": {"message": {"content": piece}}}, 1
            yield {"type": "content-end", "index": index}, 0
    last = {"finish_reason": ended} | _usage(ask, script, reasoning + tokens)
    yield {"type": "message-end", "id": "fake", "delta": last}, 0


def _blocks(reasoning: int, tokens: int, script: Script) -> Iterator[list[Json]]:
    if reasoning:
        yield [{"thinking": f"think{i} "} for i in range(reasoning)]
    if tokens:
        yield [{"text": answers.token(i, script)} for i in range(tokens)]


def _call_events(tool: Json, index: int, script: Script) -> Iterator[tuple[Json, int]]:
    for number, delta in enumerate(answers._call_deltas(tool, script)):
        call = dict(delta["tool_calls"][0])
        call.pop("index")
        kind = "tool-call-delta"
        if number == 0:
            kind = "tool-call-start"
            call["id"] = f"call_{index}"
        yield {"type": kind, "index": index, "delta": {"message": {"tool_calls": call}}}, 1
    yield {"type": "tool-call-end", "index": index}, 0


def _usage(ask: Ask, script: Script, written: int) -> Json:
    if script.usage == "none":
        return {}
    prompt = ask.words if script.prompt is None else script.prompt
    tokens = {"input_tokens": prompt, "output_tokens": written}
    found: Json = {"billed_units": tokens, "tokens": tokens}
    if script.cached:
        found["cached_tokens"] = script.cached
    return {"usage": found}


def _whole(ask: Ask, script: Script) -> Iterator[Step]:
    answer = whole(ask, script)
    return whole_steps(answer, answer | {"finish_reason": "ERROR"}, script.tokens, script)


def _event_steps(ask: Ask, script: Script) -> Iterator[Step]:
    last = {"finish_reason": "ERROR", "error": "the script asked for an error"}
    wrong = {
        "error": _frame({"type": "message-end", "id": "fake", "delta": last}),
        "malformed": b'event: content-delta\ndata: {"type":"content-delta","delta":{"mess\n\n',
    }
    written = ((_frame(event), tokens) for event, tokens in events(ask, script))
    if (yield from event_steps(written, wrong, script)):
        yield Step("end")


def _frame(event: Any) -> bytes:
    return b"event: " + event["type"].encode() + b"\ndata: " + msgspec.json.encode(event) + b"\n\n"
