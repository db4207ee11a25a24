"""What is kept for whom, for how long, and how it comes back."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from fen.accounts import Key
from fen.catalogue import Card
from fen.gateway import Call, Caller, Parts
from fen.gateway.cache import AnswerCache, Asked, Rule, read_wish
from fen.gateway.call import Candidate
from fen.gateway.recall import consult
from fen.wire.answer import Event, Events, Stream, Whole
from fen.wire.errors import InvalidRequest, UpstreamFailed
from fen.wire.request import WireFormat, parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Puppet, PuppetEvents, finish, report, text

CARD = Card("v/m", "v", "M", "v", "m")
RULE = Rule(keys=frozenset({"k1", "k2"}), keyless=True)
USAGE = Usage(input=3, output=2)
ANSWER = Whole(b'{"id":"1"}', USAGE)


def make_call(
    key: str | None = "k1", caller: Caller | None = None, path: WireFormat = "openai.chat", **members: Any
) -> Call:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0} | members
    if path == "openai.embeddings":
        body = {"model": "m", "input": "hi"} | members
    request = parse_request(path, json.dumps(body).encode())
    found = None if key is None else Key(key, key, datetime.now(UTC))
    return Call("req_1", request, caller or Caller(), 0, key=found, candidates=(Candidate(CARD, None),))


def look_at(call: Call, wish: Any = None, bind_host: str = "127.0.0.1", rule: Rule = RULE) -> Asked | None:
    parts = cast(Parts, SimpleNamespace(bind_host=bind_host, upstreams={"v": Puppet(ANSWER)}))
    return consult(call, parts, rule, wish)


def ask(call: Call, wish: Any = None, bind_host: str = "127.0.0.1") -> Asked:
    asked = look_at(call, wish, bind_host)
    assert asked is not None
    return asked


def always() -> bool:
    return True


async def read(stream: Whole | Stream | None) -> list[Event]:
    assert isinstance(stream, Stream)
    return [event async for event in stream.events]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_same_request_gets_the_same_answer() -> None:
    cache = AnswerCache()
    assert cache.lookup(ask(make_call())) is None
    assert cache.store(ask(make_call()), ANSWER, always) is ANSWER
    assert cache.lookup(ask(make_call())) is ANSWER


@pytest.mark.parametrize(
    "other",
    [
        make_call(key="k2"),
        make_call(key=None),
        make_call(messages=[{"role": "user", "content": "ho"}]),
        make_call(max_tokens=5),
        make_call(seed=1),
        make_call(x_vendor=1),
        make_call(stream=True),
        make_call(caller=Caller(headers=(("anthropic-beta", "b"),))),
        make_call(path="openai.embeddings"),
    ],
)
def test_another_key_or_another_request_gets_none(other: Call) -> None:
    cache = AnswerCache()
    cache.store(ask(make_call()), ANSWER, always)
    assert cache.lookup(ask(other)) is None


def test_what_no_answer_depends_on_makes_no_difference() -> None:
    cache = AnswerCache()
    cache.store(ask(make_call()), ANSWER, always)
    other = make_call(model="alias", user="u", metadata={"a": "b"}, prompt_cache_key="p", stream=False)
    assert cache.lookup(ask(other)) is ANSWER
    turned = json.dumps({"temperature": 0, "messages": [{"role": "user", "content": "hi"}], "model": "m"})
    request = parse_request("openai.chat", turned.encode())
    assert cache.lookup(ask(replace(make_call(), request=request))) is ANSWER


def test_a_request_takes_part_at_temperature_zero_or_when_it_says_so() -> None:
    warm = make_call(temperature=0.7)
    assert look_at(warm) is None
    assert look_at(make_call(temperature=None)) is None
    assert ask(warm, "use").look
    assert not ask(make_call(), "refresh").look
    assert look_at(make_call(), "off") is None
    assert ask(make_call(path="openai.embeddings")).look


def test_callers_without_a_key_share_a_space_on_loopback_alone() -> None:
    assert ask(make_call(key=None)) == ask(make_call(key=None, caller=Caller(secret="x")))
    assert look_at(make_call(key=None), "use", "0.0.0.0") is None
    assert look_at(make_call(key=None, caller=Caller(inside=True)), "use") is None
    assert ask(make_call(), "use", "0.0.0.0").look


def test_the_cache_is_off_unless_a_key_has_it_on() -> None:
    assert look_at(make_call(), "use", rule=Rule()) is None
    assert look_at(make_call(key=None), "use", rule=Rule(keys=frozenset({"k1"}))) is None
    assert look_at(make_call(), "use", rule=Rule(keyless=True)) is None


def test_a_refresh_looks_past_what_is_kept_and_replaces_it() -> None:
    cache = AnswerCache()
    cache.store(ask(make_call()), ANSWER, always)
    assert cache.lookup(ask(make_call(), "refresh")) is None
    newer = Whole(b'{"id":"2"}', USAGE)
    cache.store(ask(make_call(), "refresh"), newer, always)
    assert cache.lookup(ask(make_call())) is newer
    assert (len(cache), cache.size) == (1, len(newer.body))


@pytest.mark.parametrize("answer", [Whole(b"{}", None), Whole(b"{}", USAGE, ("total_not_sum",))])
def test_an_answer_without_exact_usage_is_not_kept(answer: Whole) -> None:
    cache = AnswerCache()
    assert cache.store(ask(make_call()), answer, always) is answer
    assert len(cache) == 0


def test_an_answer_that_is_not_what_was_asked_is_not_kept() -> None:
    cache = AnswerCache()
    cache.store(ask(make_call()), ANSWER, lambda: False)
    assert cache.store(None, ANSWER, always) is ANSWER
    assert cache.lookup(None) is None
    assert len(cache) == 0


async def test_a_stream_is_kept_as_it_passes_and_replayed() -> None:
    cache = AnswerCache()
    asked = ask(make_call(stream=True))
    events = [text("a"), text("b"), finish(), report(USAGE)]
    first = cache.store(asked, Stream(PuppetEvents(events)), always)
    assert await read(first) == events
    for _ in range(2):
        assert await read(cache.lookup(asked)) == events


async def test_a_replayed_stream_can_be_left() -> None:
    cache = AnswerCache()
    asked = ask(make_call(stream=True))
    await read(cache.store(asked, Stream(PuppetEvents([text("a"), finish(), report(USAGE)])), always))
    stream = cache.lookup(asked)
    assert isinstance(stream, Stream)
    await stream.events.aclose()
    assert await read(stream) == []


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [text("a"), report(USAGE)],
        [text("a"), finish()],
        [text("a"), finish(), Event(b"{}", usage=USAGE, flags=("total_not_sum",), bare=True)],
    ],
)
async def test_a_stream_that_is_not_complete_and_exact_is_not_kept(steps: list[Any]) -> None:
    cache = AnswerCache()
    await read(cache.store(ask(make_call(stream=True)), Stream(PuppetEvents(steps)), always))
    assert len(cache) == 0


async def test_a_stream_that_breaks_or_is_left_is_not_kept() -> None:
    cache = AnswerCache()
    asked = ask(make_call(stream=True))
    whole = [text("a"), finish(), report(USAGE)]
    broken = cache.store(asked, Stream(PuppetEvents([*whole, UpstreamFailed("gone")])), always)
    with pytest.raises(UpstreamFailed):
        await read(broken)
    source = PuppetEvents(whole)
    left = cache.store(asked, Stream(source), always)
    assert isinstance(left, Stream)
    await anext(left.events)
    await left.events.aclose()
    assert source.closed
    assert len(cache) == 0


async def test_faithfulness_is_asked_at_the_end() -> None:
    cache = AnswerCache()
    state: list[bool] = []
    stream = cache.store(
        ask(make_call(stream=True)), Stream(PuppetEvents([finish(), report(USAGE)])), lambda: bool(state)
    )
    assert isinstance(stream, Stream)
    events: Events = stream.events
    await anext(events)
    state.append(True)
    assert len([event async for event in events]) == 1
    assert len(cache) == 1


def test_an_answer_ends_with_its_age() -> None:
    clock = Clock()
    cache = AnswerCache(Rule(seconds=10), clock)
    cache.store(ask(make_call()), ANSWER, always)
    clock.now = 9.9
    assert cache.lookup(ask(make_call())) is ANSWER
    clock.now = 10.0
    assert cache.lookup(ask(make_call())) is None
    assert (len(cache), cache.size) == (0, 0)


def test_the_least_recently_used_makes_room() -> None:
    cache = AnswerCache(Rule(most_bytes=25))
    asked = [ask(make_call(seed=number)) for number in range(3)]
    for one in asked[:2]:
        cache.store(one, ANSWER, always)
    assert cache.lookup(asked[0]) is ANSWER
    cache.store(asked[2], ANSWER, always)
    assert [cache.lookup(one) is ANSWER for one in asked] == [True, False, True]
    assert cache.size == 20


async def test_an_answer_that_is_too_large_is_not_kept() -> None:
    cache = AnswerCache(Rule(most_answer_bytes=400))
    cache.store(ask(make_call()), Whole(b"x" * 401, USAGE), always)
    events: list[Any] = [text("a"), text("b"), finish(), report(USAGE)]
    stream = cache.store(ask(make_call(stream=True)), Stream(PuppetEvents(events)), always)
    assert len(await read(stream)) == 4
    assert len(cache) == 0


def test_a_wish_is_one_of_three_words() -> None:
    assert [read_wish(word) for word in (None, "use", " Refresh ", "off")] == [None, "use", "refresh", "off"]
    with pytest.raises(InvalidRequest, match="x-fen-cache: found 'maybe', expected use, refresh or off"):
        read_wish("maybe")
