"""Vendors with a wire format of their own: the real clients of Cohere and AWS, under any-llm, at fakes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fen.upstreams import AnyLLMUpstream, find_library
from fen.wire.answer import Event, Stream
from fen.wire.errors import UpstreamFailed, UpstreamRejected, UpstreamTimeout
from fen.wire.ports import Deadlines
from fen.wire.usage import Usage
from tests.contract.upstreams.conftest import NEEDS_EXTRA, Kind, outbound
from tests.fakes.bedrock import FakeBedrock
from tests.fakes.cohere import FakeCohere
from tests.fakes.upstream import FakeUpstream

pytestmark = NEEDS_EXTRA

WITHIN = 0.2
"""Seconds after which a connection that nobody needs must be gone; a thread may have to be woken for it."""

WORDS = "".join(f"word{number} " for number in range(4))
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


class Vendor(Kind):
    """A vendor's upstream and its fake."""

    def __init__(self, name: str, fake: FakeUpstream, key: str = "secret") -> None:
        options: dict[str, str] = {}
        token: str | None = key
        if name == "bedrock":  # AWS' client sends a token over TLS alone, and signs with a pair of keys else
            options = {"region_name": "eu-west-1", "aws_access_key_id": key, "aws_secret_access_key": "s"}
            token = None
        super().__init__(AnyLLMUpstream(find_library(name), fake.base_url, token, options), True)
        self.name = name
        self.fake = fake


@pytest.fixture
async def cohere() -> AsyncIterator[Vendor]:
    async with FakeCohere(key="secret") as fake:
        vendor = Vendor("cohere", fake)
        yield vendor
        await vendor.upstream.close()


@pytest.fixture
async def bedrock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with FakeBedrock(key="secret") as fake:
        vendor = Vendor("bedrock", fake)
        yield vendor
        await vendor.upstream.close()


@pytest.fixture(params=["cohere", "bedrock"])
def vendor(request: pytest.FixtureRequest, cohere: Vendor, bedrock: Vendor) -> Vendor:
    return {"cohere": cohere, "bedrock": bedrock}[request.param]


def call(vendor: Vendor, script: str, stream: bool, deadlines: Deadlines | None = None, **members: Any):
    """Bedrock has no seed."""
    return vendor.upstream.send(outbound(script, stream, deadlines=deadlines, **{"seed": None, **members}))


async def read(
    vendor: Vendor, script: str, deadlines: Deadlines | None = None, **members: Any
) -> list[Event]:
    answer = await call(vendor, script, True, deadlines, **members)
    assert isinstance(answer, Stream)
    return [event async for event in answer.events]


def deltas(events: list[Event]) -> list[dict[str, Any]]:
    return [choice["delta"] for event in events for choice in json.loads(event.data)["choices"]]


async def test_whole_answer_is_openais(vendor: Vendor) -> None:
    answer = await vendor.whole("tokens-4-prompt-9", seed=None)
    tree = json.loads(answer.body)
    assert tree["choices"][0]["message"]["content"] == WORDS
    assert tree["choices"][0]["finish_reason"] == "stop"
    assert tree["created"] > 0
    assert (answer.usage, answer.flags, answer.produced) == (Usage(9, output=4), (), len(WORDS))


async def test_stream_has_one_id_one_finish_and_usage_last(vendor: Vendor) -> None:
    events = await read(vendor, "tokens-4-prompt-9")
    assert "".join(delta.get("content", "") for delta in deltas(events)) == WORDS
    assert [event.finish for event in events] == [None] * (len(events) - 2) + ["stop", None]
    assert (events[-1].usage, events[-1].bare) == (Usage(9, output=4), True)
    assert len({json.loads(event.data)["id"] for event in events}) == 1


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_limit_is_kept_under_both_names(vendor: Vendor, name: str) -> None:
    events = await read(vendor, "tokens-9", **{"max_tokens": None, name: 3})
    assert [event.finish for event in events if event.finish] == ["length"]
    assert events[-1].usage is not None
    assert events[-1].usage.completion_tokens == 3


async def test_members_arrive_under_the_vendors_names(cohere: Vendor) -> None:
    await cohere.whole("tokens-1", top_p=0.5, stop="x", n=1, tool_choice="auto", parallel_tool_calls=True)
    sent = cohere.fake.records[0].json
    assert (sent["p"], sent["stop_sequences"], sent["seed"], sent["temperature"]) == (0.5, ["x"], 1, 0)
    assert sent["model"] == "fake/tokens-1"


