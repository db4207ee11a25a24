"""Every kind of upstream, ready to be called."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fen.upstreams import (
    AnyLLMUpstream,
    BalancedUpstream,
    EmbeddedSettings,
    EmbeddedUpstream,
    Library,
    OpenAIUpstream,
)
from fen.upstreams._any_llm_door import has_any_llm
from fen.upstreams.embedded import COMMAND
from fen.wire.answer import Event, Stream, Whole
from fen.wire.ports import Deadlines, Outbound, Upstream
from fen.wire.request import WireFormat, parse_request
from tests.fakes.upstream import FakeUpstream
from tests.serving import free_port
from tests.weights import find_weights

ROOT = Path(__file__).parents[3]
CHILD = (sys.executable, "-m", "tests.fakes.child")


class Kind:
    """An upstream with what it is asked; `scripted` ones do what the model's name says."""

    def __init__(self, upstream: Upstream, scripted: bool) -> None:
        self.upstream = upstream
        self.scripted = scripted

    async def whole(self, script: str = "tokens-12", **members: Any) -> Whole:
        answer = await self.upstream.send(outbound(script, False, **members))
        assert isinstance(answer, Whole)
        return answer

    async def stream(self, script: str = "tokens-12", **members: Any) -> Stream:
        answer = await self.upstream.send(outbound(script, True, **members))
        assert isinstance(answer, Stream)
        return answer

    async def events(self, script: str = "tokens-12", **members: Any) -> list[Event]:
        return [event async for event in (await self.stream(script, **members)).events]


def outbound(
    script: str,
    stream: bool,
    *,
    path: WireFormat = "openai.chat",
    deadlines: Deadlines | None = None,
    **members: Any,
) -> Outbound:
    """A call as the gateway hands it over; a member that is None is left out."""
    said = [{"role": "user", "content": "Write one sentence about the sea."}]
    chat = {"messages": said, "temperature": 0, "seed": 1, "max_tokens": 12}
    body = {"model": "client/name", **(chat if path == "openai.chat" else {}), **members}
    if stream:
        body["stream"] = True
    text = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
    return Outbound(
        parse_request(path, text), f"fake/{script}", stream, "req-1", deadlines=deadlines or Deadlines()
    )


@asynccontextmanager
async def open_kind(name: str, folder: Path) -> AsyncIterator[Kind]:
    if name == "openai":
        async with FakeUpstream(key="secret") as fake:
            upstream = OpenAIUpstream(fake.base_url, "secret")
            yield Kind(upstream, True)
            await upstream.close()
        return
    if name == "any-llm":
        async with FakeUpstream(key="secret") as fake:
            through = AnyLLMUpstream(Library("openai"), fake.base_url, "secret")
            yield Kind(through, True)
            await through.close()
        return
    if name == "balanced":
        async with FakeUpstream(key="one") as first, FakeUpstream(key="two") as second:
            members = {
                "first": OpenAIUpstream(first.base_url, "one"),
                "second": OpenAIUpstream(second.base_url, "two"),
                "nobody listens": OpenAIUpstream(f"http://127.0.0.1:{free_port()}/v1", "one"),
                "wrong key": OpenAIUpstream(first.base_url, "wrong"),
            }
            balanced = BalancedUpstream(members)
            yield Kind(balanced, True)
            await balanced.close()
        return
    real = name == "embedded-model"
    weights = find_weights() if real else folder / "none.gguf"
    settings = EmbeddedSettings("contract", model=weights, slots=2, context_length=1024)
    command = COMMAND if real else CHILD
    embedded = EmbeddedUpstream(settings, folder, lambda: weights, command)
    try:
        yield Kind(embedded, not real)
    finally:
        await embedded.close()


NEEDS_EXTRA = pytest.mark.skipif(
    not has_any_llm(),
    reason="any-llm is not installed here: tests/integration/upstreams/test_extra_vendors.py runs this in "
    "build/vendors, which scripts/vendors.sh makes",
)
KINDS = ["openai", "balanced", "embedded-fake", "embedded-model", pytest.param("any-llm", marks=NEEDS_EXTRA)]


@pytest.fixture(params=KINDS)
async def kind(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kind]:
    monkeypatch.chdir(ROOT)
    async with open_kind(request.param, tmp_path) as opened:
        yield opened
