"""A conversation stays with the address that has read it, others go round, and one that is down is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving

PAIR = """
[upstreams.pair]
base_urls = ["{first}", "{second}"]
{more}

[models."pair/model"]
upstream = "pair"
upstream_model = "gpt-4o-mini"
"""
LONG = "word " * 2000


class Talk:
    """One conversation; each turn has all turns before it in front."""

    def __init__(self, client: AsyncOpenAI, topic: str) -> None:
        self._client = client
        self._turns: list[Any] = [{"role": "user", "content": topic + LONG}]

    async def go_on(self, *, stream: bool = False) -> None:
        if stream:
            chunks = await self._client.chat.completions.create(
                model="pair/model", messages=self._turns, stream=True
            )
            said = "".join([part.choices[0].delta.content or "" async for part in chunks if part.choices])
        else:
            answer = await self._client.chat.completions.create(model="pair/model", messages=self._turns)
            said = answer.choices[0].message.content
        self._turns += [{"role": "assistant", "content": said}, {"role": "user", "content": "And?"}]


class World:
    def __init__(self, fakes: tuple[FakeUpstream, FakeUpstream], client: AsyncOpenAI) -> None:
        self.fakes = fakes
        self.client = client

    def counts(self) -> tuple[int, int]:
        return len(self.fakes[0].records), len(self.fakes[1].records)


@pytest.fixture
async def world(fake: FakeUpstream, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = getattr(request, "param", "")
    async with FakeUpstream() as second:
        pair = PAIR.format(first=fake.base_url, second=second.base_url, more=more)
        served = Serving(tmp_path, fake.base_url, pair)
        await served.start()
        try:
            async with AsyncOpenAI(base_url=served.url + "/v1", api_key="unused", max_retries=0) as client:
                yield World((fake, second), client)
        finally:
            await served.stop()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_stays_where_it_was_read(world: World, stream: bool) -> None:
    homes: list[tuple[int, int]] = []
    for topic in ("sea", "sky"):
        talk, before = Talk(world.client, topic), world.counts()
        for _ in range(3):
            await talk.go_on(stream=stream)
        after = world.counts()
        homes.append((after[0] - before[0], after[1] - before[1]))
    assert sorted(homes) == [(0, 3), (3, 0)]


@pytest.mark.parametrize("world", ["sticky = false"], indirect=True)
async def test_a_conversation_goes_round_where_that_is_wanted(world: World) -> None:
    talk = Talk(world.client, "sea")
    for _ in range(4):
        await talk.go_on()
    assert world.counts() == (2, 2)


async def test_an_address_that_is_down_is_left_and_the_other_becomes_the_home(world: World) -> None:
    talk = Talk(world.client, "sea")
    await talk.go_on()
    home = 0 if world.counts()[0] else 1
    gone, other = world.fakes[home], world.fakes[1 - home]
    await gone.__aexit__(None, None, None)
    await talk.go_on()
    await talk.go_on()
    assert (len(gone.records), len(other.records)) == (1, 2)
    await gone.__aenter__()  # at the same port; it is set aside for a while yet, and holds nothing
    await talk.go_on()
    assert (len(gone.records), len(other.records)) == (1, 3)
