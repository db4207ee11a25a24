"""The official `openai` client against a real server: what it expects, it gets."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionChunk

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving

MODEL = "fake/gpt-4o-mini"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def client(serving: Serving) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=serving.url + "/v1", api_key="unused", max_retries=0) as opened:
        yield opened


def say(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


async def test_a_whole_answer_is_priced_and_recorded(client: AsyncOpenAI, serving: Serving) -> None:
    raw = await client.chat.completions.with_raw_response.create(
        model=MODEL, messages=say("Hello [[tokens-10-prompt-1000-cached-400]]")
    )
    usage = raw.parse().usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (1000, 10)
    assert raw.headers["x-fen-model"] == MODEL
    expected = (600 * Decimal("0.15") + 400 * Decimal("0.075") + 10 * Decimal("0.60")) / 1_000_000
    amount, currency = raw.headers["x-fen-cost"].split()
    assert (Decimal(amount), currency) == (expected, "USD")
    [row] = serving.fen("usage")
    counts = (row["requests"], row["input_tokens"], row["cached_tokens"], row["output_tokens"])
    assert counts == (1, 600, 400, 10)
    assert Decimal(row["cost"]) == expected
    status, told = serving.get("/v1/requests/" + raw.headers["x-fen-request-id"])
    assert status == 200
    assert told["attempts"][0]["certainty"] == "exact"


async def test_a_stream_hides_the_usage_chunk_unless_asked(client: AsyncOpenAI, fake: FakeUpstream) -> None:
    text = "Hello [[tokens-12]]"
    chunks = [
        c async for c in await client.chat.completions.create(model=MODEL, messages=say(text), stream=True)
    ]
    assert all(chunk.choices for chunk in chunks)
    assert fake.records[0].json["stream_options"] == {"include_usage": True}
    asked = await client.chat.completions.create(
        model=MODEL, messages=say(text), stream=True, stream_options={"include_usage": True}
    )
    told = [chunk async for chunk in asked]
    assert _text(told) == _text(chunks) != ""
    assert not told[-1].choices
    assert told[-1].usage is not None
    assert told[-1].usage.completion_tokens == 12
    extra = told[-1].model_extra or {}
    assert extra["fen"]["certainty"] == "exact"
    assert Decimal(extra["fen"]["cost"]) > 0


def _text(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


async def test_headers_of_a_stream_tell_the_most_it_can_cost(client: AsyncOpenAI) -> None:
    raw = await client.chat.completions.with_raw_response.create(
        model=MODEL, messages=say("Hello"), stream=True, max_tokens=100
    )
    amount, currency = raw.headers["x-fen-cost-max"].split()
    assert currency == "USD"
    assert Decimal(amount) >= 100 * Decimal("0.60") / 1_000_000
    assert "x-fen-cost" not in raw.headers
    await raw.http_response.aclose()


async def test_the_synchronous_client(serving: Serving) -> None:
    await asyncio.to_thread(_ask_synchronously, serving)


def _ask_synchronously(serving: Serving) -> None:
    with OpenAI(base_url=serving.url + "/v1", api_key="unused", max_retries=0) as client:
        whole = client.chat.completions.create(model=MODEL, messages=say("Hello"))
        with client.chat.completions.create(model=MODEL, messages=say("Hello"), stream=True) as stream:
            assert _text(list(stream)) == whole.choices[0].message.content


async def test_tools_are_called(client: AsyncOpenAI) -> None:
    tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    ask = {"model": MODEL, "messages": say("What is the weather in Paris? Use the tool."), "tools": [tool]}
    answer = await client.chat.completions.create(**ask, tool_choice="required")
    assert answer.choices[0].finish_reason == "tool_calls"
    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather"
    json.loads(call.function.arguments)
    arguments = ""
    async for chunk in await client.chat.completions.create(**ask, tool_choice="required", stream=True):
        for choice in chunk.choices:
            for part in choice.delta.tool_calls or []:
                arguments += part.function.arguments or "" if part.function else ""
    assert json.loads(arguments) == json.loads(call.function.arguments)


async def test_an_image_goes_through_untouched(client: AsyncOpenAI, fake: FakeUpstream) -> None:
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    messages: list[Any] = [{"role": "user", "content": content}]
    await client.chat.completions.create(model=MODEL, messages=messages)
    assert fake.records[-1].json["messages"] == messages
    with pytest.raises(openai.BadRequestError, match="expected what fake/text-only can do"):
        await client.chat.completions.create(model="fake/text-only", messages=messages)
    assert len(fake.records) == 1


async def test_embeddings(client: AsyncOpenAI, serving: Serving) -> None:
    answer = await client.embeddings.create(model=MODEL, input=["one", "two"], encoding_format="float")
    assert len(answer.data) == 2
    [row] = serving.fen("usage")
    assert row["input_tokens"] == answer.usage.prompt_tokens
    assert row["output_tokens"] == 0


async def test_errors_are_the_clients_own_classes(client: AsyncOpenAI, serving: Serving) -> None:
    cases = [
        (openai.NotFoundError, {"model": "no/such"}),
        (openai.BadRequestError, {"model": MODEL, "temperature": 9}),
        (openai.BadRequestError, {"model": MODEL, "max_tokens": 20_000, "n": 2}),
        (openai.RateLimitError, {"model": "fake/unpriced", "messages": say("[[status-429-retry-70]]")}),
        (openai.InternalServerError, {"model": MODEL, "messages": say("[[status-500]]")}),
        (openai.BadRequestError, {"model": MODEL, "messages": say("[[status-400]]")}),
        (openai.InternalServerError, {"model": MODEL, "messages": say("[[status-401]]")}),
        (openai.InternalServerError, {"model": MODEL, "messages": say("[[silent]]")}),
    ]
    for kind, given in cases:
        with pytest.raises(kind) as caught:
            await client.chat.completions.create(**({"messages": say("Hello")} | given))
        assert caught.value.body["message"]
        if kind is openai.RateLimitError:
            assert caught.value.response.headers["retry-after"] == "70"
    assert "Traceback" not in serving.log
    assert all(Decimal(row["cost"] or 0) == 0 for row in serving.fen("usage"))


async def test_an_error_within_a_stream_reaches_the_client(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIError, match="asked for an error"):
        async for _ in await client.chat.completions.create(
            model=MODEL, messages=say("[[tokens-20-error-5]]"), stream=True
        ):
            pass


async def test_many_choices_and_unknown_members_survive(client: AsyncOpenAI, fake: FakeUpstream) -> None:
    answer = await client.chat.completions.create(
        model=MODEL, messages=say("[[unknown-tokens-4]]"), n=2, extra_body={"x_vendor": {"deep": [1.5, None]}}
    )
    assert len(answer.choices) == 2
    assert fake.records[-1].json["x_vendor"] == {"deep": [1.5, None]}
    assert answer.model_extra
    assert answer.choices[0].message.model_extra


async def test_a_client_that_leaves_stops_the_upstream_and_still_pays(
    client: AsyncOpenAI, fake: FakeUpstream, serving: Serving
) -> None:
    stream = await client.chat.completions.create(
        model=MODEL, messages=say("[[tokens-50-stall-20]]"), stream=True
    )
    seen = 0
    async for chunk in stream:
        seen += bool(chunk.choices and chunk.choices[0].delta.content)
        if seen == 15:
            break
    await stream.close()
    [record] = await fake.until(lambda record: record.closed.is_set())
    assert not record.finished.is_set()
    rows = await serving.until(lambda: serving.fen("usage"))
    assert rows[0]["output_tokens"] >= 15
    assert Decimal(rows[0]["cost"]) > 0


async def test_a_client_that_leaves_before_a_whole_answer_stops_the_upstream(
    client: AsyncOpenAI, fake: FakeUpstream, serving: Serving
) -> None:
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=0.5).chat.completions.create(model=MODEL, messages=say("[[hang]]"))
    await fake.until(lambda record: record.closed.is_set())
    rows = await serving.until(lambda: serving.fen("usage"))
    assert rows[0]["output_tokens"] == 0


async def test_models_are_listed_and_described(client: AsyncOpenAI) -> None:
    listed = {model.id: model async for model in await client.models.list()}
    assert {MODEL, "fake/text-only", "fen/smollm2-135m"} <= set(listed)
    card = await client.models.retrieve(MODEL)
    window = (card.model_extra or {})["context_window"]
    assert window["value"] == 128000
    assert window["source"]
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("no/such")
