"""What goes to an upstream of Anthropic's format, what comes back from one, and when it is let go."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.upstreams.anthropic import AnthropicUpstream
from fen.upstreams.balance import BalancedUpstream
from fen.wire.answer import Event, Stream, Whole
from fen.wire.anthropic import MessagesRequest
from fen.wire.errors import UpstreamFailed, UpstreamRejected, UpstreamTimeout
from fen.wire.ports import Deadlines, Outbound
from fen.wire.request import Request, parse_count
from fen.wire.usage import Usage
from tests.fakes.anthropic import FakeAnthropic
from tests.serving import free_port

UNKNOWN = b'"x_unknown":{"price":1.10,"big":123456789012345678901234567890,"deep":[{"a":null},"\\u00e9"]}'
WITHIN = 0.1
"""Seconds after which a connection that nobody needs must be gone (docs/decisions.md, 1)."""


@pytest.fixture
async def fake() -> AsyncIterator[FakeAnthropic]:
    async with FakeAnthropic(key="secret") as server:
        yield server


@pytest.fixture
async def upstream(fake: FakeAnthropic) -> AsyncIterator[AnthropicUpstream]:
    opened = AnthropicUpstream(fake.base_url, "secret")
    yield opened
    await opened.close()


class WithHeaders(msgspec.Struct, frozen=True):
    """A call that brings headers of its own."""

    request: Request
    model: str
    stream: bool
    headers: tuple[tuple[str, str], ...]
    request_id: str = "req-1"
    traceparent: str | None = None
    deadlines: Deadlines = Deadlines()


def request(body: bytes) -> Request:
    view = msgspec.json.decode(body, type=MessagesRequest)
    return Request(cast(Any, "anthropic.messages"), body, cast(Any, view))


def outbound(script: str, stream: bool, deadlines: Deadlines | None = None, **members: Any) -> Outbound:
    said = [{"role": "user", "content": "Write one sentence about the sea."}]
    body = {"model": "client/name", "max_tokens": 9999, "messages": said, **members}
    if stream:
        body["stream"] = True
    return Outbound(
        request(json.dumps(body).encode()),
        f"fake/{script}",
        stream,
        "req-1",
        deadlines=deadlines or Deadlines(),
    )


async def begin(upstream: AnthropicUpstream, script: str, deadlines: Deadlines | None = None) -> Stream:
    answer = await upstream.send(outbound(script, True, deadlines))
    assert isinstance(answer, Stream)
    return answer


async def read(upstream: AnthropicUpstream, script: str, **members: Any) -> list[Event]:
    answer = await upstream.send(outbound(script, True, **members))
    assert isinstance(answer, Stream)
    return [event async for event in answer.events]


async def whole(upstream: AnthropicUpstream, script: str, **members: Any) -> Whole:
    answer = await upstream.send(outbound(script, False, **members))
    assert isinstance(answer, Whole)
    return answer


async def test_request_goes_out_as_it_came_but_for_the_model(
    fake: FakeAnthropic, upstream: AnthropicUpstream
) -> None:
    block = (
        b'{"type":"text","text":"\\u00e9","cache_control":{"type":"ephemeral","ttl":"1h"},' + UNKNOWN + b"}"
    )
    strange = b'{"type":"search_result","source":"a page","content":[],' + UNKNOWN + b"}"
    body = (
        b'{"model":"a/b","max_tokens":7,"messages":[{"role":"user","content":['
        + block
        + b","
        + strange
        + b"],"
        + UNKNOWN
        + b'}],"temperature":0.50,"tools":[{"type":"web_search_20250305","name":"web_search",'
        + UNKNOWN
        + b"}],"
        + UNKNOWN
        + b"}"
    )
    await upstream.send(Outbound(request(body), "fake/tokens-1", False, "r"))
    assert fake.records[0].body == body.replace(b'"a/b"', b'"fake/tokens-1"')


async def test_head_has_the_key_the_version_and_the_trace(
    fake: FakeAnthropic, upstream: AnthropicUpstream
) -> None:
    call = msgspec.structs.replace(outbound("tokens-1", False), traceparent="00-1-2-01")
    await upstream.send(call)
    headers = fake.records[0].headers
    assert fake.records[0].path == "/v1/messages"
    assert headers["x-api-key"] == "secret"
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["host"] == f"127.0.0.1:{fake.port}"
    assert headers["traceparent"] == "00-1-2-01"
    assert headers["content-type"] == "application/json"
    assert "anthropic-beta" not in headers


async def test_version_that_the_client_speaks_goes_out(
    fake: FakeAnthropic, upstream: AnthropicUpstream
) -> None:
    call = outbound("tokens-1", False)
    brought = WithHeaders(call.request, call.model, False, (("anthropic-version", "2026-10-21"),))
    await upstream.send(cast(Outbound, brought))
    assert fake.records[0].headers["anthropic-version"] == "2026-10-21"


def counting(script: str) -> Outbound:
    said = [{"role": "user", "content": "Write one sentence about the sea."}]
    body = json.dumps({"model": "client/name", "messages": said, "x_unknown": 1.5})
    return Outbound(parse_count(body.encode()), f"fake/{script}", False, "req-1")


async def test_tokens_are_counted_by_the_upstream(fake: FakeAnthropic, upstream: AnthropicUpstream) -> None:
    assert await upstream.count(counting("any")) == 6
    [record] = fake.records
    assert (record.path, record.headers["x-api-key"]) == ("/v1/messages/count_tokens", "secret")
    sent = json.loads(record.body)
    assert (sent["model"], sent["x_unknown"]) == ("fake/any", 1.5)


async def test_refused_count_is_refused(upstream: AnthropicUpstream) -> None:
    with pytest.raises(UpstreamRejected) as refused:
        await upstream.count(counting("status-400"))
    assert refused.value.status == 400
    with pytest.raises(UpstreamFailed, match="answered 500"):
        await upstream.count(counting("status-500"))


async def test_count_goes_to_a_member_that_can_be_reached(
    fake: FakeAnthropic, upstream: AnthropicUpstream
) -> None:
    gone = AnthropicUpstream(f"http://127.0.0.1:{free_port()}", "secret")
    balanced = BalancedUpstream({"gone": gone, "there": upstream})
    assert [await balanced.count(counting("any")) for _ in range(3)] == [6] * 3
    assert len(fake.records) == 3


async def test_betas_of_the_upstream_and_of_the_call_are_joined(fake: FakeAnthropic) -> None:
    upstream = AnthropicUpstream(fake.base_url, "secret", (("Anthropic-Beta", "one,two"), ("x-team", "a")))
    call = outbound("tokens-1", False)
    brought = WithHeaders(
        call.request, call.model, False, (("anthropic-beta", "two, three"), ("X-Team", "b"))
    )
    await upstream.send(cast(Outbound, brought))
    await upstream.close()
    assert fake.records[0].headers["anthropic-beta"] == "one,two,three"
    assert fake.records[0].headers["x-team"] == "b"


@pytest.mark.parametrize(
    "header", [("anthropic-beta", "a\r\nx-evil: 1"), ("x y", "1"), ("x-api-key", "other"), ("Host", "other")]
)
async def test_header_that_no_request_may_carry_is_refused(
    fake: FakeAnthropic, upstream: AnthropicUpstream, header: tuple[str, str]
) -> None:
    with pytest.raises(ValueError, match="header"):
        AnthropicUpstream(fake.base_url, "secret", (header,))
    call = outbound("tokens-1", False)
    with pytest.raises(UpstreamFailed) as caught:
        await upstream.send(cast(Outbound, WithHeaders(call.request, call.model, False, (header,))))
    assert caught.value.reached is False
    assert fake.records == []


async def test_answer_comes_back_as_it_was_sent(upstream: AnthropicUpstream) -> None:
    answer = await whole(upstream, "tokens-2-unknown")
    assert answer.body.count(UNKNOWN) == 3
    events = await read(upstream, "tokens-1-unknown")
    assert [event.data.count(UNKNOWN) for event in events] == [3, 1, 1, 1, 1, 2, 1]


async def test_stream_tells_what_was_written_why_it_ended_and_what_it_used(
    upstream: AnthropicUpstream,
) -> None:
    events = await read(upstream, "reasoning-2-tokens-3-prompt-100-cached-60-cachewrite-10")
    assert [json.loads(event.data)["type"] for event in events] == [
        "message_start",
        "ping",
        "content_block_start",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "content_block_start",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert sum(event.produced for event in events) == len("think0 think1 word0 word1 word2 ")
    assert [event.finish for event in events if event.finish] == ["stop"]
    [report] = [event for event in events if event.usage is not None]
    assert report.usage == Usage(input=30, cached_input=60, cache_write=10, output=3, reasoning=2)
    assert (report.flags, report.finish, report.bare) == ((), "stop", False)


async def test_whole_and_streamed_answers_have_the_same_figures(upstream: AnthropicUpstream) -> None:
    script = "reasoning-2-tokens-3-prompt-100-cached-60-cachewrite-10"
    answer = await whole(upstream, script)
    events = await read(upstream, script)
    assert answer.usage == Usage(input=30, cached_input=60, cache_write=10, output=3, reasoning=2)
    assert answer.usage == events[-2].usage
    assert answer.produced == sum(event.produced for event in events)


async def test_arguments_of_a_called_tool_are_output(upstream: AnthropicUpstream) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    members = {"tools": [{"name": "weather", "input_schema": schema}], "tool_choice": {"type": "any"}}
    answer = await whole(upstream, "tokens-1", **members)
    events = await read(upstream, "tokens-1", **members)
    assert [event.finish for event in events if event.finish] == ["tool_calls"]
    assert answer.produced == sum(event.produced for event in events)
    assert answer.produced == len('weather{"city":"Beijing"}')


@pytest.mark.parametrize(
    ("word", "flag"),
    [
        ("negative", "negative_output_tokens"),
        ("total", "cache_creation_not_sum"),
        ("cached", "implausible_thinking_tokens"),
    ],
)
async def test_odd_usage_is_flagged(upstream: AnthropicUpstream, word: str, flag: str) -> None:
    assert flag in (await whole(upstream, f"tokens-3-usage-{word}")).flags
    flags = [event.flags for event in await read(upstream, f"tokens-3-usage-{word}-usage-{word}")]
    if word != "negative":  # a stream's counts never fall below what its start has told
        assert flag in flags[-2]


async def test_missing_usage_is_missing(upstream: AnthropicUpstream) -> None:
    assert (await whole(upstream, "tokens-3-usage-none")).usage is None
    assert all(event.usage is None for event in await read(upstream, "tokens-3-usage-none"))


async def test_limit_is_told_as_length(upstream: AnthropicUpstream) -> None:
    events = await read(upstream, "tokens-9", max_tokens=3)
    assert [event.finish for event in events if event.finish] == ["length"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 429])
async def test_refusal_of_the_clients_request_is_handed_on(
    upstream: AnthropicUpstream, status: int, stream: bool
) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await upstream.send(outbound(f"status-{status}-retry-7", stream))
    assert (caught.value.status, caught.value.message) == (status, f"the script asked for {status}")
    assert caught.value.headers == (("retry-after", "7"),)


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_refusal_of_fens_own_key_is_not_the_clients_fault(
    upstream: AnthropicUpstream, status: int
) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await upstream.send(outbound(f"status-{status}", False))
    assert not isinstance(caught.value, UpstreamRejected)
    assert (caught.value.status, caught.value.code) == (502, "upstream_refused_key")


async def test_wrong_key_is_fens_own(fake: FakeAnthropic) -> None:
    upstream = AnthropicUpstream(fake.base_url, "wrong")
    with pytest.raises(UpstreamFailed, match="invalid x-api-key") as caught:
        await upstream.send(outbound("tokens-1", False))
    await upstream.close()
    assert caught.value.code == "upstream_refused_key"


async def test_empty_account_is_not_the_clients_fault(
    upstream: AnthropicUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = "Your credit balance is too low to access the Anthropic API."
    said = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    monkeypatch.setattr("tests.fakes.anthropic.error", lambda *_: said)
    with pytest.raises(UpstreamFailed) as caught:
        await upstream.send(outbound("status-400", False))
    assert caught.value.code == "upstream_refused_key"


@pytest.mark.parametrize("status", [301, 408, 500, 502, 503, 504, 529])
async def test_upstreams_own_trouble_is_a_bad_gateway(upstream: AnthropicUpstream, status: int) -> None:
    with pytest.raises(UpstreamFailed, match=str(status)) as caught:
        await upstream.send(outbound(f"status-{status}", False))
    assert not isinstance(caught.value, UpstreamRejected)
    assert caught.value.status == 502


@pytest.mark.parametrize("script", ["silent", "reset-2", "drop-2", "half-2", "malformed-2", "error-2"])
async def test_stream_that_breaks_fails_after_what_came(upstream: AnthropicUpstream, script: str) -> None:
    got: list[Event] = []

    async def collect() -> None:
        stream = await begin(upstream, f"tokens-9-{script}")
        async for event in stream.events:
            got.append(event)  # noqa: PERF401 (a comprehension would lose what came before the error)

    with pytest.raises(UpstreamFailed) as caught:
        await collect()
    assert (caught.value.status, caught.value.reached) == (502, True)
    assert sum(bool(event.produced) for event in got) == (0 if script == "silent" else 2)


@pytest.mark.parametrize("script", ["silent", "reset-0", "drop-0", "half-0", "malformed-0", "error-0"])
async def test_whole_answer_that_breaks_fails(upstream: AnthropicUpstream, script: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await upstream.send(outbound(script, False))
    assert (caught.value.status, caught.value.reached) == (502, True)


async def test_stream_without_its_last_event_is_complete_once_it_told_why_it_ended(
    upstream: AnthropicUpstream,
) -> None:
    events = await read(upstream, "tokens-3-nodone")
    assert events[-1].finish == "stop"


async def test_answer_that_is_no_stream_is_not_taken_for_one(upstream: AnthropicUpstream) -> None:
    call = msgspec.structs.replace(outbound("tokens-3", False), stream=True)
    with pytest.raises(UpstreamFailed, match=r"found application/json .* expected text/event-stream"):
        await upstream.send(call)


async def test_deadline_closes_the_connection(fake: FakeAnthropic, upstream: AnthropicUpstream) -> None:
    with pytest.raises(UpstreamTimeout, match="next bytes"):
        [_ async for _ in (await begin(upstream, "tokens-9-stall-1", Deadlines(between=0.1))).events]
    await asyncio.wait_for(fake.records[0].closed.wait(), 5)


async def test_cancelled_before_the_headers(fake: FakeAnthropic, upstream: AnthropicUpstream) -> None:
    call = asyncio.create_task(upstream.send(outbound("hang", False)))
    [record] = await fake.until(lambda _: True)
    since = asyncio.get_running_loop().time()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(record.closed.wait(), 5)
    assert record.closed_at is not None
    assert record.closed_at - since < WITHIN


@pytest.mark.parametrize("read_first", [False, True])
async def test_stream_that_is_closed_closes_the_connection(
    fake: FakeAnthropic, upstream: AnthropicUpstream, read_first: bool
) -> None:
    stream = await begin(upstream, "tokens-9-stall-2")
    if read_first:
        await anext(stream.events)
    [record] = await fake.until(lambda record: record.stalled.is_set())
    since = asyncio.get_running_loop().time()
    await stream.events.aclose()
    await asyncio.wait_for(record.closed.wait(), 5)
    assert record.closed_at is not None
    assert record.closed_at - since < WITHIN
    assert not record.hung_up


async def test_connection_is_kept_between_calls(fake: FakeAnthropic, upstream: AnthropicUpstream) -> None:
    for _ in range(2):
        await whole(upstream, "tokens-3")
        await read(upstream, "tokens-3")
        async with asyncio.timeout(5):
            # The end of the body may come behind message_stop.
            while not upstream._client._idle:  # noqa: ASYNC110 (the pool tells nobody)
                await asyncio.sleep(0)
    assert fake.connections == 1


@given(st.integers(1, 70), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=30)
async def test_stream_is_the_same_wherever_it_is_cut(size: int, zh: bool, crlf: bool, comments: bool) -> None:
    """One client and one server for each example: hypothesis runs them in one test."""
    script = "tokens-4-reasoning-1" + ("-zh" if zh else "")
    cut = f"{script}-cut-{size}" + ("-crlf" if crlf else "") + ("-comments" if comments else "")
    async with FakeAnthropic() as fake:
        upstream = AnthropicUpstream(fake.base_url)
        found = [
            await read(upstream, "tokens-1", messages=[{"role": "user", "content": f"[[{name}]]"}])
            for name in (script, cut)
        ]
        await upstream.close()
    assert found[0] == found[1]
    assert len(found[0]) == 14
