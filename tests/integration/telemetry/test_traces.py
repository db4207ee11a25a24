"""A call is a span between the client's and the upstream's, in the GenAI conventions' words."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.integration.telemetry.collector import Collector, Span
from tests.serving import Serving

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
PROMPT = "my diagnosis is gout"


def post(serving: Serving, path: str, body: dict[str, Any], **headers: str) -> int:
    request = urllib.request.Request(serving.url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            response.read()
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def chat(text: str, model: str = "fake/gpt-4o-mini") -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}]}


async def ask(
    serving: Serving, body: dict[str, Any], path: str = "/v1/chat/completions", **headers: str
) -> int:
    return (await serving.until(lambda: (post(serving, path, body, **headers),)))[0]


async def spans(serving: Serving, collector: Collector, count: int = 1) -> list[Span]:
    return await serving.until(lambda: collector.spans if len(collector.spans) >= count else None) or []


async def test_the_span_stands_between_the_clients_and_the_upstreams(
    tracing: Serving, fake: FakeUpstream, collector: Collector
) -> None:
    text = f"{PROMPT} [[tokens-12-prompt-100-cached-40-reasoning-3]]"
    assert await ask(tracing, chat(text), traceparent=TRACEPARENT) == 200
    [span] = await spans(tracing, collector)
    assert (span.trace, span.parent) == (TRACE, PARENT)
    assert fake.records[-1].headers["traceparent"] == f"00-{TRACE}-{span.id}-01"
    assert span.id != PARENT
    assert collector.paths == {"/v1/traces"}
    assert span.resource["service.name"] == "fen"
    assert span.name == "chat fake/gpt-4o-mini"
    assert span.kind == 3  # CLIENT
    assert not span.failed
    assert span.seconds > 0
    request_id = span.attributes.pop("fen.request_id")
    assert tracing.get(f"/v1/requests/{request_id}")[0] == 200
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "fake",
        "gen_ai.request.model": "fake/gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.request.stream": False,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 15,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.reasoning.output_tokens": 3,
        "http.response.status_code": 200,
        "fen.cost": "0.000021",
        "fen.currency": "USD",
    }


async def test_a_stream_tells_when_it_began(tracing: Serving, collector: Collector) -> None:
    await RawStream(tracing, "[[tokens-3]]").run()
    [span] = await spans(tracing, collector)
    assert span.parent == ""
    assert span.attributes["gen_ai.request.stream"] is True
    assert 0 < span.attributes["gen_ai.response.time_to_first_chunk"] <= span.seconds


@pytest.mark.parametrize(
    ("words", "status", "code"), [("silent", 502, "upstream"), ("status-429", 429, "rate")]
)
async def test_a_failure_is_marked(
    words: str, status: int, code: str, tracing: Serving, collector: Collector
) -> None:
    assert await ask(tracing, chat(f"[[{words}]]")) == status
    [span] = await spans(tracing, collector)
    assert span.failed
    assert code in span.attributes["error.type"]
    assert span.attributes["http.response.status_code"] == status


async def test_nothing_that_a_client_wrote_is_traced(
    tracing: Serving, fake: FakeUpstream, collector: Collector
) -> None:
    assert await ask(tracing, chat(PROMPT)) == 200
    assert await ask(tracing, chat("hi", model=PROMPT)) == 404
    assert await ask(tracing, chat(PROMPT) | {"user": PROMPT, "stop": [PROMPT], "n": 2}) == 200
    assert await ask(tracing, chat(f"{PROMPT} [[status-400]]")) == 400
    embeddings = {"model": "fake/gpt-4o-mini", "input": PROMPT}
    assert await ask(tracing, embeddings, "/v1/embeddings") == 200
    found = await spans(tracing, collector, 5)
    assert [span.name for span in found].count("chat") == 1  # the model that is none of ours has no name
    assert found[-1].name == "embeddings fake/gpt-4o-mini"
    for body in collector.bodies:
        assert PROMPT.encode() not in body
        assert b"diagnosis" not in body


async def test_an_unsampled_trace_stays_unsampled(
    tracing: Serving, fake: FakeUpstream, collector: Collector
) -> None:
    assert await ask(tracing, chat("hi"), traceparent=TRACEPARENT[:-2] + "00") == 200
    sent = fake.records[-1].headers["traceparent"]
    assert sent.startswith(f"00-{TRACE}-")
    assert sent.endswith("-00")
    assert await ask(tracing, chat("hi")) == 200
    await tracing.stop()
    assert len(collector.spans) == 1


async def test_a_malformed_traceparent_begins_a_trace_of_its_own(
    tracing: Serving, fake: FakeUpstream, collector: Collector
) -> None:
    assert await ask(tracing, chat("hi"), traceparent=f"00-{'0' * 32}-{PARENT}-01") == 200
    [span] = await spans(tracing, collector)
    assert span.parent == ""
    assert fake.records[-1].headers["traceparent"].startswith(f"00-{span.trace}-{span.id}-")


async def test_the_last_spans_are_sent_at_the_end(
    fake: FakeUpstream, collector: Collector, tracing: Serving
) -> None:
    await tracing.stop()
    tracing.environ["OTEL_BSP_SCHEDULE_DELAY"] = "600000"
    await tracing.start()
    assert await ask(tracing, chat("hi")) == 200
    assert collector.spans == []
    assert await tracing.stop() == 0
    assert len(collector.spans) == 1


async def test_a_collector_that_is_gone_costs_no_answer_and_no_row(
    tracing: Serving, collector: Collector
) -> None:
    await tracing.stop()
    tracing.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
    await tracing.start()
    stream = RawStream(tracing, "[[tokens-3]]")
    await stream.run()
    assert stream.finished
    assert await tracing.stop() == 0


async def test_without_a_collector_the_clients_traceparent_goes_on_unchanged(
    serving: Serving, fake: FakeUpstream
) -> None:
    assert await ask(serving, chat("hi"), traceparent=TRACEPARENT) == 200
    assert fake.records[-1].headers["traceparent"] == TRACEPARENT
    assert await ask(serving, chat("hi"), traceparent=TRACEPARENT + "-more") == 200
    assert "traceparent" not in fake.records[-1].headers
    assert await ask(serving, chat("hi")) == 200
    assert "traceparent" not in fake.records[-1].headers
