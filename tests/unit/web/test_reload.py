"""A reload changes everything or nothing, one at a time, and never the address."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from fen.app import App, CommandLine, Settings, load_settings
from fen.web.api import Limits, Service
from fen.web.reload import Reloading
from fen.wire.errors import ConfigError


class FakeApp:
    """Takes settings, or refuses them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.taken: list[Settings] = []
        self.refusal: Exception | None = None
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def reload(self, settings: Settings) -> str:
        self.begun.set()
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.settings = settings
        self.taken.append(settings)
        return f"pipeline {len(self.taken)}"


async def ready() -> dict[str, str]:
    return {}


def make(config: Path, environ: Mapping[str, str]) -> tuple[Reloading, FakeApp, Service]:
    settings = load_settings(config, environ, CommandLine("127.0.0.9", 8123))
    app = FakeApp(settings)
    service = Service(cast(Any, "pipeline 0"), Limits(), ready, lambda: (b"", ""))
    return Reloading(cast(App, app), service), app, service


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fen.toml"
    path.write_text("[server]\nmax_in_flight = 5\n")
    return path


def write(config: Path, text: str) -> None:
    config.write_text(text)


async def test_the_new_file_is_taken_and_the_command_line_kept(config: Path) -> None:
    reloading, app, service = make(config, {"FEN_HOME": "/nowhere"})
    write(config, '[server]\nmax_in_flight = 7\nhost = "127.0.0.2"\nport = 9\nmax_body_bytes = 1234\n')
    reloading.ask()
    await reloading.stop()
    [taken] = app.taken
    assert (taken.server.host, taken.server.port) == ("127.0.0.9", 8123)
    assert service.limits == Limits(1234, 7)
    assert service.pipeline == "pipeline 1"


async def test_a_file_that_is_not_right_changes_nothing(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reloading, app, service = make(config, {})
    write(config, "[server]\nmax_in_flight = true\n")
    reloading.ask()
    await reloading.stop()
    assert app.taken == []
    assert service.pipeline == "pipeline 0"
    assert f"{config}:2" in caplog.text


@pytest.mark.parametrize("refusal", [ConfigError("found x, expected y"), RuntimeError("a fault")])
async def test_what_the_parts_refuse_changes_nothing(
    refusal: Exception, config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reloading, app, service = make(config, {})
    app.refusal = refusal
    reloading.ask()
    await reloading.stop()
    assert service.pipeline == "pipeline 0"
    assert service.limits == Limits()
    assert "configuration kept as it was" in caplog.text
    app.refusal = None
    reloading.ask()
    await reloading.stop()
    assert service.pipeline == "pipeline 1"


async def test_who_asks_during_a_reload_gets_one_more(config: Path) -> None:
    reloading, app, service = make(config, {})
    app.gate.clear()
    reloading.ask()
    await app.begun.wait()
    write(config, "[server]\nmax_in_flight = 9\n")
    reloading.ask()
    reloading.ask()
    app.gate.set()
    await reloading.stop()
    assert len(app.taken) == 2
    assert service.limits.max_in_flight == 9


async def test_without_a_file_the_environment_says_where(config: Path) -> None:
    reloading, app, _ = make(config, {})
    app.settings = replace(app.settings, config=None, environ={"FEN_CONFIG": str(config)})
    reloading.ask()
    await reloading.stop()
    assert app.taken[0].server.max_in_flight == 5