@pytest.mark.parametrize("member", [{"n": 2}, {"logit_bias": {"1": 1}}, {"user": "u"}, {"x_unknown": 1}])
async def test_member_that_would_not_arrive_is_refused_by_name(
    vendor: Vendor, member: dict[str, Any]
) -> None:
    [name] = member
    for stream in (False, True):
        with pytest.raises(UpstreamRejected, match=f"found {name}.*expected") as caught:
            await call(vendor, "tokens-1", stream, **member)
        assert (caught.value.status, caught.value.param) == (400, name)
        assert caught.value.code == "unsupported_parameter"
    assert vendor.fake.records == []


async def test_what_the_vendor_cannot_do_is_refused_before_it_is_sent(cohere: Vendor) -> None:
    choice = {"type": "function", "function": {"name": "weather"}}
    with pytest.raises(UpstreamRejected, match="tool_choice") as caught:
        await cohere.whole("tokens-1", tools=[WEATHER], tool_choice=choice)
    assert caught.value.status == 400
    assert cohere.fake.records == []


async def test_several_calls_of_tools_have_one_finish(cohere: Vendor) -> None:
    events = await read(cohere, "tokens-1", tools=[WEATHER], tool_choice="required")
    assert [event.finish for event in events if event.finish] == ["tool_calls"]
    calls = [delta["tool_calls"][0] for delta in deltas(events) if delta]
    assert [call["id"] for call in calls if "id" in call] == ["call_0", "call_1"]
    for index in (0, 1):
        pieces = [call["function"]["arguments"] for call in calls if call["index"] == index]
        assert json.loads("".join(pieces)) == {"city": "Beijing"}


async def test_reasoning_and_the_cache_are_told(cohere: Vendor) -> None:
    script = "reasoning-2-tokens-4-prompt-9-cached-5"
    answer = await cohere.whole(script)
    assert json.loads(answer.body)["choices"][0]["message"]["reasoning"] == "think0 think1 "
    assert answer.usage == Usage(4, cached_input=5, output=6)
    assert sum(event.produced for event in await read(cohere, script)) == answer.produced


async def test_embeddings_have_usage(cohere: Vendor) -> None:
    answer = await cohere.whole("tokens-1", path="openai.embeddings", input=["a ship", "sea"])
    assert len(json.loads(answer.body)["data"]) == 2
    assert (answer.usage, answer.flags) == (Usage(3), ())


@pytest.mark.parametrize("stream", [False, True])
async def test_rate_limit_brings_its_wait(vendor: Vendor, stream: bool) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await call(vendor, "status-429-retry-7", stream)
    assert (caught.value.status, caught.value.message) == (429, "the script asked for 429")
    assert caught.value.headers == (("retry-after", "7"),)
    assert len(vendor.fake.records) == 1, "the vendor's client must not retry by itself"


@pytest.mark.parametrize("stream", [False, True])
async def test_refused_request_is_the_clients_own(vendor: Vendor, stream: bool) -> None:
    with pytest.raises(UpstreamRejected, match="the script asked for 400") as caught:
        await call(vendor, "status-400", stream)
    assert caught.value.status == 400


@pytest.mark.parametrize("name", ["cohere", "bedrock"])
async def test_wrong_key_is_fens_own(name: str, cohere: Vendor, bedrock: Vendor) -> None:
    fake = {"cohere": cohere, "bedrock": bedrock}[name].fake
    wrong = Vendor(name, fake, "wrong")
    with pytest.raises(UpstreamFailed) as caught:
        await call(wrong, "tokens-1", True)
    await wrong.upstream.close()
    assert (caught.value.status, caught.value.code) == (502, "upstream_refused_key")


@pytest.mark.parametrize("status", [500, 503])
async def test_upstreams_own_trouble_is_a_bad_gateway(vendor: Vendor, status: int) -> None:
    with pytest.raises(UpstreamFailed, match=str(status)) as caught:
        await call(vendor, f"status-{status}", True)
    assert not isinstance(caught.value, UpstreamRejected)
    assert caught.value.status == 502
    assert len(vendor.fake.records) == 1


