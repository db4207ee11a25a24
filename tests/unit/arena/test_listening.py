"""Listening to one side: text, figures, failures, and claims of an identity, seen as sentences end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fen.arena.battle import Answer, Contender
from fen.arena.identity import LeakFilter, make_roster
from fen.arena.listening import EMPTY, Listener, Watch
from fen.gateway import Caller, Reply
from fen.wire.errors import FenError, UpstreamTimeout
from fen.wire.money import Money
from fen.wire.request import Request
from fen.wire.sse import DONE, frame

LEAKS = LeakFilter(make_roster(["fake/comet-7b"], codenames=["moonlight"]))
ASKED = [{"role": "user", "content": "Hello"}]
FIGURES = {
    "choices": [],
    "usage": {"prompt_tokens": 3, "completion_tokens": 7},
    "fen": {"request_id": "req_1", "cost": "0.5", "currency": "CNY"},
}


def write(*deltas: Any, last: Any = None) -> list[bytes]:
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return [frame(msgspec.json.encode(chunk)) for chunk in (*chunks, last or FIGURES)] + [frame(DONE)]


class Upstream:
    """A pipeline that streams what it is given."""

    def __init__(self, pieces: Sequence[bytes], error: FenError | None = None) -> None:
        self.pieces = pieces
        self.error = error
        self.request: Request | None = None
        self.closed = False

    async def __call__(self, request: Request, caller: Caller) -> Reply:
        self.request = request
        assert (caller.inside, caller.pinned, caller.cache) == (True, True, "off")
        if self.error is not None:
            raise self.error
        rest = self._rest()
        return Reply((), await anext(rest), rest)

    async def _rest(self) -> AsyncGenerator[bytes, None]:
        try:
            for piece in self.pieces:
                yield piece
        finally:
            self.closed = True


def listen(upstream: Upstream, settings: dict[str, Any] | None = None) -> tuple[Answer, Listener, Watch]:
    watch = Watch(LEAKS)
    listener = Listener(Contender("moonlight", "fake/comet-7b", settings or {}), watch)
    return asyncio.run(listener.listen(upstream, ASKED, 500)), listener, watch


def say(*words: str) -> tuple[Answer, Watch]:
    answer, _, watch = listen(Upstream(write(*({"content": word} for word in words))))
    return answer, watch


def test_an_answer_has_its_text_and_what_it_came_to() -> None:
    upstream = Upstream(write({"role": "assistant"}, {"reasoning_content": "Hm."}, {"content": " Hi"},
                              {"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": " you"}]}))  # fmt: skip  # noqa: E501
    answer, listener, _ = listen(upstream, {"temperature": 0.5})
    assert (answer.text, answer.output_tokens, answer.error) == ("Hi you", 7, None)
    assert (answer.cost, answer.request_id) == (Money(Decimal("0.5"), "CNY"), "req_1")
    assert listener.track.whole
    assert upstream.request is not None
    assert msgspec.json.decode(upstream.request.body) == {
        "model": "fake/comet-7b",
        "messages": ASKED,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 500,
        "temperature": 0.5,
    }


def test_a_refusal_is_an_answer() -> None:
    answer, _, _ = listen(Upstream(write({"refusal": "I can't "}, {"refusal": "help."})))
    assert (answer.text, answer.error) == ("I can't help.", None)


@pytest.mark.parametrize(
    ("upstream", "words"),
    [
        (Upstream((), UpstreamTimeout("too slow")), "504 upstream_timeout: too slow"),
        (Upstream([*write({"content": "Half"})[:1], frame(b'{"error":{"message":"broke"}}')]), "broke"),
        (Upstream([frame(b'{"choices":[{"delta"')]), "found a chunk that is none"),
        (Upstream(write({"content": "<think>on and on"})), EMPTY),
        (Upstream(write({"reasoning_content": "all thought"})), EMPTY),
    ],
)
def test_what_fails_has_its_reason_for_those_who_run_the_arena(upstream: Upstream, words: str) -> None:
    answer, listener, _ = listen(upstream)
    assert words in (answer.error or "")
    assert listener.track.failed
    assert upstream.closed or upstream.error is not None


def test_a_fault_of_our_own_ends_the_track_too() -> None:
    class Broken(Upstream):
        async def __call__(self, request: Request, caller: Caller) -> Reply:
            raise RuntimeError("a bug")

    listener = Listener(Contender("moonlight", "fake/comet-7b"), Watch(LEAKS))
    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(listener.listen(Broken(()), ASKED, None))
    assert listener.track.failed


@pytest.mark.parametrize(
    "words",
    [
        ("Hello! I am Com", "et-7b.", " What now?"),
        ("你好。我是", "通义千问。", "有什么事？"),
        ("My name is Moon", "light"),  # the last sentence has no end
    ],
)
def test_a_claim_is_seen_and_remembered(words: tuple[str, ...]) -> None:
    answer, watch = say(*words)
    assert watch.spoilt
    assert answer.text == "".join(words)


def test_a_claim_is_seen_while_the_answer_goes_on() -> None:
    watch = Watch(LEAKS)
    listener = Listener(Contender("moonlight", "fake/comet-7b"), watch)
    seen: list[bool] = []

    class Slow(Upstream):
        async def _rest(self) -> AsyncGenerator[bytes, None]:
            async for piece in super()._rest():
                seen.append(watch.spoilt)
                yield piece

    upstream = Slow(write(*({"content": word} for word in ("I am Claude. ", "So ", "it ", "is."))))
    asyncio.run(listener.listen(upstream, ASKED, None))
    assert seen == [False, False, True, True, True, True]


def test_a_mention_spoils_nothing() -> None:
    assert not say("Moonlight is bright. ", "Comet-7b is a model.")[1].spoilt
