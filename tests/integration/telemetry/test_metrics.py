"""What /metrics says is what the books say."""

import asyncio
import urllib.request
from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.integration.telemetry.test_traces import ask, chat
from tests.serving import Serving

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(serving: Serving) -> Samples:
    with urllib.request.urlopen(serving.url + "/metrics", timeout=10) as response:
        families = list(text_string_to_metric_families(response.read().decode()))
    return {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples}


def total(samples: Samples, name: str, **labels: str) -> float:
    wanted = labels.items()
    return sum(value for (found, has), value in samples.items() if found == name and wanted <= set(has))


async def test_requests_tokens_and_costs_are_those_of_the_answers(
    serving: Serving, fake: FakeUpstream
) -> None:
    streams = [RawStream(serving, f"[[tokens-{5 + i}-prompt-{100 + i}-cached-{10 * i}]]") for i in range(4)]
    await asyncio.gather(*(stream.run() for stream in streams))
    assert await ask(serving, chat("[[tokens-7-prompt-50]]")) == 200
    assert await ask(serving, chat("[[status-503]]")) == 502
    assert await ask(serving, chat("hi", model="nobody/knows")) == 404
    samples = await asyncio.to_thread(scrape, serving)

    model = "fake/gpt-4o-mini"
    assert total(samples, "fen_requests_total", model=model, status="200", stream="true") == 4
    assert total(samples, "fen_requests_total", model=model, status="200", stream="false") == 1
    assert total(samples, "fen_requests_total", model=model, status="502", upstream="fake") == 1
    assert total(samples, "fen_requests_total", model="unknown", status="404") == 1
    assert total(samples, "fen_requests_total") == 7
    assert total(samples, "fen_tokens_total", model=model, meter="output") == 5 + 6 + 7 + 8 + 7
    assert total(samples, "fen_tokens_total", model=model, meter="cached_input") == 60
    assert total(samples, "fen_tokens_total", model=model, meter="input") == 406 - 60 + 50
    assert total(samples, "fen_request_seconds_count", model=model) == 6
    assert total(samples, "fen_first_token_seconds_count", model=model) == 4
    assert total(samples, "fen_in_flight") == 0
    assert total(samples, "fen_embedded_cpu_seconds_total") == 0
    assert not any("nobody" in value for _, labels in samples for _, value in labels)

    told = sum(Decimal(stream.usage["fen"]["cost"]) for stream in streams if stream.usage)
    told += (Decimal("0.15") * 50 + Decimal("0.60") * 7) / 1_000_000
    assert total(samples, "fen_cost_total", model=model, currency="USD") == float(told)


async def test_an_upstream_that_keeps_failing_shows_in_metrics_and_in_readiness(serving: Serving) -> None:
    names = {"upstream": "fake", "model": "gpt-4o-mini"}
    assert await ask(serving, chat("[[tokens-3]]")) == 200
    samples = await asyncio.to_thread(scrape, serving)
    assert total(samples, "fen_upstream_state", state="closed", **names) == 1
    for _ in range(5):  # of up to three attempts each
        await ask(serving, chat("[[status-503]]"))
    samples = await asyncio.to_thread(scrape, serving)
    left = [total(samples, "fen_upstream_state", state=state, **names) for state in ("open", "half_open")]
    assert sum(left) == total(samples, "fen_upstream_state", **names) == 1
    status, told = await asyncio.to_thread(serving.get, "/readyz")
    assert (status, told["status"]) == (200, "ready")
    [view] = told["upstreams"]
    assert (view["upstream"], view["model"], view["state"]) == ("fake", "gpt-4o-mini", view["state"])
    assert view["state"] in ("open", "half_open")


async def test_metrics_ask_for_a_key_as_everything_does(serving: Serving) -> None:
    secret = serving.fen("keys", "create", "scraper")["secret"]
    await serving.until(lambda: serving.get("/v1/models")[0] == 401)
    request = urllib.request.Request(serving.url + "/metrics", headers={"authorization": f"Bearer {secret}"})
    with await asyncio.to_thread(urllib.request.urlopen, request, timeout=10) as response:
        assert b"fen_build_info" in response.read()
    status, body = serving.get("/metrics", authorization="Bearer fen-wrong")
    assert (status, body["error"]["code"]) == (401, "invalid_api_key")
    assert serving.get("/healthz")[0] == 200
