"""Laws of a stream: whatever it is made of and however it ends, it is settled once, and nothing is lost."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.gateway import Reply
from fen.wire.answer import Event, Whole
from fen.wire.errors import UpstreamFailed
from fen.wire.usage import Usage
from tests.fakes.pipeline import Books, Desk, Step, finish, make_desk, open_books, payloads, report, text
from tests.sizes import pick

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDS = ("comes to its end", "breaks", "the client leaves", "the task is cancelled")

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
unknown = st.dictionaries(st.text(max_size=6).map("x_".__add__), values, max_size=3)
meters = st.integers(0, 40)
usages = st.builds(Usage, input=meters, cached_input=meters, output=meters)
steps = st.lists(
    st.one_of(
        st.builds(lambda content, more: text(content, **more), st.text(max_size=30), unknown),
        st.builds(lambda usage, more: report(usage, **more), usages, unknown),
        st.just(finish()),
    ),
    max_size=8,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def books(tmp_path_factory: pytest.TempPathFactory):
    async with open_books(tmp_path_factory.mktemp("books")) as opened:
        yield opened


@settings(max_examples=pick(100, 5000))
@given(steps, st.sampled_from(ENDS), st.integers(0, 9), st.booleans(), st.integers(1, 100) | st.none())
async def test_every_stream_is_settled_once_within_its_hold(
    books: Books, events: list[Event], end: str, after: int, asked: bool, limit: int | None
) -> None:
    answer: list[Step] = list(events)
    if end == "breaks":
        answer.append(UpstreamFailed("broke"))
    elif end == "the task is cancelled":
        answer.append(asyncio.Event())
    desk = make_desk(books, answer)
    members = {"stream": True, "stream_options": {"include_usage": asked}, "max_tokens": limit}
    got, error = await _run(desk, members, end, after)

    entry = await desk.entry()
    settled = entry.settlement
    assert settled is not None
    assert desk.puppet.events.closed
    [record] = desk.watcher.records
    assert (record.status, record.usage, record.cost) == (settled.status, settled.usage, record.cost)
    assert settled.certainty == "exact" or settled.reason is not None
    if settled.certainty == "estimated":
        assert settled.cost is not None
        assert entry.hold.cost_max is not None
        assert settled.cost <= entry.hold.cost_max
    if settled.reason == "upstream_failed":
        assert settled.charge is not None
        assert settled.charge.amount == Decimal(0)
    told = [chunk for chunk in got if chunk != "[DONE]" and "error" not in chunk and "fen" not in chunk]
    sent = [msgspec.json.decode(event.data) for event in events if not event.bare]
    assert told == sent[: len(told)]  # each as it came, unknown members and all, in order
    if got[-1:] == ["[DONE]"]:
        assert told == sent
        assert settled.status == 200
        assert error is None
        assert any("fen" in chunk for chunk in got) is asked


async def _run(
    desk: Desk, members: dict[str, Any], end: str, after: int
) -> tuple[list[Any], BaseException | None]:
    body = b""

    async def consume() -> None:
        nonlocal body
        reply: Reply = await desk.ask(**members)
        body = reply.body
        assert reply.rest is not None
        left = after if end == "the client leaves" else 1000
        async for piece in reply.rest:
            body += piece
            left -= 1
            if left <= 0:
                break
        await reply.rest.aclose()

    task = asyncio.create_task(consume())
    if end == "the task is cancelled":
        await desk.puppet.events.waiting.wait()
        task.cancel()
    [error] = await asyncio.gather(task, return_exceptions=True)
    return payloads(body), error


@given(unknown, unknown, unknown, st.binary(max_size=60))
async def test_whole_answers_come_back_byte_for_byte(
    books: Books, top: dict[str, Any], choice: dict[str, Any], message: dict[str, Any], noise: bytes
) -> None:
    tree = {"choices": [{"index": 0, "message": {"content": noise.hex(), **message}, **choice}], **top}
    desk = make_desk(books, Whole(msgspec.json.encode(tree), Usage(input=1)))
    assert msgspec.json.decode((await desk.ask()).body) == tree
