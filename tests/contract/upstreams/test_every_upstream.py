"""What holds for every kind of upstream, the embedded model with its real weights among them."""

import asyncio
import json
from contextlib import aclosing

import msgspec
import pytest

from fen.wire.answer import Chunk, Event
from fen.wire.errors import UpstreamRejected
from tests.contract.upstreams.conftest import Kind


def text_of(events: list[Event]) -> str:
    chunks = [msgspec.json.decode(event.data, type=Chunk) for event in events]
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices or ()]
    return "".join(str(delta.content or "") for delta in deltas if delta is not None)


async def test_whole_answer_is_openais_and_has_usage(kind: Kind) -> None:
    answer = await kind.whole()
    tree = json.loads(answer.body)
    [choice] = tree["choices"]
    assert tree["object"] == "chat.completion"
    assert choice["message"]["role"] == "assistant"
    assert choice["finish_reason"] in ("stop", "length")
    assert answer.usage is not None
    assert 0 < answer.usage.completion_tokens <= 12
    assert answer.usage.prompt_tokens > 0
    assert answer.flags == ()
    assert answer.produced == len(choice["message"]["content"].encode()) > 0


async def test_stream_has_text_a_finish_and_usage_once(kind: Kind) -> None:
    events = await kind.events()
    reported = [event for event in events if event.usage is not None]
    assert reported == events[-1:]
    assert reported[0].bare
    assert [event.finish for event in events if event.finish] in (["stop"], ["length"])
    assert sum(event.produced for event in events) == len(text_of(events).encode()) > 0


async def test_whole_and_streamed_answers_are_the_same(kind: Kind) -> None:
    answer = await kind.whole()
    events = await kind.events()
    assert text_of(events) == json.loads(answer.body)["choices"][0]["message"]["content"]
    assert answer.usage is not None
    assert events[-1].usage is not None
    assert answer.usage.completion_tokens == events[-1].usage.completion_tokens
    assert answer.usage.prompt_tokens == events[-1].usage.prompt_tokens


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_output_limit_is_kept_under_both_names(kind: Kind, name: str) -> None:
    answer = await kind.whole(**{"max_tokens": None, name: 3})
    assert json.loads(answer.body)["choices"][0]["finish_reason"] == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


async def test_another_name_for_the_limit_does_not_pass_it(kind: Kind) -> None:
    try:
        answer = await kind.whole(max_tokens=3, n_predict=50)
    except UpstreamRejected as refused:
        assert (refused.status, refused.param) == (400, "n_predict")  # noqa: PT017 (to refuse it is as good)
        return
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


@pytest.mark.parametrize("stream", [False, True])
async def test_usage_counts_every_choice(kind: Kind, stream: bool) -> None:
    if stream:
        usage = (await kind.events(n=2, max_tokens=3))[-1].usage
    else:
        answer = await kind.whole(n=2, max_tokens=3)
        usage = answer.usage
        assert [choice["index"] for choice in json.loads(answer.body)["choices"]] == [0, 1]
    assert usage is not None
    assert usage.completion_tokens == 6


async def test_log_probabilities_come_with_each_token(kind: Kind) -> None:
    answer = await kind.whole(logprobs=True, top_logprobs=2, max_tokens=3)
    content = json.loads(answer.body)["choices"][0]["logprobs"]["content"]
    assert len(content) == 3
    assert all(token["logprob"] <= 0 for token in content)


async def test_embeddings_are_vectors_with_usage(kind: Kind) -> None:
    answer = await kind.whole(path="openai.embeddings", input=["a ship", "a harbour"])
    vectors = [entry["embedding"] for entry in json.loads(answer.body)["data"]]
    assert len(vectors) == 2
    assert vectors[0] != vectors[1]
    assert answer.usage is not None
    assert answer.usage.prompt_tokens >= 2
    assert answer.usage.completion_tokens == 0
    assert answer.flags == ()


async def test_calls_run_side_by_side(kind: Kind) -> None:
    answers = await asyncio.gather(*(kind.whole() for _ in range(4)), *(kind.events() for _ in range(4)))
    assert len(answers) == 8


async def test_stream_that_is_closed_early_leaves_the_upstream_usable(kind: Kind) -> None:
    stream = await kind.stream("tokens-9000-gap-10ms", max_tokens=900)
    async with aclosing(stream.events) as events:
        async for event in events:
            if event.produced:
                break
    assert (await kind.whole()).usage is not None


async def test_call_that_is_cancelled_leaves_the_upstream_usable(kind: Kind) -> None:
    await kind.whole()
    call = asyncio.create_task(kind.whole("tokens-9000-gap-10ms", max_tokens=900))
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await kind.whole()).usage is not None


async def test_request_that_cannot_be_served_is_rejected_with_a_status(kind: Kind) -> None:
    long = [{"role": "user", "content": "one two three " * 2000}]
    script = "status-400" if kind.scripted else "tokens-1"
    for send in (kind.whole, kind.stream):
        with pytest.raises(UpstreamRejected) as caught:
            await send(script, messages=long)
        assert caught.value.status == 400
        assert caught.value.message
