"""Metrics say what happened, in Prometheus' format, under labels that nobody outside can make up."""

import logging
from decimal import Decimal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fen import __version__
from fen.telemetry import Metrics
from fen.wire.money import Money
from fen.wire.usage import METERS, Usage
from tests.unit.telemetry.calls import call


def read(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    body, kind = metrics.render()
    assert kind.startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(body.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for f in families
        for sample in f.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return read(metrics).get((name, frozenset(labels.items())))


def test_requests_are_counted_by_their_labels() -> None:
    metrics = Metrics()
    for _ in range(3):
        metrics.finish(call())
    metrics.finish(call(stream=False))
    metrics.finish(call(status=502, upstream=None))
    labels = {"model": "fake/gpt-4o-mini", "format": "openai.chat"}
    assert value(metrics, "fen_requests_total", upstream="fake", status="200", stream="true", **labels) == 3
    assert value(metrics, "fen_requests_total", upstream="fake", status="200", stream="false", **labels) == 1
    assert (
        value(metrics, "fen_requests_total", upstream="unknown", status="502", stream="true", **labels) == 1
    )


def test_each_meter_is_counted_by_itself() -> None:
    metrics = Metrics()
    usage = Usage(*range(1, len(METERS) + 1))
    metrics.finish(call(usage=usage))
    metrics.finish(call(usage=usage))
    for meter in METERS:
        found = value(metrics, "fen_tokens_total", model="fake/gpt-4o-mini", meter=meter)
        assert found == 2 * getattr(usage, meter)


def test_meters_that_stayed_empty_are_no_series() -> None:
    metrics = Metrics()
    metrics.finish(call(usage=Usage(input=1)))
    assert [dict(labels)["meter"] for name, labels in read(metrics) if name == "fen_tokens_total"] == [
        "input"
    ]


def test_costs_are_added_up_exactly_and_by_currency() -> None:
    metrics = Metrics()
    for _ in range(1000):
        metrics.finish(call(cost=Money(Decimal("0.000000000001"), "USD")))
    metrics.finish(call(cost=Money(Decimal("0.5"), "CNY")))
    assert value(metrics, "fen_cost_total", model="fake/gpt-4o-mini", currency="USD") == 1e-9
    assert value(metrics, "fen_cost_total", model="fake/gpt-4o-mini", currency="CNY") == 0.5


def test_times_fall_into_cumulative_buckets() -> None:
    metrics = Metrics()
    for milliseconds in (5, 10, 11, 700_000):
        metrics.finish(call(ended_ns=1_000_000_000 + milliseconds * 1_000_000, first_ns=None))
    model = {"model": "fake/gpt-4o-mini"}
    assert (
        value(metrics, "fen_request_seconds_bucket", le="0.01", **model) == 2
    )  # a bound is part of its bucket
    assert value(metrics, "fen_request_seconds_bucket", le="0.025", **model) == 3
    assert value(metrics, "fen_request_seconds_bucket", le="600.0", **model) == 3
    assert value(metrics, "fen_request_seconds_bucket", le="+Inf", **model) == 4
    assert value(metrics, "fen_request_seconds_count", **model) == 4
    assert value(metrics, "fen_request_seconds_sum", **model) == pytest.approx(700.026)
    assert value(metrics, "fen_first_token_seconds_count", **model) is None


def test_the_first_token_is_timed_from_the_request() -> None:
    metrics = Metrics()
    metrics.finish(call())
    assert value(metrics, "fen_first_token_seconds_sum", model="fake/gpt-4o-mini") == pytest.approx(0.04)


def test_a_call_that_names_no_model_of_ours_has_the_label_unknown() -> None:
    metrics = Metrics()
    metrics.finish(call(model=None, upstream=None, status=404, usage=None, cost=None, first_ns=None))
    found = value(
        metrics,
        "fen_requests_total",
        model="unknown",
        upstream="unknown",
        format="openai.chat",
        status="404",
        stream="true",
    )
    assert found == 1


def test_readings_are_taken_at_each_scrape() -> None:
    metrics = Metrics()
    figures = iter([1.0, 2.5, 3.0, 4.0])
    metrics.add_reading("gauge", "fen_in_flight", "Requests under way.", lambda: next(figures))
    metrics.add_reading("counter", "fen_work", "Work.", lambda: 7.0)
    assert value(metrics, "fen_in_flight") == 1.0
    assert value(metrics, "fen_in_flight") == 2.5
    assert value(metrics, "fen_work_total") == 7.0


def test_readings_with_labels_are_those_of_the_moment() -> None:
    metrics = Metrics()
    states = {("a", "open"): 1.0, ("a", "closed"): 0.0}
    metrics.add_readings("fen_state", "States.", ("upstream", "state"), states.items)
    assert value(metrics, "fen_state", upstream="a", state="open") == 1
    assert value(metrics, "fen_state", upstream="a", state="closed") == 0
    del states["a", "open"]
    assert value(metrics, "fen_state", upstream="a", state="open") is None


def test_a_reading_that_fails_costs_no_other_figure(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> float:
        raise RuntimeError

    metrics = Metrics()
    metrics.add_reading("gauge", "fen_broken", "Never there.", fail)
    metrics.finish(call())
    with caplog.at_level(logging.ERROR):
        assert value(metrics, "fen_broken") is None
        assert value(metrics, "fen_request_seconds_count", model="fake/gpt-4o-mini") == 1
    assert "fen_broken" in caplog.text


def test_a_name_that_is_taken_is_refused() -> None:
    metrics = Metrics()
    metrics.add_reading("gauge", "fen_in_flight", "Requests under way.", lambda: 0)
    with pytest.raises(ValueError, match="fen_in_flight"):
        metrics.add_reading("gauge", "fen_in_flight", "Again.", lambda: 0)


def test_the_version_and_the_process_are_told() -> None:
    metrics = Metrics()
    assert value(metrics, "fen_build_info", version=__version__) == 1
    assert (value(metrics, "process_cpu_seconds_total") or 0) > 0
