"""Bad input gets a 4xx with a message, never a 500, and never costs anything."""

import http.client
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st

from fen.web.api.openapi import make_document
from tests.integration.gateway.running import Running, running
from tests.sizes import is_proving

MODEL = "fake/gpt-4o-mini"
ARENA = f'[arena]\nmodels = ["{MODEL}", "fake/text-only"]\n'  # else the embedded model would play
LIVE = "/api/arena/board/live"  # it has no end
schema = schemathesis.openapi.from_dict(make_document()).exclude(path=LIVE)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("bad-input"), ARENA) as server:
        yield server


def post(live: Running, body: bytes, path: str = "/v1/chat/completions", **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    try:
        connection.request("POST", path, body, {"content-type": "application/json", **headers})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = [
    "messages", "stream", "stream_options", "max_tokens", "n", "stop", "tools", "tool_choice", "seed",
    "response_format", "logit_bias", "logprobs", "temperature", "metadata", "audio", "modalities", "user",
]  # fmt: skip
near_misses = st.fixed_dictionaries(
    {"model": st.just(MODEL) | scalars, "messages": st.just([{"role": "user", "content": "hi"}]) | trees},
    optional={name: trees for name in MEMBERS if name != "messages"},
)


LONG = b'{"model":"fake/text-only","messages":[{"role":"user","content":"' + b"word " * 5000 + b'"}]}'


def is_told(status: int, body: Any) -> bool:
    """A refusal has a message; an answer is one."""
    return status < 400 or (status < 500 and bool(body["error"]["message"]))


PATHS = (
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/guard",
    "/v1/messages",
    "/v1/messages/count_tokens",
)


@given(st.binary(max_size=64) | trees.map(msgspec.json.encode) | near_misses.map(msgspec.json.encode))
@settings(max_examples=2000 if is_proving() else 150)
def test_any_bytes_get_an_answer_or_a_reason(live: Running, body: bytes) -> None:
    for path in PATHS:
        if b'"stream":true' in body:
            continue  # its answer is no JSON; the streaming tests read it
        status, told = post(live, body, path)
        assert is_told(status, told), (status, told, body)


@schema.parametrize()
@settings(max_examples=200 if is_proving() else 25)
def test_the_published_document_holds(live: Running, case: schemathesis.Case) -> None:
    check(case, live)
    if isinstance(case.body, dict) and "model" in case.body:
        case.body["model"] = MODEL  # beyond the question whether there is such a model
        check(case, live)


def check(case: schemathesis.Case, live: Running) -> None:
    response = case.call(base_url=live.url, timeout=20)
    assert response.status_code < 500 or case.path == "/readyz", response.text
    if response.status_code >= 400:
        assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"[" * 200_000, 400, "array"),
        (b"x" * (33 * 1024 * 1024), 413, "expected at most"),
        (b'{"model":"no/such","messages":[{"role":"user","content":"hi"}]}', 404, "no/such"),
        (b'{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}', 404, "not enabled"),
        (LONG, 400, "4096"),
        (
            b'{"model":"fake/text-only","max_tokens":2000,"n":2,"messages":[{"role":"user","content":"hi"}]}',
            400,
            "expected at most 1024",
        ),
    ],
)  # fmt: skip
def test_named_refusals(live: Running, body: bytes, status: int, words: str) -> None:
    before = len(live.fake_records())
    found, told = post(live, body)
    assert (found, words in told["error"]["message"]) == (status, True), told
    assert len(live.fake_records()) == before  # refused before it was sent


def test_a_mixture_of_texts_and_tokens_is_refused(live: Running) -> None:
    body = b'{"model":"fake/gpt-4o-mini","input":["",0]}'
    status, told = post(live, body, "/v1/embeddings")
    assert (status, "texts alone" in told["error"]["message"]) == (400, True), told


def test_nothing_was_charged_for_what_was_refused(live: Running) -> None:
    before = live.fen("usage")
    for body in (b"{", b'{"model":"fake/gpt-4o-mini","messages":[]}'):
        post(live, body)
    assert live.fen("usage") == before
    assert sum(Decimal(row["cost"] or 0) for row in before) >= 0
    assert "Traceback" not in live.log


def test_other_methods_and_paths(live: Running) -> None:
    for method, path, status in (
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("POST", "/v1/nothing", 404),
        ("GET", "/v1/requests/req_unknown", 404),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
        connection.request(method, path)
        response = connection.getresponse()
        assert response.status == status
        assert json.loads(response.read())["error"]["message"]
        connection.close()


def test_strangers_are_refused_while_there_is_no_key(live: Running) -> None:
    body = b'{"model":"fake/gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}'
    for headers in (
        {"origin": "https://example.org"},
        {"origin": "null"},
        {"host": "example.org"},
        {"x-forwarded-for": "10.1.2.3"},
        {"forwarded": "for=10.1.2.3"},
    ):
        status, told = post(live, body, **headers)
        assert status in (401, 403), (headers, told)
    assert post(live, body, host="localhost:1234")[0] == 200


def test_the_home_keeps_its_secrets(live: Running) -> None:
    secret = "fen-" + "s3cret" * 8
    post(
        live,
        b'{"model":"fake/gpt-4o-mini","messages":[{"role":"user","content":"xyzzy plugh"}]}',
        authorization=f"Bearer {secret}",
    )
    kept = b"".join(path.read_bytes() for path in Path(live.home).rglob("*") if path.is_file())
    assert secret.encode() not in kept
    assert b"xyzzy plugh" not in kept
