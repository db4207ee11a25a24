"""Laws of a watched stream: innocent text comes whole and is late by 64 characters at most."""

import asyncio
import json
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fen.gateway.watching import Watcher, watch_stream
from fen.gateway.withholding import MOST_DELAY
from fen.hierarchy.leak import Protected
from fen.wire.answer import Event, Stream
from tests.fakes.continuing import Events
from tests.fakes.leaking import CLOSED
from tests.sizes import pick

SECRET = "sk-test-9fQ2xLm7Vt4bKz81"
NAMES = ("content", "reasoning_content", "refusal")

texts = st.lists(st.text("abcd efgh. ijk\n漢字", max_size=90), min_size=1, max_size=12)
spoken = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(NAMES), st.text("ab cd.", max_size=40)), max_size=25
)
cuts = st.lists(st.integers(0, 900), max_size=20)


def chunk(text: str, name: str = "content", index: int = 0) -> Event:
    choice = {"index": index, "delta": {name: text}, "finish_reason": None}
    return Event(json.dumps({"id": "c", "choices": [choice]}).encode(), produced=len(text.encode()))


def run(going: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(going)


def add(said: dict[tuple[int, str], str], event: Event) -> None:
    for choice in json.loads(event.data)["choices"]:
        for name, text in choice["delta"].items():
            said[choice["index"], name] = said.get((choice["index"], name), "") + text


class Counted(Events):
    """Counts the characters that were read of it; notes the most that had not come out again."""

    read = passed = most = 0

    async def __anext__(self) -> Event:
        self.most = max(self.most, self.read - self.passed)
        event = await super().__anext__()
        self.read += len(json.loads(event.data)["choices"][0]["delta"]["content"])
        return event


@settings(max_examples=pick(100, 2000))
@given(texts)
def test_text_is_late_by_64_characters_at_most(pieces: list[str]) -> None:
    async def go() -> None:
        source = Counted([chunk(piece) for piece in pieces])
        stream = watch_stream(Stream(source), Watcher(Protected((SECRET,))))
        passed, produced = "", 0
        async for event in stream.events:
            passed += json.loads(event.data)["choices"][0]["delta"]["content"]
            produced += event.produced
            source.passed = len(passed)
        assert source.most <= MOST_DELAY
        assert passed == "".join(pieces)
        assert produced == len(passed.encode())

    run(go())


@settings(max_examples=pick(100, 2000))
@given(spoken)
def test_every_channel_comes_whole(steps: list[tuple[int, str, str]]) -> None:
    async def go() -> None:
        events = [chunk(text, name, index) for index, name, text in steps]
        stream = watch_stream(Stream(Events(events)), Watcher(Protected((SECRET,))))
        got: dict[tuple[int, str], str] = {}
        wanted: dict[tuple[int, str], str] = {}
        async for event in stream.events:
            add(got, event)
        for event in events:
            add(wanted, event)
        assert got == wanted

    run(go())


@settings(max_examples=pick(60, 2000))
@given(st.sampled_from(sorted(CLOSED)), cuts, st.integers(0, 1))
def test_a_leak_ends_its_choice_however_it_is_cut(name: str, at: list[int], index: int) -> None:
    said = "This is what you asked for: " + CLOSED[name](SECRET) + " and so on, and so forth."
    edges = pairwise([0, *sorted(min(cut, len(said)) for cut in at), len(said)])

    async def go() -> None:
        events = [
            event
            for a, b in edges
            for event in (chunk(said[a:b], index=index), chunk("x. ", index=1 - index))
        ]
        watcher = Watcher(Protected((SECRET,)))
        got: dict[tuple[int, str], str] = {}
        finishes: list[tuple[int, str]] = []
        async for event in watch_stream(Stream(Events(events)), watcher).events:
            add(got, event)
            choices = json.loads(event.data)["choices"]
            finishes += [(one["index"], one["finish_reason"]) for one in choices if one["finish_reason"]]
        assert len(watcher.leaks) == 1
        assert finishes == [(index, "content_filter")]
        assert said.startswith(got.get((index, "content"), ""))
        assert len(got.get((index, "content"), "")) < len(said) - 30
        assert got[1 - index, "content"] == "x. " * (len(events) // 2)

    run(go())
