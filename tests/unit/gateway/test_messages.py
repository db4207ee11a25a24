"""A client and an upstream of either wire format: passed through where they agree, translated where not."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fen.gateway import Caller, Reply
from fen.gateway.call import Handling
from fen.wire.answer import Event, Whole
from fen.wire.anthropic import read_finish
from fen.wire.errors import ContextLengthExceeded, Unsupported, UpstreamFailed
from fen.wire.money import Money
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk, Step, finish, read, report, text
from tests.fakes.troupe import Player, make_troupe

pytestmark = pytest.mark.asyncio(loop_scope="session")

USAGE = Usage(input=10, cached_input=20, output=5)
TOLD = {"input_tokens": 10, "cache_read_input_tokens": 20, "output_tokens": 5}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "its-own-name",
    "content": [{"type": "text", "text": "Very deep."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": TOLD,
    "x_unknown": 1.5,
}
COMPLETION = {
    "id": "chat_1",
    "object": "chat.completion",
    "model": "its-own-name",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Very deep."}, "finish_reason": "stop"}
    ],
    "usage": {
        "prompt_tokens": 30,
        "completion_tokens": 5,
        "total_tokens": 35,
        "prompt_tokens_details": {"cached_tokens": 20},
    },
}
CHUNKS: list[Step] = [text("Very ", id="c"), text("deep.", id="c"), finish(), report(USAGE)]


def event(tree: dict[str, Any], produced: int = 0, **read: Any) -> Event:
    return Event(msgspec.json.encode(tree), produced, **read)


def said(words: str) -> Event:
    delta = {"type": "text_delta", "text": words}
    return event({"type": "content_block_delta", "index": 0, "delta": delta}, len(words))


ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": TOLD}
EVENTS: list[Step] = [
    event({"type": "message_start", "message": MESSAGE | {"content": [], "stop_reason": None}}),
    event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    said("Very "),
    said("deep."),
    event({"type": "content_block_stop", "index": 0}),
    event(ENDED, usage=USAGE, finish=read_finish("end_turn")),
    event({"type": "message_stop"}),
]


def whole(tree: dict[str, Any]) -> Whole:
    return Whole(msgspec.json.encode(tree), USAGE, (), 10)


async def ask(desk: Desk, **members: Any) -> Reply:
    """Ask as a client of Anthropic's does."""
    body = {
        "model": "puppet/model",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "How deep is the sea?"}],
    }
    request = parse_request("anthropic.messages", msgspec.json.encode(body | members))
    caller = Caller(inside=True, headers=(("anthropic-version", "2026-10-21"),))
    return await desk.pipeline.answer(request, caller)


async def read_events(reply: Reply) -> list[dict[str, Any]]:
    """Read a stream of Anthropic's to its end; each event's name is its type."""
    assert reply.rest is not None
    blocks = (reply.body + b"".join([piece async for piece in reply.rest])).split(b"\n\n")
    found: list[dict[str, Any]] = []
    for block in filter(None, blocks):
        name, data = block.split(b"\n")
        found.append(msgspec.json.decode(data.removeprefix(b"data: ")))
        assert name.decode() == f"event: {found[-1]['type']}"
    return found


async def check_entry(desk: Desk) -> None:
    [entry] = await desk.entries()
    assert entry.settlement is not None
    assert (entry.settlement.usage, entry.settlement.certainty) == (USAGE, "exact")
    assert len(desk.watcher.records) == 1


async def test_messages_pass_through_to_an_upstream_that_speaks_them(books: Books) -> None:
    player = Player(whole(MESSAGE), speech="anthropic")
    desk = make_troupe(books, {"puppet": player})
    thinking = [{"type": "thinking", "thinking": "hm", "signature": "s"}]
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": thinking},
        {"role": "user", "content": "b"},
    ]
    reply = await ask(desk, messages=turns, x_unknown=1.5)
    assert msgspec.json.decode(reply.body) == MESSAGE
    assert player.body()["messages"] == turns
    assert player.body()["x_unknown"] == 1.5
    assert player.asked[0].headers == (("anthropic-version", "2026-10-21"),)
    assert "x-fen-cost" in dict(reply.headers)
    await check_entry(desk)


