"""A scripted upstream that speaks Cohere's v2 format, by the words of tests/fakes/script.py.

`async with FakeCohere() as fake: ... fake.base_url ... fake.records`, as in tests/fakes/upstream.py, whose
server it is. What the words mean here: `reasoning` makes a thinking block; `error` is a `message-end` with
finish_reason ERROR and an error text. Source: Cohere's API reference, "Chat" and "Chat with Streaming".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.fakes import answers
from tests.fakes.answers import Ask, Json
from tests.fakes.plan import _FAULTS, _FINAL, Step, _cut_steps, find_end, reply
from tests.fakes.script import Script, ScriptError, parse_script
from tests.fakes.upstream import FakeUpstream, Record, _Connection

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

    @property
    def base_url(self) -> str:
        """The address as Cohere's client wants it."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> FakeCohere:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _CohereConnection(self), "127.0.0.1", self.port, backlog=4096
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self


class _CohereConnection(_Connection):
    async def _answer(self, record: Record) -> None:
        for step in self._plan(record):
            await self._take(step, record)
            self._fake.tell()

    def _plan(self, record: Record) -> Iterator[Step]:
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
    if script.delay:
        yield Step("wait", seconds=script.delay)
    if script.hang:
        yield Step("hang")
    elif script.silent:
        yield Step("drop")
    elif script.status != 200:
        headers = {"retry-after": script.retry} if script.retry is not None else {}
        yield from refuse(script.status, f"the script asked for {script.status}", headers)
    else:
        yield from _stream(ask, script) if ask.stream else _whole(ask, script)


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
    if script.stall is not None:
        yield Step("stall")
    answer = whole(ask, script)
    if script.error is not None:
        answer["finish_reason"] = "ERROR"
    body = msgspec.json.encode(answer)
    if script.malformed is not None:
        body = body[: len(body) // 2]
    data = reply(200, body)
    end = find_end(script)
    if end is not None:
        yield Step("write", data[: len(data) - len(body) // 2])
        yield Step(end)
        return
    yield from _cut_steps(iter([Step("write", data, script.tokens), Step("end")]), script.cut)


def _stream(ask: Ask, script: Script) -> Iterator[Step]:
    kind = "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked"
    yield Step("write", f"HTTP/1.1 200 OK\r\n{kind}\r\n\r\n".encode())
    for step in _cut_steps(_event_steps(ask, script), script.cut):
        if step.kind == "write" and step.data:
            yield Step("write", b"%x\r\n%b\r\n" % (len(step.data), step.data), step.tokens)
        elif step.kind == "end":
            yield Step("end", b"0\r\n\r\n")
        else:
            yield step


def _event_steps(ask: Ask, script: Script) -> Iterator[Step]:
    faults = sorted((at, kind) for kind in _FAULTS if (at := getattr(script, kind)) is not None)
    sent = 0
    for number, (event, tokens) in enumerate(events(ask, script)):
        while faults and number and sent >= faults[0][0]:
            kind = faults.pop(0)[1]
            yield from _fault(kind)
            if kind in _FINAL:
                return
        if script.gap and tokens and sent:
            yield Step("wait", seconds=script.gap)
        sent += tokens
        yield Step("write", _frame(event), tokens)
    yield Step("end")


def _fault(kind: str) -> Iterator[Step]:
    if kind == "error":
        last = {"finish_reason": "ERROR", "error": "the script asked for an error"}
        yield Step("write", _frame({"type": "message-end", "id": "fake", "delta": last}))
        yield Step("end")
    elif kind == "malformed":
        yield Step("write", b'event: content-delta\ndata: {"type":"content-delta","delta":{"mess\n\n')
    else:
        yield Step(kind)  # pyright: ignore[reportArgumentType]


def _frame(event: Any) -> bytes:
    return b"event: " + event["type"].encode() + b"\ndata: " + msgspec.json.encode(event) + b"\n\n"
