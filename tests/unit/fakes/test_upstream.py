"""The fake upstream does what its script says; the client here is a plain socket."""

import asyncio
import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httptools
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.answers import chunks, read_ask
from tests.fakes.script import Script
from tests.fakes.upstream import FakeUpstream

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        yield server


class Got:
    """A response as it came: `pieces` are the body as the transfer coding cut it."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.complete = False
        self.reset = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)

    def on_message_complete(self) -> None:
        self.complete = True

    @property
    def status(self) -> int:
        return self.parser.get_status_code()

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def events(self) -> list[Any]:
        lines = self.body.replace(b"\r\n", b"\n").split(b"\n\n")
        payloads = [line[6:] for line in lines if line.startswith(b"data: ")]
        return [payload if payload == b"[DONE]" else msgspec.json.decode(payload) for payload in payloads]


def encode(path: str, body: Any, token: str) -> bytes:
    text = msgspec.json.encode(body)
    head = f"POST /v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n"
    return f"{head}content-length: {len(text)}\r\n\r\n".encode() + text


@asynccontextmanager
async def connect(fake: FakeUpstream) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", fake.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def ask(fake: FakeUpstream, model: str, path: str = "/chat/completions", **members: Any) -> Got:
    body = {"model": model, "messages": [{"role": "user", "content": "a b c"}], **members}
    got = Got()
    async with connect(fake) as (reader, writer):
        writer.write(encode(path, body, "k"))
        try:
            while not got.complete and (data := await reader.read(65536)):
                got.parser.feed_data(data)
        except ConnectionResetError:
            got.reset = True
    return got


async def test_whole_answer_has_text_and_usage(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-3-cached-2-prompt-10-reasoning-1")
    answer = msgspec.json.decode(got.body)
    assert answer["choices"][0]["message"]["content"] == "word0 word1 word2 "
    assert answer["choices"][0]["message"]["reasoning_content"] == "think0 "
    assert answer["usage"]["prompt_tokens"] == 10
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 2
    assert answer["usage"]["completion_tokens"] == 4
    assert fake.tokens_sent == 4


async def test_stream_ends_with_usage_and_done(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-3", stream=True, stream_options={"include_usage": True})
    *_, last, done = got.events
    text = "".join(e["choices"][0]["delta"].get("content") or "" for e in got.events[:-2])
    assert text == "word0 word1 word2 "
    assert (last["choices"], last["usage"]["completion_tokens"], done) == ([], 3, b"[DONE]")
    assert fake.records[0].tokens_sent == 3
    assert fake.records[0].finished.is_set()
    assert not fake.records[0].closed.is_set()


async def test_stream_without_include_usage_has_none(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-3", stream=True)
    assert not any("usage" in event for event in got.events[:-1])


@pytest.mark.parametrize(("kind", "carriers"), [("last", 1), ("each", 5)])
async def test_usage_rides_on_chunks_with_choices(fake: FakeUpstream, kind: str, carriers: int) -> None:
    got = await ask(fake, f"fake/tokens-3-usage-{kind}", stream=True)
    reports = [event["usage"] for event in got.events[:-1] if event.get("usage")]
    assert len(reports) == carriers
    assert reports[-1]["completion_tokens"] == 3


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("total", lambda u: u["total_tokens"] != u["prompt_tokens"] + u["completion_tokens"]),
        ("cached", lambda u: u["prompt_tokens_details"]["cached_tokens"] > u["prompt_tokens"]),
        ("negative", lambda u: u["completion_tokens"] < 0),
    ],
)
async def test_usage_is_wrong_where_asked(fake: FakeUpstream, kind: str, wrong: Any) -> None:
    assert wrong(msgspec.json.decode((await ask(fake, f"fake/usage-{kind}")).body)["usage"])


async def test_limit_cuts_the_answer(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-100", max_tokens=5, n=2)
    answer = msgspec.json.decode(got.body)
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["length", "length"]
    assert answer["usage"]["completion_tokens"] == 10


TOOLS = [
    {
        "type": "function",
        "function": {"name": "weather", "parameters": {"properties": {"city": {"type": "string"}}}},
    }
]


async def test_tool_is_called_when_the_text_names_it(fake: FakeUpstream) -> None:
    said = [{"role": "user", "content": "the weather?"}]
    whole = msgspec.json.decode((await ask(fake, "m", tools=TOOLS, messages=said)).body)
    call = whole["choices"][0]["message"]["tool_calls"][0]["function"]
    assert call == {"name": "weather", "arguments": '{"city":"Beijing"}'}
    streamed = await ask(
        fake, "m", tools=TOOLS, messages=said, stream=True, stream_options={"include_usage": True}
    )
    deltas = [e["choices"][0]["delta"] for e in streamed.events[:-2]]
    pieces = [d["tool_calls"][0]["function"]["arguments"] for d in deltas if "tool_calls" in d]
    assert "".join(pieces) == '{"city":"Beijing"}'
    assert streamed.events[-2]["usage"] == whole["usage"]


async def test_no_tool_is_called_otherwise(fake: FakeUpstream) -> None:
    answered = [
        *[{"role": "user", "content": "weather"}],
        {"role": "tool", "content": "dry", "tool_call_id": "c"},
    ]
    others: list[dict[str, Any]] = [{}, {"messages": answered}, {"tool_choice": "none"}]
    for members in others:
        got = await ask(fake, "m", tools=TOOLS, **members)
        assert "tool_calls" not in msgspec.json.decode(got.body)["choices"][0]["message"]


async def test_embeddings_differ_by_text_and_come_in_both_codings(fake: FakeUpstream) -> None:
    floats = msgspec.json.decode((await ask(fake, "m", "/embeddings", input=["one two", "three"])).body)
    packed = msgspec.json.decode(
        (await ask(fake, "m", "/embeddings", input="x", encoding_format="base64")).body
    )
    assert floats["data"][0]["embedding"] != floats["data"][1]["embedding"]
    assert floats["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert isinstance(packed["data"][0]["embedding"], str)


@pytest.mark.parametrize("stream", [False, True])
async def test_status_comes_with_error_object_and_retry_after(fake: FakeUpstream, stream: bool) -> None:
    got = await ask(fake, "fake/status-429-retry-7", stream=stream)
    assert (got.status, got.headers["retry-after"]) == (429, "7")
    assert msgspec.json.decode(got.body)["error"]["code"] == "rate_limit_exceeded"


async def test_misspelt_script_is_a_400(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-x")
    assert got.status == 400
    assert b"expected a number" in got.body


async def test_wrong_key_is_refused() -> None:
    async with FakeUpstream(key="right") as fake:
        assert (await ask(fake, "m")).status == 401


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("end", ["reset", "drop", "half"])
async def test_connection_breaks_within_the_answer(fake: FakeUpstream, end: str, stream: bool) -> None:
    got = await ask(fake, f"fake/tokens-9-{end}-2", stream=stream)
    assert got.body
    assert not got.complete
    assert got.reset is (end == "reset")
    assert fake.records[0].tokens_sent == (2 if stream else 0)
    assert fake.records[0].hung_up is (end != "half")


async def test_connection_closes_without_an_answer(fake: FakeUpstream) -> None:
    assert (await ask(fake, "fake/silent")).headers == {}


async def test_error_event_ends_the_stream(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-9-error-2", stream=True)
    assert got.complete
    assert [("error" in event) for event in got.events] == [False, False, False, True]


async def test_malformed_event_stands_at_its_place(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-9-malformed-2", stream=True)
    payloads = got.body.split(b"\n\n")
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(payloads[3][6:])


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_cut_changes_the_pieces_and_nothing_else(fake: FakeUpstream, size: int) -> None:
    script = "tokens-3-zh-unknown"
    plain = await ask(fake, "m", stream=True, messages=[{"role": "user", "content": f"[[{script}]]"}])
    cut = await ask(
        fake, "m", stream=True, messages=[{"role": "user", "content": f"[[{script}-cut-{size}]]"}]
    )
    assert cut.body == plain.body
    assert len(cut.pieces) == -(-len(cut.body) // size)
    assert fake.records[1].tokens_sent == fake.records[0].tokens_sent == 3


async def test_lines_may_end_in_crlf_and_comments_come_between(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-2-crlf-comments-nodone", stream=True)
    assert b"\n" not in got.body.replace(b"\r\n", b"")
    assert got.body.startswith(b": still here\r\n\r\n")
    assert b"[DONE]" not in got.body


async def test_unknown_members_are_everywhere_and_keep_odd_text(fake: FakeUpstream) -> None:
    got = await ask(fake, "fake/tokens-1-unknown", stream=True, stream_options={"include_usage": True})
    assert b'"price":1.10' in got.body
    chunk, last = got.events[1], got.events[-2]
    assert all("x_unknown" in node for node in (chunk, chunk["choices"][0], chunk["choices"][0]["delta"]))
    assert "x_unknown" in last["usage"]


async def test_gap_and_delay_take_time(fake: FakeUpstream) -> None:
    start = time.monotonic()
    await ask(fake, "fake/tokens-4-gap-20ms-delay-30ms", stream=True)
    assert time.monotonic() - start >= 0.09


async def test_stall_waits_for_release(fake: FakeUpstream) -> None:
    call = asyncio.create_task(ask(fake, "fake/tokens-5-stall-2", stream=True))
    [record] = await fake.until(lambda record: record.stalled.is_set())
    assert record.tokens_sent == 2
    fake.release()
    assert (await call).events[-1] == b"[DONE]"


@pytest.mark.parametrize("script", ["hang", "stall-1", "gap-1s"])
async def test_client_that_leaves_is_seen(fake: FakeUpstream, script: str) -> None:
    body = {"model": f"fake/{script}", "stream": True, "messages": [{"role": "user", "content": "a"}]}
    async with connect(fake) as (_, writer):
        writer.write(encode("/chat/completions", body, "k"))
        await fake.until(lambda record: script == "hang" or record.tokens_sent == 1)
        left = time.monotonic()
    [record] = await fake.until(lambda record: record.closed.is_set())
    assert record.closed_at is not None
    assert record.closed_at >= left
    assert not record.hung_up
    assert not record.finished.is_set()


async def test_connection_is_kept_and_requests_are_recorded(fake: FakeUpstream) -> None:
    async with connect(fake) as (reader, writer):
        for text in ("one", "two"):
            got = Got()
            body = {"model": "m", "messages": [{"role": "user", "content": text}]}
            writer.write(encode("/chat/completions", body, "t"))
            while not got.complete:
                got.parser.feed_data(await reader.read(65536))
    assert fake.connections == 1
    assert [record.json["messages"][0]["content"] for record in fake.records] == ["one", "two"]
    assert fake.records[0].headers["authorization"] == "Bearer t"


def test_runs_as_a_process() -> None:
    command = [sys.executable, "-m", "tests.fakes.upstream"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().removeprefix("listening on ").strip().removesuffix("/v1")
        body = b'{"model":"fake/tokens-1","messages":[{"role":"user","content":"a"}]}'
        request = urllib.request.Request(
            base + "/v1/chat/completions", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(base + "/fake/records") as answer:
            [record] = msgspec.json.decode(answer.read())
        process.terminate()
    assert record["body"] == body.decode()
    assert record["tokens_sent"] == 1


@given(
    tokens=st.integers(0, 40),
    reasoning=st.integers(0, 9),
    limit=st.none() | st.integers(1, 45),
    n=st.integers(1, 3),
)
def test_usage_counts_what_is_sent(tokens: int, reasoning: int, limit: int | None, n: int) -> None:
    script = Script(tokens=tokens, reasoning=reasoning)
    body = {"stream_options": {"include_usage": True}, "max_tokens": limit, "n": n, "messages": []}
    found = list(chunks(read_ask(body), script))
    last = msgspec.json.decode(found[-1][0])
    assert last["usage"]["completion_tokens"] == sum(count for _, count in found)
    assert limit is None or last["usage"]["completion_tokens"] <= limit * n