async def test_stream_of_messages_passes_through_with_the_figures_at_its_end(books: Books) -> None:
    desk = make_troupe(books, {"puppet": Player(EVENTS, speech="anthropic")})
    got = await read_events(await ask(desk, stream=True))
    figures = got[-2].pop("fen")
    sent = [msgspec.json.decode(step.data) for step in EVENTS if isinstance(step, Event)]
    assert got == sent
    assert (figures["attempts"], figures["certainty"], figures["currency"]) == (1, "exact", "USD")
    await check_entry(desk)


async def test_messages_are_answered_by_an_upstream_that_speaks_openais_format(books: Books) -> None:
    player = Player(whole(COMPLETION))
    desk = make_troupe(books, {"puppet": player})
    reply = await ask(desk, system="Be short.", stop_sequences=["END"])
    answer = msgspec.json.decode(reply.body)
    assert (answer["type"], answer["content"]) == ("message", [{"type": "text", "text": "Very deep."}])
    assert answer["usage"]["input_tokens"] == 10
    body = player.body()
    assert [turn["role"] for turn in body["messages"]] == ["system", "user"]
    assert (body["stop"], body["max_tokens"]) == (["END"], 64)
    assert player.asked[0].headers == ()  # they are for Anthropic
    await check_entry(desk)


async def test_stream_of_chunks_reaches_anthropics_client_as_events(books: Books) -> None:
    desk = make_troupe(books, {"puppet": Player(CHUNKS)})
    got = await read_events(await ask(desk, stream=True))
    texts = [event["delta"]["text"] for event in got if event["type"] == "content_block_delta"]
    assert "".join(texts) == "Very deep."
    assert got[-1]["type"] == "message_stop"
    assert got[-2]["type"] == "message_delta"
    assert got[-2]["usage"]["output_tokens"] == 5
    assert got[-2]["fen"]["segments"] == 1
    await check_entry(desk)


async def test_chat_is_answered_by_an_upstream_that_speaks_anthropics_format(books: Books) -> None:
    player = Player(whole(MESSAGE), speech="anthropic")
    desk = make_troupe(books, {"puppet": player})
    reply = await desk.ask(
        messages=[{"role": "system", "content": "Be short."}, {"role": "user", "content": "a"}]
    )
    answer = msgspec.json.decode(reply.body)
    assert answer["choices"][0]["message"]["content"] == "Very deep."
    assert answer["usage"]["prompt_tokens"] == 30
    assert player.body()["max_tokens"] == 100  # the model's, for the client set none
    assert player.body()["system"] == "Be short."
    await check_entry(desk)


async def test_stream_of_events_reaches_openais_client_as_chunks(books: Books) -> None:
    desk = make_troupe(books, {"puppet": Player(EVENTS, speech="anthropic")})
    got = await read(await desk.ask(stream=True, stream_options={"include_usage": True}))
    choices = [chunk["choices"][0] for chunk in got[:-2]]
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == "Very deep."
    assert choices[-1]["finish_reason"] == "stop"
    assert got[-2]["usage"]["total_tokens"] == 35
    assert got[-2]["fen"]["certainty"] == "exact"
    assert got[-1] == "[DONE]"
    await check_entry(desk)


async def test_what_has_no_counterpart_is_refused_before_it_is_held(books: Books) -> None:
    desk = make_troupe(books, {"puppet": Player(whole(COMPLETION))})
    with pytest.raises(Unsupported, match="top_k"):
        await ask(desk, top_k=3)
    other = make_troupe(books, {"puppet": Player(whole(MESSAGE), speech="anthropic")})
    with pytest.raises(Unsupported, match="seed"):
        await other.ask(seed=3)
    with pytest.raises(Unsupported, match="embeddings"):
        await other.ask({"model": "puppet/model", "input": "a"}, "openai.embeddings")
    assert await desk.entries() == await other.entries() == []


SERVER_TOOL = {"type": "server_tool_use", "id": "t", "name": "web_search", "input": {}}
CUSTOM_CALL = {"id": "t", "type": "custom", "custom": {"name": "f", "input": "x"}}


