"""A scripted upstream that speaks Amazon Bedrock's Converse format, by the words of tests/fakes/script.py.

`async with FakeBedrock() as fake: ... fake.base_url ... fake.records`, as in tests/fakes/upstream.py, whose
server it is. Its streams are of binary frames ("application/vnd.amazon.eventstream"); `error` is an exception
in a frame. Source: AWS' API reference, "Converse" and "ConverseStream", and "Event stream encoding".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from tests.fakes import answers
from tests.fakes.answers import Ask, Json
from tests.fakes.plan import Step, begin, event_steps, reply, stream_steps
from tests.fakes.script import Script, ScriptError, parse_script
from tests.fakes.upstream import Connection, FakeUpstream, Record

_FRAMES = "application/vnd.amazon.eventstream"
_JSON = {":content-type": "application/json"}
_FINISH = {"stop": "end_turn", "length": "max_tokens"}
_TYPES = {400: "ValidationException", 403: "AccessDeniedException", 429: "ThrottlingException"}


class FakeBedrock(FakeUpstream):
    """The server; `key`, where given, is the only access key whose signatures it takes, unchecked."""

    root = ""

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return _BedrockConnection(self)


class _BedrockConnection(Connection):
    def plan(self, record: Record) -> Iterator[Step]:
        """Return what happens for a request."""
        signed = record.headers.get("authorization", "")
        if self._fake.key is not None and f"Credential={self._fake.key}/" not in signed:
            return refuse(403, "The security token included in the request is invalid.")
        _, kind, model, verb = record.path.split("/")
        if kind != "model" or verb not in ("converse", "converse-stream"):
            return refuse(404, f"no such path: {record.path}")
        return plan(unquote(model), record.body, verb == "converse-stream")


def plan(model: str, body: bytes, stream: bool) -> Iterator[Step]:
    """Plan the answer to a request."""
    try:
        tree = msgspec.json.decode(body)
        said = [{"role": m["role"], "content": m["content"][0]["text"]} for m in tree["messages"]]
        limit = (tree.get("inferenceConfig") or {}).get("maxTokens")
        ask = answers.read_ask({"model": model, "messages": said, "max_tokens": limit, "stream": stream})
        script = parse_script(ask.model, ask.text)
    except (msgspec.DecodeError, ScriptError, KeyError) as fault:
        yield from refuse(400, f"the fake upstream cannot read this request: {fault}")
        return
    steps = stream_steps(_event_steps(ask, script), script, _FRAMES) if stream else _whole(ask, script)
    yield from begin(script, steps, refuse)


def refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Iterator[Step]:
    """Answer with an error, whose kind is in a header."""
    kind = {"x-amzn-errortype": _TYPES.get(status, "InternalServerException")} | (headers or {})
    yield Step("write", reply(status, msgspec.json.encode({"message": message}), kind))
    yield Step("end")


def events(ask: Ask, script: Script) -> Iterator[tuple[str, Json, int]]:
    """Return a stream's events by kind, each with the tokens that it carries."""
    _, tokens, finish = answers.lengths(ask, script)
    yield "messageStart", {"role": "assistant"}, 0
    for index in range(tokens):
        yield (
            "contentBlockDelta",
            {"contentBlockIndex": 0, "delta": {"text": answers.token(index, script)}},
            1,
        )
    yield "contentBlockStop", {"contentBlockIndex": 0}, 0
    yield "messageStop", {"stopReason": _FINISH[finish]}, 0
    yield "metadata", {"usage": _usage(ask, script, tokens), "metrics": {"latencyMs": 1}}, 0


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """Return one message of the binary encoding: lengths, their CRC, headers, payload, and the CRC of all."""
    packed = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _usage(ask: Ask, script: Script, written: int) -> Json:
    prompt = ask.words if script.prompt is None else script.prompt
    return {"inputTokens": prompt, "outputTokens": written, "totalTokens": prompt + written}


def _whole(ask: Ask, script: Script) -> Iterator[Step]:
    _, tokens, finish = answers.lengths(ask, script)
    text = "".join(answers.token(index, script) for index in range(tokens))
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": _FINISH[finish],
        "usage": _usage(ask, script, tokens),
        "metrics": {"latencyMs": 1},
    }
    yield Step("write", reply(200, msgspec.json.encode(answer)), tokens)
    yield Step("end")


def _event_steps(ask: Ask, script: Script) -> Iterator[Step]:
    failed = {":exception-type": "modelStreamErrorException", ":message-type": "exception"} | _JSON
    wrong = {"error": frame(failed, b'{"message":"the script asked for an error"}')}
    written = (
        (frame({":event-type": name, ":message-type": "event"} | _JSON, msgspec.json.encode(event)), tokens)
        for name, event, tokens in events(ask, script)
    )
    if (yield from event_steps(written, wrong, script)):
        yield Step("end")
