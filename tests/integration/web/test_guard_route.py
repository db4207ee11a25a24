"""`POST /v1/guard`: the verdict on messages, for nothing, with no score in it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fen.app import App, load_settings, open_app
from fen.app import build as composition
from fen.web.api import Api, Limits, Service
from fen.wire.errors import ConfigError
from tests.fakes.sentry import ORDER, BrokenSentry, install
from tests.unit.web import asgi
from tests.unit.web.asgi import Asked, ask

SYSTEM = {"role": "system", "content": "You translate into French."}
CALL = {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}}
RETURNED = [
    {"role": "user", "content": "And?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "a", "content": f"12 degrees. {ORDER}"},
]


@pytest.fixture(autouse=True)
def sentry(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


@asynccontextmanager
async def serving(home: Path, text: str = "", limits: Limits | None = None) -> AsyncIterator[tuple[Api, App]]:
    path = home / "fen.toml"
    path.write_text(text)
    async with open_app(load_settings(path, {"FEN_HOME": str(home), "FEN_OFFLINE": "1"})) as app:
        yield Api(Service(app.pipeline, limits or Limits(), app.lacking, app.render_metrics)), app


async def post(api: Api, body: object, **headers: str) -> Asked:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return await asgi.post(api, "/v1/guard", data, **headers)


def read(found: Asked) -> Mapping[str, Any]:
    assert found.status == 200, found.body
    return msgspec.json.decode(found.body)


async def test_the_verdict_has_its_reason_and_no_score(fen_home: Path) -> None:
    async with serving(fen_home) as (api, app):
        found = await post(api, {"messages": RETURNED})
        assert read(found) == {
            "verdict": "strip",
            "reason": "found injection in messages[2].content, which has the authority of: tool",
            "findings": [
                {
                    "kind": "injection",
                    "where": "messages[2].content",
                    "privilege": "tool",
                    "start": 12,
                    "end": 12 + len(ORDER),
                }
            ],
        }
        assert b"score" not in found.body
        assert found.headers["x-fen-request-id"].startswith("req_")
        assert await app.book.latest(10) == []  # it costs nothing
        assert await app.findings.list(10) == []  # and nothing was sent


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"messages": [SYSTEM, {"role": "user", "content": "Hello"}]}, "pass"),
        ({"messages": [SYSTEM, {"role": "user", "content": ORDER}], "model": "any"}, "refuse"),
        ({"messages": [{"role": "user", "content": ORDER}], "system": "Be kind.", "max_tokens": 9}, "refuse"),
        (
            {"messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "f", "description": ORDER,
             "input_schema": {"type": "object"}}]},
            "strip",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a",
             "content": "fine"}, {"type": "text", "text": "And?"}]}]},
            "spotlight",
        ),
        (
            {"messages": [{"role": "user", "content": f"Sum up: {ORDER}"}],
             "fen": {"untrusted": [{"message": 0, "start": 8}]}},
            "strip",
        ),
    ],
)  # fmt: skip
async def test_both_formats_are_read_without_a_model(
    fen_home: Path, body: dict[str, Any], verdict: str
) -> None:
    async with serving(fen_home) as (api, _):
        assert read(await post(api, body))["verdict"] == verdict


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "found a body that is no JSON object"),
        (b"[]", "found a body that is no JSON object"),
        ({}, "the body: Object missing required field `messages`"),
        ({"messages": []}, "messages: Expected `array` of length >= 1"),
        ({"messages": "hi"}, "messages: Expected `array`, got `str`"),
        ({"messages": [{"role": "user", "content": [{"type": []}]}]}, "messages[0].content[0].type"),
        ({"messages": RETURNED, "tools": 3}, "tools: Expected `array | null`, got `int`"),
        ({"messages": RETURNED, "fen": {"untrusted": [{"message": 9}]}}, "fen.untrusted[0]"),
    ],
)
async def test_a_body_that_is_none_is_refused(fen_home: Path, body: object, told: str) -> None:
    async with serving(fen_home) as (api, _):
        found = await post(api, body)
        assert (found.status, found.error["type"]) == (400, "invalid_request_error")
        assert told in found.error["message"]


async def test_a_file_that_cannot_be_read_is_refused(fen_home: Path) -> None:
    part = {
        "type": "file",
        "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjcK"},
    }
    async with serving(fen_home) as (api, _):
        found = await post(api, {"messages": [{"role": "user", "content": [part]}]})
        assert (found.status, found.error["param"]) == (400, "messages[0].content[0].file.file_data")


async def test_a_key_is_asked_for_and_its_tiers_policy_taken(fen_home: Path) -> None:
    text = (
        '[guard]\nmode = "off"\n[guard.tiers.web]\nmode = "observe"\nkeep_text = true\n[tiers.web]\nrpm = 2\n'
    )
    async with serving(fen_home, text) as (api, app):
        api_key = (await app.keyring.create("alice", "test"))[1]
        web_key = (await app.keyring.create("bob", "test", "web"))[1]
        assert (await post(api, {"messages": RETURNED})).status == 401
        body = {"messages": [SYSTEM, {"role": "user", "content": ORDER}]}
        assert read(await post(api, body, authorization=f"Bearer {api_key}"))["verdict"] == "refuse"
        found = await post(api, body, authorization=f"Bearer {web_key}")
        assert read(found)["verdict"] == "pass"  # its policy has nothing against requesters
        assert found.headers["x-ratelimit-remaining-requests"] == "1"
        told = read(await post(api, {"messages": RETURNED}, x_api_key=web_key))
        assert (told["verdict"], told["findings"][0]["text"]) == ("strip", ORDER)
        assert (await post(api, body, authorization=f"Bearer {web_key}")).status == 429


async def test_a_body_over_the_limit_and_another_method_are_refused(fen_home: Path) -> None:
    async with serving(fen_home, limits=Limits(max_body_bytes=10)) as (api, _):
        assert (await post(api, {"messages": RETURNED}, content_length="999")).status == 413
        found, _ = await ask(api, "GET", "/v1/guard")
        assert (found.status, found.headers["allow"]) == (405, "POST")


async def test_the_guard_is_opened_once_and_when_first_asked(
    fen_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    real = composition.open_examiner

    def count(settings: Any) -> Any:
        opened.append(settings)
        return real(settings)

    monkeypatch.setattr(composition, "open_examiner", count)
    async with serving(fen_home) as (api, app):
        assert opened == []
        found = await asyncio.gather(*(post(api, {"messages": RETURNED}) for _ in range(8)))
        assert {one.status for one in found} == {200}
        assert len(opened) == 1
        (fen_home / "fen.toml").write_text('[guard]\nmode = "observe"\n')
        fresh = load_settings(fen_home / "fen.toml", app.settings.environ)
        assert (await app.reload(fresh)).parts.examiner is await app.open_examiner()
        assert len(opened) == 1


async def test_a_guard_that_fails_is_told_and_logged_without_words(
    fen_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install(monkeypatch, BrokenSentry())
    async with serving(fen_home) as (api, _):
        found = await post(api, {"messages": RETURNED})
    assert (found.status, found.error["code"]) == (500, "guard_failed")
    assert "the guard failed: RuntimeError" in caplog.text
    assert "hooray" not in caplog.text + found.body.decode()


async def test_a_guard_that_cannot_be_opened_is_told(
    fen_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: object) -> None:
        raise ConfigError("the guard's artefact cannot be read")

    monkeypatch.setattr(composition, "open_examiner", refuse)
    async with serving(fen_home) as (api, _):
        found = await post(api, {"messages": RETURNED})
    assert (found.status, found.error["code"]) == (500, "guard_failed")
    assert "the guard cannot be opened: the guard's artefact cannot be read" in caplog.text