@pytest.mark.parametrize("script", ["reset-2", "drop-2", "error-2"])
async def test_stream_that_breaks_fails_after_what_came(vendor: Vendor, script: str) -> None:
    got: list[Event] = []

    async def collect() -> None:
        answer = await call(vendor, f"tokens-9-{script}", True)
        assert isinstance(answer, Stream)
        async for event in answer.events:
            got.append(event)  # noqa: PERF401 (what came before the error is looked at)

    with pytest.raises(UpstreamFailed) as caught:
        await collect()
    assert (caught.value.status, caught.value.reached) == (502, True)
    assert sum(bool(event.produced) for event in got) == 2


@pytest.mark.parametrize("script", ["malformed-0", "error-0", "silent"])
async def test_whole_answer_that_is_none_fails(cohere: Vendor, script: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        await cohere.whole(script)
    assert (caught.value.status, caught.value.reached) == (502, True)


async def test_nobody_listens() -> None:
    async with FakeCohere() as gone:
        upstream = AnyLLMUpstream(find_library("cohere"), gone.base_url, "k")
    with pytest.raises(UpstreamFailed, match="no connection") as caught:
        await upstream.send(outbound("tokens-1", False))
    await upstream.close()
    assert caught.value.reached is False


@pytest.mark.parametrize(
    ("script", "deadlines", "what"),
    [
        ("hang", Deadlines(first=0.2), "first content"),
        ("tokens-9-stall-1", Deadlines(first=5, between=0.2), "next bytes"),
        ("tokens-9-stall-1", Deadlines(first=5, total=0.5), "whole answer"),
    ],
)
async def test_deadlines_are_kept(vendor: Vendor, script: str, deadlines: Deadlines, what: str) -> None:
    with pytest.raises(UpstreamTimeout, match=what):
        await read(vendor, script, deadlines)
    [record] = vendor.fake.records
    if script != "hang" or vendor.name == "cohere":  # AWS' client gives no handle on a call without headers
        await asyncio.wait_for(record.closed.wait(), 5)


@pytest.mark.parametrize("read_first", [False, True])
async def test_stream_that_is_closed_closes_the_vendors(vendor: Vendor, read_first: bool) -> None:
    stream = await call(vendor, "tokens-9-stall-2", True)
    assert isinstance(stream, Stream)
    if read_first:
        await anext(stream.events)
    [record] = await vendor.fake.until(lambda record: record.stalled.is_set())
    since = asyncio.get_running_loop().time()
    await stream.events.aclose()
    await asyncio.wait_for(record.closed.wait(), 5)
    assert record.closed_at is not None
    assert record.closed_at - since < WITHIN
    assert not record.hung_up


async def test_reader_that_is_cancelled_closes_the_vendors_stream(vendor: Vendor) -> None:
    reader = asyncio.create_task(read(vendor, "tokens-9-stall-2"))
    [record] = await vendor.fake.until(lambda record: record.stalled.is_set())
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.wait_for(record.closed.wait(), 5)
    assert not record.finished.is_set()


async def test_whole_call_that_is_cancelled_closes_its_connection(cohere: Vendor) -> None:
    task = asyncio.create_task(cohere.whole("hang"))
    [record] = await cohere.fake.until(lambda _: True)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(record.closed.wait(), 5)


async def test_client_that_blocks_holds_up_nobody(bedrock: Vendor) -> None:
    """While one stream waits for the vendor, others are served, by the same loop."""
    waiting = asyncio.ensure_future(read(bedrock, "tokens-9-stall-1"))
    await bedrock.fake.until(lambda record: record.stalled.is_set())
    await asyncio.gather(*(bedrock.whole("tokens-4", seed=None) for _ in range(4)))
    assert not waiting.done()
    bedrock.fake.release()
    assert sum(bool(event.produced) for event in await waiting) == 9


def test_provider_that_any_llm_does_not_know_says_so() -> None:
    with pytest.raises(ValueError, match=r"found that any-llm cannot open nobody"):
        AnyLLMUpstream(find_library("nobody"), None, "k")


def test_vertex_without_a_project_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    with pytest.raises(ValueError, match=r"found that any-llm cannot open vertexai: "):
        AnyLLMUpstream(find_library("vertexai"), None, "nowhere.json")
