"""Looking ahead: what a request would meet, without sending it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from fen.accounts.tier import Tier
from fen.app import App, load_settings, open_app
from fen.gateway.headroom import Headroom, list_askable, look_ahead
from fen.wire.request import Request, parse_request
from tests.serving import CONFIG

TIER = Tier("api")
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    config = tmp_path / "fen.toml"
    config.write_text(CONFIG.format(base_url="http://127.0.0.1:9/v1"))
    async with open_app(load_settings(config, {"FEN_HOME": str(tmp_path)})) as opened:
        yield opened


def make(model: str, content: object = "x" * 4000) -> Request:
    body = {"model": model, "messages": [{"role": "user", "content": content}]}
    return parse_request("openai.chat", msgspec.json.encode(body))


async def test_limits_are_the_smaller_of_model_and_tier(app: App) -> None:
    parts = app.pipeline.parts

    def look(tier: Tier) -> Headroom:
        tier = replace(tier, name=f"tier-{tier.context_window}-{tier.max_output_tokens}")
        return look_ahead(make("fake/gpt-4o-mini"), None, tier, parts)

    free = look(TIER)
    assert 1000 < free.used < 1050
    assert (free.window, free.output) == (128_000, 16_384)
    assert free.longest == 128_000 - free.used
    small = look(replace(TIER, context_window=8000, max_output_tokens=500))
    assert (small.window, small.output, small.longest) == (8000, 500, None)
    assert look(replace(TIER, max_output_tokens=20_000)).longest == 20_000
    assert look(replace(TIER, tpm=80_000)).longest == 20_000
    assert look(replace(TIER, tpm=8000)).longest is None


async def test_a_refusal_is_told_with_the_limits(app: App) -> None:
    request = make("fake/text-only", [IMAGE])
    ahead = look_ahead(request, None, TIER, app.pipeline.parts)
    assert "found an image" in (ahead.refusal or "")
    assert (ahead.window, ahead.output) == (4096, 1024)
    unknown = look_ahead(make("fake/none"), None, TIER, app.pipeline.parts)
    assert "expected one of" in (unknown.refusal or "")
    assert unknown.window is None


async def test_a_route_has_the_largest_limits_of_its_pool(app: App) -> None:
    ahead = look_ahead(make("fen/auto"), None, TIER, app.pipeline.parts)
    assert (ahead.window, ahead.output) == (128_000, 16_384)
    assert ahead.refusal is None


async def test_what_a_tier_forbids_is_not_offered(app: App) -> None:
    parts = app.pipeline.parts
    everything = list_askable(TIER, parts)
    assert everything[:2] == ["fen/auto", "fen/mini"]
    assert {"fake/gpt-4o-mini", "fake/text-only", "fake/unpriced"} <= set(everything)
    some = list_askable(replace(TIER, models=("fake/text*",)), parts)
    assert some == ["fen/auto", "fen/mini", "fake/text-only"]
