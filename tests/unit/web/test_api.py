"""Every refusal is OpenAI's error object, with a request id and with what was found and expected."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec
import pytest
from starlette.routing import Route

from fen.app.arena_door import ArenaDoor
from fen.batch import Batches
from fen.gateway import Pipeline
from fen.gateway.breaker import BreakerPolicy, Breakers
from fen.gateway.responses.ask import read_ask
from fen.routing.feedback import Feedback
from fen.web.api import Api, Limits, Service
from fen.web.api.openapi import make_document
from fen.web.api.openapi_responses import PROPERTIES
from fen.web.api.reading import read_body
from fen.wire.errors import RequestTooSlow
from fen.wire.ports import CallRecord
from tests.unit.web.asgi import ask

PROMPT = "my diagnosis is"


class Watching:
    """An observer; all that a refused request needs of a pipeline."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.parts = self
        self.observer = self
        self.breakers = Breakers(BreakerPolicy(failures=1, open_first=60.0), clock=lambda: 1000.0)
        self.routes: dict[str, object] = {}
        self.answer: Callable[..., Awaitable[Any]] = self.break_down

    def finish(self, record: CallRecord) -> None:
        self.records.append(record)

    async def break_down(self, *_: object, **__: object) -> Any:
        raise RuntimeError(PROMPT)


async def ready() -> dict[str, str]:
    return {}


def make_api(limits: Limits | None = None, ready: Any = ready) -> tuple[Api, Service, Watching]:
    watching = Watching()
    service = Service(
        cast(Pipeline, watching), limits or Limits(), ready, lambda: (b"fen_x 1\n", "text/plain")
    )
    return Api(service), service, watching


def piece(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/", 404, "found '/', expected a route of the API"),
        ("GET", "/healthz/", 404, "found '/healthz/'"),
        ("POST", "/v1/completions", 404, "found '/v1/completions'"),
        ("GET", "/v1/chat/completions", 405, "found GET, expected POST"),
        ("DELETE", "/v1/embeddings", 405, "found DELETE, expected POST"),
        ("POST", "/v1/models", 405, "found POST, expected GET or HEAD"),
    ],
)
async def test_wrong_ways_are_named(method: str, path: str, status: int, words: str) -> None:
    api, _, _ = make_api()
    found, _ = await ask(api, method, path)
    assert found.status == status
    assert words in found.error["message"]
    assert found.error["type"] == "invalid_request_error"
    assert found.headers["x-fen-request-id"].startswith("req_")
    assert found.headers["content-type"] == "application/json"
    assert ("allow" in found.headers) == (status == 405)


@pytest.mark.parametrize(
    ("path", "allow"),
    [("/v1/chat/completions", "POST"), ("/v1/embeddings", "POST"), ("/v1/models", "GET, HEAD")],
)
async def test_options_tell_the_methods(path: str, allow: str) -> None:
    api, _, _ = make_api()
    found, _ = await ask(api, "OPTIONS", path)
    assert (found.status, found.headers["allow"], found.body) == (204, allow, b"")


async def test_a_body_over_the_limit_is_refused_by_its_length_alone() -> None:
    api, _, watching = make_api(Limits(max_body_bytes=1000))
    pieces = [piece(b"x" * 600), piece(b"x" * 600, more=False)]
    found, taken = await ask(
        api, "POST", "/v1/chat/completions", pieces, content_length="1200", expect="100-continue"
    )
    assert (found.status, taken) == (413, 0)
    assert found.error["message"] == "found a body of 1200 bytes, expected at most 1000"
    assert found.headers["connection"] == "close"
    [record] = watching.records
    assert (record.status, record.model, record.error) == (413, None, "request_too_large")
    assert record.request_id == found.headers["x-fen-request-id"]


