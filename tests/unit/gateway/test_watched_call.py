"""The watching stage among the others: money stays exact; seams and kept answers hide nothing."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from fen.accounts import Peer
from fen.gateway import Call, Caller, Parts
from fen.gateway.cache import AnswerCache, Rule
from fen.gateway.continuation import ContinuationPlan, continued
from fen.gateway.formats import to_events
from fen.gateway.pipeline import admit, attempt, choose, settle
from fen.gateway.segment import STYLES
from fen.gateway.watching import Watcher, watch_stream, watch_whole
from fen.hierarchy.leak import Protected
from fen.ledger import Entry
from fen.wire.answer import Event, Stream, Whole
from fen.wire.request import Request, parse_request
from fen.wire.usage import Usage
from tests.fakes.continuing import Events as Listed
from tests.fakes.continuing import chat, chunks
from tests.fakes.pipeline import Books, Desk, Step, finish, make_desk, read, report, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "sk-test-9fQ2xLm7Vt4bKz81"
PROTECTED = Protected((SECRET,))
USAGE = Usage(input=10, cached_input=20, output=5)
PLAIN = "It is about eleven kilometres deep, and dark, and cold, and there are fish all the same. "
LEAKS: list[Step] = [text(PLAIN), *(text(char) for char in SECRET), text(PLAIN), finish(), report(USAGE)]


class Watching:
    """The pipeline's stages with the watching one; each call has a watcher of its own."""

    def __init__(self) -> None:
        self.watchers: list[Watcher] = []

    async def watch(self, call: Call, parts: Parts) -> Call:
        watcher = Watcher(PROTECTED)
        self.watchers.append(watcher)
        if isinstance(call.answer, Whole):
            return replace(call, answer=watch_whole(call.answer, watcher, call.speech))
        assert call.answer is not None
        return replace(call, answer=watch_stream(call.answer, watcher, call.speech))

    async def ask(self, desk: Desk, **members: Any) -> list[Any]:
        body = {"model": "puppet/model", "messages": [{"role": "user", "content": "How deep is the sea?"}]}
        request = parse_request("openai.chat", msgspec.json.encode(body | members))
        stages = (admit, choose, attempt, self.watch, settle)
        return await read(
            await desk.pipeline.answer(
                request, Caller(peer=lambda: Peer("127.0.0.1", "localhost")), stages=stages
            )
        )


def said(got: list[Any]) -> str:
    chunks = [chunk for chunk in got if chunk != "[DONE]" and chunk["choices"]]
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)


def costs(entry: Entry) -> tuple[Any, ...]:
    settlement = entry.settlement
    assert settlement is not None
    return settlement.cost, settlement.charge, settlement.certainty, settlement.status


async def test_a_cut_stream_costs_what_the_upstream_reports(books: Books) -> None:
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    plain, cut = make_desk(books, LEAKS), make_desk(books, LEAKS)
    await read(await plain.ask(**asked))
    got = await Watching().ask(cut, **asked)
    assert PLAIN.startswith(said(got))
    assert [chunk["choices"][0].get("finish_reason") for chunk in got[-3:-2]] == ["content_filter"]
    assert got[-2]["usage"]["completion_tokens"] == 5
    assert got[-2]["fen"]["certainty"] == "exact"
    assert got[-1] == "[DONE]"
    assert costs(await cut.entry()) == costs(await plain.entry())
    assert cut.puppet.events.closed


async def test_a_kept_answer_is_watched_each_time(books: Books) -> None:
    desk = make_desk(books, LEAKS, cache=AnswerCache(Rule(keyless=True)))
    watching = Watching()
    first = await watching.ask(desk, stream=True, temperature=0)
    again = await watching.ask(desk, stream=True, temperature=0)
    assert len(desk.puppet.asked) == 1
    assert said(first) == said(again)
    assert PLAIN.startswith(said(first))
    assert [len(watcher.leaks) for watcher in watching.watchers] == [1, 1]


async def test_a_seam_hides_nothing() -> None:
    pieces = ((PLAIN + SECRET[:9], "length"), (SECRET[9:] + PLAIN, "stop"))
    streams = [
        Stream(Listed(list(chunks(piece, end, Usage(input=10, output=5), (4,), number))))
        for number, (piece, end) in enumerate(pieces, 1)
    ]

    async def ask(request: Request, number: int) -> Stream:
        return streams[number - 1]

    watcher = Watcher(PROTECTED)
    plan = ContinuationPlan(chat(), 100, None, STYLES["trailing"])
    events: list[Event] = [
        event async for event in watch_stream(continued(streams[0], ask, plan), watcher).events
    ]
    assert len(watcher.leaks) == 1
    assert all(SECRET[:15].encode() not in event.data for event in events)
    assert events[-1].usage == Usage(input=20, output=10)
    assert [event.finish for event in events if event.finish] == ["content_filter"]


async def test_a_client_of_the_other_format_gets_a_refusal(books: Books) -> None:
    steps = [step for step in LEAKS if isinstance(step, Event)]
    stream = watch_stream(Stream(Listed(steps)), Watcher(PROTECTED))
    data = b"\n".join([event.data async for event in to_events(stream.events)])
    assert b'"stop_reason":"refusal"' in data
    assert data.endswith(b'{"type":"message_stop"}')
    assert b'"output_tokens":5' in data
