"""Laws of the answer cache: what comes back is what went in, for its owner alone, within the bounds."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fen.accounts import Key
from fen.catalogue import Card
from fen.gateway import Call, Caller, Parts
from fen.gateway.cache import AnswerCache, Asked, Rule
from fen.gateway.call import Candidate
from fen.gateway.recall import consult
from fen.wire.answer import Event, Stream, Whole
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.pipeline import Puppet, PuppetEvents, finish, report, text

T = TypeVar("T")
CARD = Card("v/m", "v", "M", "v", "m")
NOW = datetime.now(UTC)
PARTS = cast(Parts, SimpleNamespace(bind_host="127.0.0.1", upstreams={"v": Puppet(Whole(b""))}))
RULE = Rule(keys=frozenset({"k1", "k2"}), keyless=True)

owners = st.sampled_from(["k1", "k2", None])
seeds = st.integers(0, 2)
sizes = st.integers(1, 40)
words = st.lists(st.text(max_size=8), max_size=6)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits."""
    with pytest.raises(StopIteration) as end:
        work.send(None)
    return end.value.value


def ask(owner: str | None, seed: int, **members: Any) -> Asked:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "seed": seed} | members
    key = None if owner is None else Key(owner, owner, NOW)
    request = parse_request("openai.chat", json.dumps(body).encode())
    call = Call("r", request, Caller(), 0, key=key, candidates=(Candidate(CARD, None),))
    asked = consult(call, PARTS, RULE, "use")
    assert asked is not None
    return asked


async def read(stream: Whole | Stream | None) -> list[Event]:
    assert isinstance(stream, Stream)
    return [event async for event in stream.events]


@given(words, owners, owners)
def test_a_replayed_stream_says_the_same_and_to_its_owner_alone(
    said: list[str], owner: str | None, other: str | None
) -> None:
    cache = AnswerCache()
    events = [*map(text, said), finish(), report(Usage(input=1, output=len(said)))]
    asked = ask(owner, 1, stream=True)
    passed = run(read(cache.store(asked, Stream(PuppetEvents(events)), lambda: True)))
    assert passed == events
    assert run(read(cache.lookup(asked))) == events
    found = cache.lookup(ask(other, 1, stream=True))
    assert (found is None) == (owner != other)


@given(st.lists(st.tuples(owners, seeds, st.none() | sizes), max_size=40), st.integers(1, 100))
def test_what_is_found_is_the_owners_last_and_the_bound_holds(
    steps: list[tuple[str | None, int, int | None]], most: int
) -> None:
    cache = AnswerCache(Rule(most_bytes=most))
    last: dict[tuple[str | None, int], Whole] = {}
    for owner, seed, size in steps:
        asked = ask(owner, seed)
        if size is not None:
            answer = Whole(repr((owner, seed)).encode().ljust(size, b"."), Usage(input=1))
            cache.store(asked, answer, lambda: True)
            last[owner, seed] = answer
        found = cache.lookup(asked)
        assert found is None or found is last[owner, seed]
        assert found is not None or size is None or len(last[owner, seed].body) > most
        assert cache.size <= most