@pytest.mark.parametrize(
    ("body", "speech", "words"),
    [
        (MESSAGE | {"content": [SERVER_TOOL]}, "anthropic", r"content\[0\].type: found \"server_tool_use\""),
        (
            COMPLETION | {"choices": [{"index": 0, "message": {"tool_calls": [CUSTOM_CALL]}}]},
            "openai",
            r"tool_calls\[0\]",
        ),
    ],
)
async def test_an_answer_that_cannot_be_translated_costs_the_key_nothing(
    books: Books, body: dict[str, Any], speech: Any, words: str
) -> None:
    """The vendor bills it, and would bill it again; and its upstream works."""
    player = Player(whole(body), speech=speech)
    desk = make_troupe(books, {"puppet": player})
    with pytest.raises(UpstreamFailed, match=words) as refused:
        await (desk.ask() if speech == "anthropic" else ask(desk))
    assert (refused.value.status, refused.value.code) == (502, "untranslatable")
    settlement = (await desk.entry()).settlement
    assert settlement is not None
    assert (settlement.usage, settlement.status, settlement.reason) == (USAGE, 502, "untranslatable")
    assert settlement.flags == ("no_answer",)
    assert settlement.cost is not None
    assert settlement.cost.amount > 0
    assert settlement.charge == Money(Decimal(0), "USD")
    assert len(player.asked) == len(desk.watcher.records) == 1
    assert [view.state for view in desk.parts.breakers.snapshot()] == ["closed"]


async def test_a_stream_that_cannot_be_translated_costs_the_key_nothing(books: Books) -> None:
    strange = event({"type": "content_block_start", "index": 1, "content_block": SERVER_TOOL})
    desk = make_troupe(books, {"puppet": Player([*EVENTS[:5], strange], speech="anthropic")})
    got = await read(await desk.ask(stream=True))
    assert got[-1]["error"]["code"] == "untranslatable"
    settlement = (await desk.entry()).settlement
    assert settlement is not None
    assert (settlement.status, settlement.reason) == (502, "untranslatable")
    assert settlement.charge == Money(Decimal(0), "USD")


async def test_an_answer_that_cannot_be_translated_is_asked_of_the_next_model(books: Books) -> None:
    first = Player(whole(MESSAGE | {"content": [SERVER_TOOL]}), speech="anthropic")
    desk = make_troupe(
        books,
        {"puppet": first, "other": Player(whole(COMPLETION))},
        handlings={"puppet/model": Handling(fallbacks=("other/model",))},
    )
    reply = await desk.ask()
    assert dict(reply.headers)["x-fen-model"] == "other/model"
    charges = [entry.settlement.charge for entry in await desk.entries() if entry.settlement]
    assert [charge is not None and charge.amount > 0 for charge in charges] == [False, True]


async def test_error_within_a_stream_is_anthropics(books: Books) -> None:
    broken: list[Step] = [*EVENTS[:3], UpstreamFailed("broke")]
    desk = make_troupe(books, {"puppet": Player(broken, speech="anthropic")})
    got = await read_events(await ask(desk, stream=True))
    assert got[-1]["type"] == "error"
    assert got[-1]["error"]["message"] == "broke"
    assert got[-1]["request_id"] == desk.watcher.started[0]


@pytest.mark.parametrize("speech", ["openai", "anthropic"])
async def test_longer_answer_than_one_call_gives(books: Books, speech: Any) -> None:
    """Anthropic's format is passed through and so not gone on with; OpenAI's is."""
    first: list[Step] = [text("Very "), Event(b'{"choices":[{"index":0,"delta":{}}]}', finish="length")]
    first.append(report(Usage(input=10, output=100)))
    rest: list[Step] = [text("deep."), finish(), report(USAGE)]
    desk = make_troupe(books, {"puppet": Player(first, rest, speech=speech)})
    if speech == "anthropic":
        with pytest.raises(ContextLengthExceeded, match="found 300, expected at most 100"):
            await ask(desk, stream=True, max_tokens=300)
        return
    got = await read_events(await ask(desk, stream=True, max_tokens=300))
    texts = [event["delta"]["text"] for event in got if event["type"] == "content_block_delta"]
    assert "".join(texts) == "Very deep."
    assert got[-2]["fen"]["segments"] == 2


IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
DOCUMENT = {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, "found an image"),
        ({"messages": [{"role": "user", "content": [DOCUMENT]}]}, "found a file"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {}}}}, "found a JSON schema"),
    ],
)
async def test_what_the_model_cannot_do_is_refused_in_this_format_too(
    books: Books, members: dict[str, Any], words: str
) -> None:
    desk = make_troupe(books, {"puppet": Player(whole(MESSAGE), speech="anthropic")})
    with pytest.raises(Unsupported, match=words):
        await ask(desk, **members)