async def test_a_client_that_sends_on_is_heard_out_so_that_it_reads_why() -> None:
    api, _, _ = make_api(Limits(max_body_bytes=1000))
    pieces = [piece(b"x" * 600) for _ in range(9)] + [piece(b"", more=False)]
    found, taken = await ask(api, "POST", "/v1/chat/completions", pieces, content_length="5400")
    assert (found.status, taken, found.complete) == (413, 10, True)


async def test_a_body_without_a_length_is_read_up_to_the_limit() -> None:
    api, _, _ = make_api(Limits(max_body_bytes=1000))
    pieces = [piece(b"x" * 600), piece(b"x" * 600), piece(b"", more=False)]
    found, _ = await ask(api, "POST", "/v1/embeddings", pieces, transfer_encoding="chunked")
    assert found.status == 413
    assert "found a body of at least 1200 bytes" in found.error["message"]


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    api, _, _ = make_api(Limits(max_body_bytes=10))
    found, _ = await ask(api, "POST", "/v1/embeddings", [piece(b"x" * 10, more=False)], content_length="10")
    assert found.status == 400


@pytest.mark.parametrize("begun", [False, True])
async def test_a_body_that_stops_coming_is_given_up(begun: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fen.web.api.reading.BODY_SECONDS", 0.0)
    pieces = [piece(b"{")] if begun else []

    async def receive() -> dict[str, Any]:
        if not pieces:
            await asyncio.Event().wait()
        return pieces.pop()

    with pytest.raises(RequestTooSlow, match="expected all of it"):
        await read_body(receive, 1000, is_here=begun)


async def test_one_request_too_many_is_told_to_come_back() -> None:
    api, service, watching = make_api(Limits(max_in_flight=2))
    service.in_flight = 2
    found, _ = await ask(api, "POST", "/v1/chat/completions")
    assert (found.status, found.headers["retry-after"]) == (503, "1")
    assert found.error["code"] == "overloaded"
    assert service.in_flight == 2
    assert [record.status for record in watching.records] == [503]


async def test_other_routes_answer_when_all_places_are_taken() -> None:
    api, service, _ = make_api(Limits(max_in_flight=0))
    service.in_flight = 5
    assert (await ask(api, "GET", "/healthz"))[0].status == 200


async def test_a_compressed_body_is_refused_by_name() -> None:
    api, _, _ = make_api()
    found, _ = await ask(api, "POST", "/v1/chat/completions", content_encoding="gzip")
    assert found.status == 400
    assert "content-encoding: found 'gzip'" in found.error["message"]


@pytest.mark.parametrize("name", ["anthropic-version", "anthropic-beta"])
async def test_a_header_that_no_upstream_could_be_sent_is_refused_by_name(name: str) -> None:
    api, _, watching = make_api()
    body = b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}'
    for value in ("2023-06-01\u00e9", "a\tb", "\x7f"):
        headers = {name.replace("-", "_"): value}
        found, _ = await ask(api, "POST", "/v1/messages", [piece(body, more=False)], **headers)
        assert (found.status, found.error["type"]) == (400, "invalid_request_error")
        assert found.error["message"].startswith(f"{name}: found ")
        assert found.error["param"] == name
    assert [record.status for record in watching.records] == [400] * 3


async def test_what_is_not_ready_is_named() -> None:
    async def lacking() -> dict[str, str]:
        return {"database": "found no database"}

    api, _, _ = make_api(ready=lacking)
    found, _ = await ask(api, "GET", "/readyz")
    assert found.status == 503
    assert b'"database":"found no database"' in found.body


