"""Prometheus metrics. Every label is bounded: a model is one of the catalogue's, never a client's word."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from fen import __version__
from fen.wire.money import Money
from fen.wire.ports import CallRecord
from fen.wire.usage import METERS, Usage

_log = logging.getLogger(__name__)

UNKNOWN = "unknown"
"""The label of what a call did not come to know, such as the model of a request that names none of ours."""

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)

_Add = Callable[[float], None]
_Labels = tuple[str | None, str | None, str, int, bool]


class Metrics:
    """Counts finished calls; what else there is to see is read when Prometheus asks.

    The label's children are looked up once and kept: a call then costs a few microseconds.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "fen_requests",
            "Finished calls.",
            ("model", "upstream", "format", "status", "stream"),
            registry=self._registry,
        )
        self._tokens = Counter(
            "fen_tokens", "Tokens by meter, each counted once.", ("model", "meter"), registry=self._registry
        )
        self._cost = Counter(
            "fen_cost", "What the upstreams bill.", ("model", "currency"), registry=self._registry
        )
        self._seconds = self._histogram("fen_request_seconds", "From a request to the end of its answer.")
        self._first = self._histogram("fen_first_token_seconds", "From a request to its first output.")
        self._calls: dict[_Labels, tuple[Callable[[], None], _Add, _Add]] = {}
        self._meters: dict[tuple[str, str], _Add] = {}
        self._costs: dict[tuple[str, str], _Add] = {}
        self._registry.register(_Build())
        ProcessCollector(registry=self._registry)

    def finish(self, record: CallRecord) -> None:
        """Count a finished call."""
        labels = (record.model, record.upstream, record.format, record.status, record.stream)
        found = self._calls.get(labels)
        if found is None:
            found = self._calls[labels] = self._resolve(record)
        count, observe, observe_first = found
        count()
        observe((record.ended_ns - record.started_ns) / 1e9)
        if record.first_ns is not None:
            observe_first((record.first_ns - record.started_ns) / 1e9)
        if record.usage is not None:
            self._count_tokens(record.model or UNKNOWN, record.usage)
        if record.cost is not None:
            self._count_cost(record.model or UNKNOWN, record.cost)

    def add_reading(
        self, kind: Literal["gauge", "counter"], name: str, meaning: str, read: Callable[[], float]
    ) -> None:
        """Show a figure that somebody else keeps; `read` is called for each scrape.

        Raises ValueError for a name that is taken.
        """
        self._registry.register(_Reading(kind, name, meaning, read))

    def render(self) -> tuple[bytes, str]:
        """Return all metrics in Prometheus' text format, and its content type."""
        return generate_latest(_Current(self._registry)), CONTENT_TYPE_PLAIN_0_0_4

    def _histogram(self, name: str, meaning: str) -> Histogram:
        return Histogram(name, meaning, ("model",), buckets=_SECONDS, registry=self._registry)

    def _resolve(self, record: CallRecord) -> tuple[Callable[[], None], _Add, _Add]:
        model = record.model or UNKNOWN
        stream = "true" if record.stream else "false"
        counter = self._requests.labels(
            model, record.upstream or UNKNOWN, record.format, str(record.status), stream
        )
        return counter.inc, self._seconds.labels(model).observe, self._first.labels(model).observe

    def _count_tokens(self, model: str, usage: Usage) -> None:
        for meter in METERS:
            count = getattr(usage, meter)
            if count:
                add = self._meters.get((model, meter))
                if add is None:
                    add = self._meters[model, meter] = self._tokens.labels(model, meter).inc
                add(count)

    def _count_cost(self, model: str, cost: Money) -> None:
        add = self._costs.get((model, cost.currency))
        if add is None:
            add = self._costs[model, cost.currency] = self._cost.labels(model, cost.currency).inc
        add(float(cost.amount))


class _Build(Collector):
    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("fen_build", "The version that runs.", value={"version": __version__})


class _Reading(Collector):
    def __init__(
        self, kind: Literal["gauge", "counter"], name: str, meaning: str, read: Callable[[], float]
    ) -> None:
        self._kind = kind
        self._name = name
        self._meaning = meaning
        self._read = read

    def describe(self) -> Iterable[Metric]:
        yield self._make()

    def collect(self) -> Iterable[Metric]:
        try:
            value = self._read()
        except Exception:  # noqa: BLE001 (whoever keeps the figure; the others are still worth having)
            _log.exception("%s could not be read", self._name)
            return
        family = self._make()
        family.add_metric([], value)
        yield family

    def _make(self) -> GaugeMetricFamily | CounterMetricFamily:
        if self._kind == "gauge":
            return GaugeMetricFamily(self._name, self._meaning, labels=())
        return CounterMetricFamily(self._name, self._meaning, labels=())


class _Current(Collector):
    """Everything but the `_created` times: one more series for each, that nobody asks for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        for family in self._registry.collect():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family
