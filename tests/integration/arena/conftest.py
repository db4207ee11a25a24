"""An arena of two models of the fake upstream, over the API in this process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from fen.app import App, load_settings, open_app
from fen.app.arena import Arena, open_arena
from fen.app.arena_door import ArenaDoor
from fen.arena.relay import Rhythm
from fen.web.api import Api, Limits, Service
from tests.fakes.upstream import FakeUpstream

RHYTHM = Rhythm(period=0.002)
SCRIPTED = """
[upstreams.fake]
base_url = "{base_url}"

[upstreams.rival]
base_url = "{base_url}"
"""
MODEL = """
[models."{id}"]
upstream = "{upstream}"
upstream_model = "{name}"
context_window = 128000
max_output_tokens = 16384
abilities = [{abilities}]
price = {{ input = "0.15", output = "0.60", currency = "USD" }}
"""


class Opened:
    """What is open of one arena."""

    def __init__(self, app: App, arena: Arena, api: Api) -> None:
        self.app = app
        self.arena = arena
        self.api = api


class _Here(ArenaDoor):
    def __init__(self, app: App, arena: Arena) -> None:
        super().__init__(app)
        self._arena = arena


Open = Callable[..., AbstractAsyncContextManager[Opened]]


def write_models(*models: str, sighted: tuple[str, ...] = ()) -> str:
    """Return the tables of models of the fakes, by id: what stands behind the vendor is the script."""
    return "".join(
        MODEL.format(
            id=model,
            upstream=model.partition("/")[0],
            name=model.partition("/")[2],
            abilities='"vision"' if model in sighted else "",
        )
        for model in models
    )


@pytest.fixture
def opening(fake: FakeUpstream, fen_home: Path) -> Open:
    """Open an arena by the text of its settings; may be used again, over the same home."""

    @asynccontextmanager
    async def opened(text: str) -> AsyncIterator[Opened]:
        path = fen_home / "fen.toml"
        path.write_text(SCRIPTED.format(base_url=fake.base_url) + text)
        async with open_app(load_settings(path, {"FEN_HOME": str(fen_home), "FEN_OFFLINE": "1"})) as app:
            arena = await open_arena(app, RHYTHM)
            service = Service(app.pipeline, Limits(), app.lacking, app.render_metrics)
            service.arena = _Here(app, arena)
            yield Opened(app, arena, Api(service))

    return opened
