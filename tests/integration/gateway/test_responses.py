"""The official `openai` client's Responses API against a real server."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseFunctionToolCall

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving

MODEL = "fake/gpt-4o-mini"
TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=serving.url + "/v1", api_key="unused", max_retries=0) as opened:
        yield opened


async def collect(client: AsyncOpenAI, **ask: Any) -> tuple[Response, list[Any]]:
    """Stream an answer; returns the response that the last event has, and all events."""
    stream = await client.responses.create(model=MODEL, stream=True, **ask)
    events: list[Any] = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    return events[-1].response, events


async def test_a_whole_answer_is_priced_and_recorded(client: AsyncOpenAI, serving: Serving) -> None:
    raw = await client.responses.with_raw_response.create(
        model=MODEL,
        input="Hello [[tokens-10-reasoning-4-prompt-1000-cached-400]]",
        instructions="Be brief.",
        metadata={"order": "7"},
    )
    answer = raw.parse()
    assert answer.status == "completed"
    assert answer.output_text.startswith("word0 word1 ")
    assert [item.type for item in answer.output] == ["reasoning", "message"]
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (1000, 14)
    assert answer.usage.input_tokens_details.cached_tokens == 400
    assert answer.usage.output_tokens_details.reasoning_tokens == 4
    assert (answer.instructions, answer.metadata) == ("Be brief.", {"order": "7"})
    request_id = raw.headers["x-fen-request-id"]
    assert answer.id == "resp_" + request_id.removeprefix("req_")
    assert Decimal(raw.headers["x-fen-cost"].split()[0]) > 0
    assert serving.get("/v1/requests/" + request_id)[1]["attempts"][0]["certainty"] == "exact"


async def test_a_stream_says_the_same_as_a_whole_answer(client: AsyncOpenAI) -> None:
    ask = "Hello [[tokens-10-reasoning-4-prompt-1000-cached-400]]"
    whole = await client.responses.create(model=MODEL, input=ask)
    streamed, events = await collect(client, input=ask)
    assert [item.type for item in streamed.output] == ["reasoning", "message"]
    assert streamed.output_text == whole.output_text
    assert streamed.usage == whole.usage
    assert streamed.status == "completed"
    told = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert told == whole.output_text
    kinds = [event.type for event in events]
    assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    figures = (streamed.model_extra or {})["fen"]
    assert Decimal(figures["cost"]) > 0


async def test_the_clients_own_accumulation_agrees(client: AsyncOpenAI) -> None:
    async with client.responses.stream(model=MODEL, input="Hello [[tokens-6-reasoning-2]]") as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_response()
    assert final.output_text == "word0 word1 word2 word3 word4 word5 "


async def test_tools_are_called_and_answered(client: AsyncOpenAI, fake: FakeUpstream) -> None:
    ask: Any = {"input": "What is the weather in Paris?", "tools": [TOOL], "tool_choice": "required"}
    whole = await client.responses.create(model=MODEL, **ask)
    streamed, events = await collect(client, **ask)
    calls: list[ResponseFunctionToolCall] = []
    for answer in (whole, streamed):
        [call] = answer.output
        assert isinstance(call, ResponseFunctionToolCall)
        calls.append(call)
    assert calls[0].name == calls[1].name == "get_weather"
    assert json.loads(calls[0].arguments) == json.loads(calls[1].arguments) == {"city": "Beijing"}
    pieces = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert "".join(pieces) == calls[1].arguments
    assert len(pieces) > 1
    turn: Any = [
        {"role": "user", "content": "What is the weather in Paris?"},
        *[item.model_dump(exclude_none=True) for item in streamed.output],
        {"type": "function_call_output", "call_id": calls[1].call_id, "output": "4 degrees"},
    ]
    await client.responses.create(model=MODEL, input=turn, tools=[TOOL])
    sent = fake.records[-1].json
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool"]
    assert sent["messages"][1]["tool_calls"][0]["id"] == sent["messages"][2]["tool_call_id"]
    assert sent["tools"][0]["function"]["parameters"] == TOOL["parameters"]


async def test_an_answer_that_was_cut_is_incomplete(client: AsyncOpenAI) -> None:
    for answer in (
        await client.responses.create(model=MODEL, input="[[tokens-50]]", max_output_tokens=5),
        (await collect(client, input="[[tokens-50]]", max_output_tokens=5))[0],
    ):
        assert answer.status == "incomplete"
        assert answer.incomplete_details is not None
        assert answer.incomplete_details.reason == "max_output_tokens"
        assert answer.output_text.split() == [f"word{index}" for index in range(5)]


async def test_a_stream_that_breaks_ends_as_failed(client: AsyncOpenAI) -> None:
    failed, _ = await collect(client, input="[[tokens-20-error-5]]")
    assert failed.status == "failed"
    assert failed.error is not None
    assert "asked for an error" in failed.error.message
    assert failed.output_text.split() == [f"word{index}" for index in range(5)]


async def test_what_needs_a_memory_is_refused_by_name(client: AsyncOpenAI, fake: FakeUpstream) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("store", {"store": True}),
        ("previous_response_id", {"previous_response_id": "resp_1"}),
        ("background", {"background": True}),
        ("tools[0].type", {"tools": [{"type": "web_search"}]}),
        ("conversation", {"conversation": "conv_1"}),
        ("input[0].type", {"input": [{"type": "item_reference", "id": "msg_1"}]}),
        ("max_output_tokens", {"max_output_tokens": 0}),
        ("input", {"model": "fake/text-only", "input": "word " * 5000}),
        ("temperature", {"temperature": 9}),
    ]
    for param, given in cases:
        ask: Any = {"model": MODEL, "input": "Hello"} | given
        with pytest.raises(openai.BadRequestError) as caught:
            await client.responses.create(**ask)
        assert (caught.value.param, param in caught.value.message) == (param, True)
    assert not fake.records


@pytest.mark.parametrize("stream", [False, True])
async def test_an_upstreams_refusal_keeps_its_status(client: AsyncOpenAI, stream: bool) -> None:
    # More than Fen waits for by itself (10 s), so it asks once.
    ask: Any = {"model": MODEL, "input": "[[status-429-retry-11]]", "stream": stream}
    with pytest.raises(openai.RateLimitError) as caught:
        await client.responses.create(**ask)
    assert caught.value.response.headers["retry-after"] == "11"


async def test_a_client_that_leaves_stops_the_upstream_and_still_pays(
    client: AsyncOpenAI, fake: FakeUpstream, serving: Serving
) -> None:
    stream = await client.responses.create(model=MODEL, input="[[tokens-50-stall-20]]", stream=True)
    seen = 0
    async for event in stream:
        seen += event.type == "response.output_text.delta"
        if seen == 15:
            break
    await stream.close()
    await fake.until(lambda record: record.closed.is_set())
    rows = await serving.until(lambda: serving.fen("usage"))
    assert rows[0]["output_tokens"] >= 15
