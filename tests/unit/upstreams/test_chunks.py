"""A whole answer is put together out of chunks as OpenAI's would be."""

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.upstreams._chunks import gather, report_once
from fen.wire.answer import Event, Stream
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage
from tests.fakes.answers import Ask, chunks, whole
from tests.fakes.script import Script

FUNCTION = {
    "name": "weather",
    "parameters": {"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
}


def ask(
    choices: int = 1, logprobs: bool = False, tool: dict[str, Any] | None = None, stream: bool = True
) -> Ask:
    return Ask("m", "", stream, True, None, choices, logprobs, tool, 5)


def streamed(question: Ask, script: Script) -> Stream:
    async def events() -> AsyncGenerator[Event, None]:
        for data, tokens in chunks(question, script):
            tree = msgspec.json.decode(data)
            found = tree.get("usage")
            usage = read_openai_usage(msgspec.convert(found, OpenAIUsage)).usage if found else None
            yield Event(data, produced=tokens, usage=usage, bare=not tree["choices"])

    return Stream(events())


@pytest.mark.parametrize("tool", [None, FUNCTION])
@pytest.mark.parametrize(("choices", "logprobs"), [(1, False), (1, True), (3, False), (2, True)])
async def test_chunks_add_up_to_the_whole_answer(tool: Any, choices: int, logprobs: bool) -> None:
    question = ask(choices, logprobs and tool is None, tool)
    script = Script(tokens=5, reasoning=2, zh=True, cached=2)
    got = await gather(streamed(question, script))
    expected = msgspec.json.decode(msgspec.json.encode(whole(question, script)))
    found = msgspec.json.decode(got.body)
    for choice in expected["choices"]:
        choice["message"].pop("refusal")
    assert found == expected
    assert got.usage is not None
    assert got.usage.completion_tokens == expected["usage"]["completion_tokens"]
    assert got.produced > 0


async def test_members_that_nobody_knows_are_kept() -> None:
    got = await gather(streamed(ask(), Script(tokens=2, unknown=True)))
    answer = msgspec.json.decode(got.body)
    [choice] = answer["choices"]
    assert all("x_unknown" in node for node in (answer, choice, choice["message"], answer["usage"]))


async def test_stream_without_usage_leaves_it_unknown() -> None:
    got = await gather(streamed(ask(), Script(tokens=2, usage="none")))
    assert got.usage is None
    assert "usage" not in msgspec.json.decode(got.body)


async def test_stream_that_breaks_is_no_answer() -> None:
    async def events() -> AsyncGenerator[Event, None]:
        yield Event(b'{"choices":[{"index":0,"delta":{"content":"a"}}]}')
        raise UpstreamFailed("broke")

    with pytest.raises(UpstreamFailed, match="broke"):
        await gather(Stream(events()))


def report(index: int, written: int) -> list[Event]:
    usage = {"prompt_tokens": 10, "completion_tokens": written, "total_tokens": 10 + written}
    text = {"choices": [{"index": index, "delta": {"content": "a"}}]}
    return [
        Event(msgspec.json.encode(text), produced=1),
        Event(
            msgspec.json.encode({"id": "x", "choices": [], "usage": usage}),
            usage=Usage(input=10, output=written),
            bare=True,
        ),
    ]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5))
async def test_reports_of_several_choices_become_one(counts: list[int]) -> None:
    async def events() -> AsyncGenerator[Event, None]:
        for index, count in enumerate(counts):
            for event in report(index, count):
                yield event

    *texts, last = [event async for event in report_once(Stream(events())).events]
    assert [event.usage for event in texts] == [None] * len(counts)
    assert last.usage == Usage(input=10, output=sum(counts))
    said = msgspec.json.decode(last.data)["usage"]
    assert said == {"prompt_tokens": 10, "completion_tokens": sum(counts), "total_tokens": 10 + sum(counts)}


async def test_closing_reaches_the_stream_below() -> None:
    ended: list[str] = []

    async def events() -> AsyncGenerator[Event, None]:
        try:
            for index in range(9):
                yield report(index, 1)[0]
        finally:
            ended.append("closed")

    merged = report_once(Stream(events())).events
    await anext(merged)
    await merged.aclose()
    assert ended == ["closed"]
