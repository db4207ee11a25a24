"""What goes to an OpenAI-compatible upstream, and what comes back from one, byte for byte."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.upstreams import Dialect, OpenAIUpstream
from fen.wire.answer import Stream, Whole
from fen.wire.errors import UpstreamFailed, UpstreamRejected
from fen.wire.ports import Outbound
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.contract.upstreams.conftest import outbound
from tests.fakes.upstream import FakeUpstream

UNKNOWN = b'"x_unknown":{"price":1.10,"big":123456789012345678901234567890,"deep":[{"a":null},"\\u00e9"]}'


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        yield server


async def send(
    fake: FakeUpstream, call: Outbound, key: str | None = None, **dialect: object
) -> Whole | Stream:
    upstream = OpenAIUpstream(fake.base_url, key, Dialect(**dialect))  # pyright: ignore[reportArgumentType]
    answer = await upstream.send(call)
    if isinstance(answer, Stream):
        events = [event async for event in answer.events]

        async def again():
            for event in events:
                yield event

        answer = Stream(again())
    await upstream.close()
    return answer


async def test_request_goes_out_as_it_came_but_for_the_model(fake: FakeUpstream) -> None:
    part = b'{"type":"text","text":"\\u00e9",' + UNKNOWN + b"}"
    body = (
        b'{"model":"a/b","messages":[{"role":"user","content":[' + part + b"]," + UNKNOWN + b"}],"
        b'"temperature":0.50,"tools":[{"type":"function","function":{"name":"f",'
        + UNKNOWN
        + b"}}],"
        + UNKNOWN
        + b"}"
    )
    await send(fake, Outbound(parse_request("openai.chat", body), "fake/tokens-1", False, "r"))
    assert fake.records[0].body == body.replace(b'"a/b"', b'"fake/tokens-1"')


async def test_answer_comes_back_as_it_was_sent(fake: FakeUpstream) -> None:
    whole = await send(fake, outbound("tokens-1-unknown", False))
    assert isinstance(whole, Whole)
    assert whole.body.count(UNKNOWN) == 4
    stream = await send(fake, outbound("tokens-1-unknown", True))
    assert isinstance(stream, Stream)
    assert [event.data.count(UNKNOWN) async for event in stream.events] == [3, 3, 3, 2]


async def test_head_names_host_key_and_trace(fake: FakeUpstream) -> None:
    call = msgspec.structs.replace(outbound("tokens-1", False), traceparent="00-1-2-01")
    await send(fake, call, "secret")
    headers = fake.records[0].headers
    assert headers["authorization"] == "Bearer secret"
    assert headers["host"] == f"127.0.0.1:{fake.port}"
    assert headers["traceparent"] == "00-1-2-01"
    assert headers["content-type"] == "application/json"
    await send(fake, outbound("tokens-1", False))
    assert "authorization" not in fake.records[1].headers
    assert "traceparent" not in fake.records[1].headers


async def test_usage_is_asked_for_beside_the_clients_own_options(fake: FakeUpstream) -> None:
    await send(fake, outbound("tokens-1", True, stream_options={"include_usage": False, "x": 1.10}))
    await send(fake, outbound("tokens-1", True), stream_usage=False)
    await send(fake, outbound("tokens-1", False))
    assert fake.records[0].json["stream_options"] == {"include_usage": True, "x": 1.1}
    assert "stream_options" not in fake.records[1].json
    assert "stream_options" not in fake.records[2].json


@pytest.mark.parametrize("given_as", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("wanted", ["max_tokens", "max_completion_tokens", None])
async def test_output_limit_goes_by_the_name_that_the_upstream_knows(
    fake: FakeUpstream, given_as: str, wanted: str | None
) -> None:
    call = outbound("tokens-1", False, **{"max_tokens": None, given_as: 7})
    await send(fake, call, max_tokens_field=wanted)
    names = ("max_tokens", "max_completion_tokens")
    assert {name: fake.records[0].json[name] for name in names if name in fake.records[0].json} == {
        wanted or given_as: 7
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 404, 409, 413, 415, 422, 429])
async def test_refusal_of_the_clients_request_is_handed_on(
    fake: FakeUpstream, status: int, stream: bool
) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await send(fake, outbound(f"status-{status}-retry-7", stream))
    assert caught.value.status == status
    assert caught.value.message == f"the script asked for {status}"
    assert caught.value.headers == (("retry-after", "7"),)


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_refusal_of_fens_own_key_is_not_the_clients_fault(fake: FakeUpstream, status: int) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await send(fake, outbound(f"status-{status}", False))
    assert not isinstance(caught.value, UpstreamRejected)
    assert (caught.value.status, caught.value.code) == (502, "upstream_refused_key")


@pytest.mark.parametrize("status", [301, 408, 500, 502, 503, 529])
async def test_upstreams_own_trouble_is_a_bad_gateway(fake: FakeUpstream, status: int) -> None:
    with pytest.raises(UpstreamFailed, match=str(status)) as caught:
        await send(fake, outbound(f"status-{status}", False))
    assert not isinstance(caught.value, UpstreamRejected)
    assert caught.value.status == 502


@pytest.mark.parametrize(
    ("script", "usage", "flagged"),
    [
        (
            "prompt-100-cached-60-cachewrite-10-reasoning-5-tokens-7",
            Usage(input=30, cached_input=60, cache_write=10, output=7, reasoning=5),
            False,
        ),
        ("prompt-100-audio-40-tokens-7", Usage(input=60, audio_input=40, output=7), False),
        ("prompt-10-usage-cached-tokens-7", Usage(cached_input=10, output=7), True),
        ("prompt-10-usage-negative-tokens-7", Usage(input=10), True),
        ("prompt-10-usage-total-tokens-7", Usage(input=10, output=7), True),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_usage_is_taken_apart_and_what_is_odd_is_flagged(
    fake: FakeUpstream, script: str, usage: Usage, flagged: bool, stream: bool
) -> None:
    answer = await send(fake, outbound(script, stream, max_tokens=None))
    found = [event async for event in answer.events][-1] if isinstance(answer, Stream) else answer
    assert found.usage == usage
    assert bool(found.flags) is flagged


@pytest.mark.parametrize("kind", ["last", "each"])
async def test_usage_on_chunks_with_text_is_read_too(fake: FakeUpstream, kind: str) -> None:
    answer = await send(fake, outbound(f"tokens-3-usage-{kind}", True))
    assert isinstance(answer, Stream)
    events = [event async for event in answer.events]
    reports = [event for event in events if event.usage is not None]
    assert not any(event.bare for event in events)
    assert reports[-1].usage is not None
    assert reports[-1].usage.completion_tokens == 3
    assert reports[-1] is events[-1]


@pytest.mark.parametrize("stream", [False, True])
async def test_missing_usage_is_missing(fake: FakeUpstream, stream: bool) -> None:
    answer = await send(fake, outbound("tokens-3-usage-none", stream))
    found = [event async for event in answer.events][-1] if isinstance(answer, Stream) else answer
    assert found.usage is None


@given(st.integers(1, 70), st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "-unknown"]))
async def test_stream_is_the_same_wherever_it_is_cut(
    size: int, zh: bool, crlf: bool, comments: bool, more: str
) -> None:
    """One client and one server for each example: hypothesis runs them in one test."""
    script = "tokens-4" + more + ("-zh" if zh else "")
    cut = f"{script}-cut-{size}" + ("-crlf" if crlf else "") + ("-comments" if comments else "")
    async with FakeUpstream() as fake:
        found = []
        for name in (script, cut):
            said = [{"role": "user", "content": f"[[{name}]]"}]
            answer = await send(fake, outbound("tokens-1", True, messages=said))
            assert isinstance(answer, Stream)
            found.append([event async for event in answer.events])
    assert found[0] == found[1]
    assert len(found[0]) == 7
