"""Prometheus metrics. Every label is bounded: a model is one of the catalogue's, never a client's word."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from importlib.metadata import version
from itertools import accumulate
from typing import Literal

from msgspec.structs import astuple
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from fen.wire.ports import CallRecord
from fen.wire.usage import METERS, Usage

_log = logging.getLogger(__name__)

UNKNOWN = "unknown"
"""The label of what a call did not come to know, such as the model of a request that names none of ours."""

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Upper bounds of the histograms' buckets, in seconds; one more bucket takes the rest."""

_VERSION = version("fen")

Kind = Literal["gauge", "counter"]

Labelled = tuple[tuple[str, ...], float]
"""A figure, and its labels' values in the order of their names."""


class Metrics:
    """Counts finished calls on the event loop; other figures are read when Prometheus asks.

    The counts are plain numbers and become samples at a scrape: the library's own counters take a lock for
    each figure, 7 us a call where this takes 2.
    """

    def __init__(self) -> None:
        self._calls = _Calls()
        self._registry = CollectorRegistry()
        self._registry.register(self._calls)
        self._registry.register(_Build())
        ProcessCollector(registry=self._registry)

    def finish(self, record: CallRecord) -> None:
        """Count a finished call."""
        self._calls.count(record)

    def add_reading(self, kind: Kind, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show a figure that somebody else keeps; `read` is called for each scrape.

        Raises ValueError for a name that is taken.
        """
        self._registry.register(_Reading(kind, name, meaning, (), lambda: (((), read()),)))

    def add_readings(
        self, name: str, meaning: str, labels: Sequence[str], read: Callable[[], Iterable[Labelled]]
    ) -> None:
        """Show figures that go up and down and that labels tell apart; otherwise as `add_reading`."""
        self._registry.register(_Reading("gauge", name, meaning, labels, read))

    def render(self) -> tuple[bytes, str]:
        """Return all metrics in Prometheus' text format, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4


class _Spread:
    """How long things took: a count for each bucket, and the sum in seconds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return the cumulative counts under their bounds."""
        names = (*map(str, BOUNDS), "+Inf")
        return list(zip(names, accumulate(self.counts), strict=True))


class _Model:
    """What one model's calls add up to."""

    def __init__(self) -> None:
        self.seconds = _Spread()
        self.first = _Spread()
        self.tokens: dict[str, int] = defaultdict(int)
        self.costs: dict[str, Decimal] = defaultdict(Decimal)

    def add_usage(self, usage: Usage) -> None:
        for meter, count in zip(METERS, astuple(usage), strict=True):
            if count:
                self.tokens[meter] += count


class _Kind:
    """The calls that have all labels in common."""

    def __init__(self, model: _Model) -> None:
        self.model = model
        self.count = 0


class _Calls(Collector):
    def __init__(self) -> None:
        self._kinds: dict[tuple[str | None, str | None, str, int, bool], _Kind] = {}
        self._models: dict[str, _Model] = defaultdict(_Model)

    def count(self, record: CallRecord) -> None:
        labels = (record.model, record.upstream, record.format, record.status, record.stream)
        kind = self._kinds.get(labels)
        if kind is None:
            kind = self._kinds[labels] = _Kind(self._models[record.model or UNKNOWN])
        kind.count += 1
        model = kind.model
        model.seconds.add((record.ended_ns - record.started_ns) / 1e9)
        if record.first_ns is not None:
            model.first.add((record.first_ns - record.started_ns) / 1e9)
        if record.usage is not None:
            model.add_usage(record.usage)
        if record.cost is not None:
            model.costs[record.cost.currency] += record.cost.amount

    def collect(self) -> Iterable[Metric]:
        yield self._collect_requests()
        tokens = CounterMetricFamily("fen_tokens", "Tokens, each counted once.", labels=("model", "meter"))
        costs = CounterMetricFamily("fen_cost", "What the upstreams bill.", labels=("model", "currency"))
        seconds = HistogramMetricFamily(
            "fen_request_seconds", "From a request to the end of its answer.", labels=("model",)
        )
        first = HistogramMetricFamily(
            "fen_first_token_seconds", "From a request to the first output of its stream.", labels=("model",)
        )
        for name, model in self._models.items():
            for meter, count in model.tokens.items():
                tokens.add_metric((name, meter), count)
            for currency, amount in model.costs.items():
                costs.add_metric((name, currency), float(amount))
            seconds.add_metric((name,), model.seconds.buckets(), model.seconds.sum)
            if any(model.first.counts):
                first.add_metric((name,), model.first.buckets(), model.first.sum)
        yield from (tokens, costs, seconds, first)

    def _collect_requests(self) -> Metric:
        names = ("model", "upstream", "format", "status", "stream")
        family = CounterMetricFamily("fen_requests", "Finished calls.", labels=names)
        for (model, upstream, wire_format, status, stream), kind in self._kinds.items():
            labels = (model or UNKNOWN, upstream or UNKNOWN, wire_format, str(status), str(stream).lower())
            family.add_metric(labels, kind.count)
        return family


class _Build(Collector):
    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("fen_build", "The version that runs.", value={"version": _VERSION})


class _Reading(Collector):
    def __init__(
        self,
        kind: Kind,
        name: str,
        meaning: str,
        labels: Sequence[str],
        read: Callable[[], Iterable[Labelled]],
    ) -> None:
        self._kind = kind
        self._name = name
        self._meaning = meaning
        self._labels = labels
        self._read = read

    def describe(self) -> Iterable[Metric]:
        yield self._make()

    def collect(self) -> Iterable[Metric]:
        family = self._make()
        try:
            for values, figure in self._read():
                family.add_metric(values, figure)
        except Exception:  # noqa: BLE001 (whoever keeps the figure; the others are still worth having)
            _log.exception("%s could not be read", self._name)
            return
        yield family

    def _make(self) -> GaugeMetricFamily | CounterMetricFamily:
        family = GaugeMetricFamily if self._kind == "gauge" else CounterMetricFamily
        return family(self._name, self._meaning, labels=self._labels)