async def test_upstreams_that_are_left_alone_are_told_of_and_fail_no_readiness() -> None:
    api, service, watching = make_api()
    watching.breakers.succeeded(("mock", "fine"))
    found, _ = await ask(api, "GET", "/readyz")
    assert found.body == b'{"status":"ready","lacking":{}}'
    watching.breakers.failed(("mock", "broken"))
    watching.breakers.busy(("other", "hasty"), 7.04)
    found, _ = await ask(api, "GET", "/readyz")
    assert (found.status, json.loads(found.body)) == (
        200,
        {
            "status": "ready",
            "lacking": {},
            "upstreams": [
                {"upstream": "mock", "model": "broken", "state": "open", "seconds": 60.0, "trips": 1},
                {"upstream": "other", "model": "hasty", "state": "busy", "seconds": 7.0, "trips": 0},
            ],
        },
    )

    async def degraded() -> dict[str, str]:
        return {"valkey": "away"}

    service.degraded = degraded
    told = json.loads((await ask(api, "GET", "/readyz"))[0].body)
    assert (told["status"], told["degraded"], len(told["upstreams"])) == ("degraded", {"valkey": "away"}, 2)


@pytest.mark.parametrize("path", ["/readyz", "/v1/models", "/metrics", "/v1/requests/req_1"])
async def test_a_fault_of_our_own_is_logged_and_tells_nothing(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> dict[str, str]:
        raise RuntimeError(PROMPT)

    api, _, watching = make_api(ready=fail)
    watching.keyring = None  # pyright: ignore[reportAttributeAccessIssue]
    with caplog.at_level(logging.ERROR):
        found, _ = await ask(api, "GET", path)
    assert found.status == 500
    request_id = found.headers["x-fen-request-id"]
    assert found.error["message"] == f"a fault of Fen's own; its log has it under {request_id}"
    assert found.error["code"] == "internal_error"
    [record] = caplog.records
    assert record.exc_info
    assert record.__dict__["request_id"] == request_id


async def test_a_fault_on_a_hot_route_is_logged_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    api, service, _ = make_api()
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
    found, _ = await ask(api, "POST", "/v1/chat/completions", [piece(body, more=False)])
    assert found.status == 500
    assert PROMPT.encode() not in found.body
    assert caplog.records[0].__dict__["request_id"] == found.headers["x-fen-request-id"]
    assert service.in_flight == 0


async def test_a_request_refused_before_the_pipeline_is_counted_once() -> None:
    api, _, watching = make_api()
    found, _ = await ask(api, "POST", "/v1/chat/completions", [piece(b"{", more=False)])
    [record] = watching.records
    assert (found.status, record.status, record.format) == (400, 400, "openai.chat")
    assert record.started_ns <= record.ended_ns


async def test_the_published_document_names_every_route() -> None:
    api, service, _ = make_api()
    found, _ = await ask(api, "GET", "/openapi.json")
    assert found.status == 200
    service.batches = cast(Batches, object())
    service.arena = cast(ArenaDoor, object())
    service.feedback = cast(Feedback, object())
    api = Api(service)
    served = {path: {"post"} for path in api._hot}
    for route in cast("list[Route]", api._rest.routes):
        methods = {method.lower() for method in route.methods or ()} - {"head"}
        served.setdefault(route.path.replace(":path", ""), set()).update(methods)
    del served["/openapi.json"]
    assert {path: set(known) for path, known in msgspec.json.decode(found.body)["paths"].items()} == served


def test_the_published_document_refers_to_what_is_in_it() -> None:
    text = msgspec.json.encode(make_document()).decode()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named == set(make_document()["components"]["schemas"])


def test_what_the_document_says_of_responses_is_taken() -> None:
    function = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    said = {
        "input": [{"type": "message", "role": "user", "content": "hi"}],
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "text"}, "verbosity": "low"},
        "tool_choice": "auto",
        "tools": [function],
        "metadata": {"a": "b"},
    }
    plain = {"string": "x", "integer": 1, "number": 1, "boolean": True}
    for name, schema in PROPERTIES.items():
        kind = schema.get("type")
        if name not in said:
            said[name] = plain[kind if isinstance(kind, str) else kind[0]]
    read = msgspec.json.decode(read_ask(msgspec.json.encode(said)).chat)
    assert (read["model"], read["max_completion_tokens"], read["reasoning_effort"]) == ("x", 1, "low")
