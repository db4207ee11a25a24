"""Answers out of the cache, over HTTP: for whom, at what price, and that streams stay streams."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving, serve

MODEL = "fake/gpt-4o-mini"
ASK: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Hello [[tokens-9]]"}]}
ON = """
[answer_cache]
keys = ["cached"]
"""


@pytest.fixture
async def served(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Serving]:
    async with serve(tmp_path, fake.base_url, ON) as server:
        yield server


def open_client(served: Serving, key: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=served.url + "/v1", api_key=key, max_retries=0)


async def ask(client: AsyncOpenAI, wish: str | None = None, **members: Any) -> tuple[Any, str]:
    """Return a whole answer and its headers of money and cache."""
    headers = {} if wish is None else {"x-fen-cache": wish}
    raw = await client.chat.completions.with_raw_response.create(**ASK, **members, extra_headers=headers)
    return raw.parse(), " ".join((raw.headers.get("x-fen-cache", "none"), raw.headers["x-fen-cost"]))


async def test_a_key_with_the_cache_on_pays_once(served: Serving, fake: FakeUpstream) -> None:
    secrets = [served.fen("keys", "create", name)["secret"] for name in ("cached", "other")]
    async with open_client(served, secrets[0]) as client, open_client(served, secrets[1]) as other:
        first, told = await ask(client, temperature=0)
        assert told.startswith("miss 0.0")
        again, told = await ask(client, temperature=0)
        assert (again, told) == (first, "hit 0 USD")
        assert len(fake.records) == 1
        for wish, warm, expected in (
            ("refresh", 0, "miss"),
            ("off", 0, "none"),
            (None, 0.5, "none"),
            ("use", 0.5, "miss"),
            ("use", 0.5, "hit"),
        ):
            assert (await ask(client, wish, temperature=warm))[1].split()[0] == expected
        asked = len(fake.records)
        for _ in range(2):
            assert (await ask(other, "use", temperature=0))[1].split()[0] == "none"
        assert len(fake.records) == asked + 2
        with pytest.raises(BadRequestError, match="x-fen-cache: found 'maybe', expected use, refresh or off"):
            await ask(client, "maybe")


async def test_a_stream_comes_back_as_a_stream_in_every_format(served: Serving, fake: FakeUpstream) -> None:
    secret = served.fen("keys", "create", "cached")["secret"]
    async with open_client(served, secret) as client:
        told: list[list[Any]] = []
        for _ in range(2):
            stream = await client.chat.completions.create(
                **ASK, temperature=0, stream=True, stream_options={"include_usage": True}
            )
            told.append([chunk async for chunk in stream])
        assert [chunk.choices for chunk in told[0]] == [chunk.choices for chunk in told[1]]
        assert told[0][-1].usage == told[1][-1].usage
        assert told[1][-1].model_extra["fen"]["cost"] == "0"
        responses: list[Any] = []
        for _ in range(2):
            events = await client.responses.create(model=MODEL, input="Hi", temperature=0, stream=True)
            responses.append([event async for event in events][-1])
        assert responses[0].response.output_text == responses[1].response.output_text != ""
        assert responses[1].response.model_extra["fen"]["cost"] == "0"
    assert len(fake.records) == 2
    entries = served.get(
        "/v1/requests/" + told[1][-1].model_extra["fen"]["request_id"], authorization=f"Bearer {secret}"
    )
    [entry] = entries[1]["attempts"]
    assert "cache_hit" in entry["flags"]
