"""The metrics of several processes on one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

LABEL = "worker"


def merge_metrics(pages: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return one page of several, and its content type; each sample says in `worker` whose page has it.

    pages: Prometheus' text format, by worker. Nothing is added up: what a worker counted begins anew when it
    is started again, which Prometheus can make out by its label.
    """
    registry = CollectorRegistry()
    registry.register(_Merged(pages))
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


class _Merged(Collector):
    def __init__(self, pages: Mapping[str, bytes]) -> None:
        self._families: dict[str, Metric] = {}
        for worker, page in pages.items():
            self._add(worker, page)

    def collect(self) -> Iterable[Metric]:
        return self._families.values()

    def _add(self, worker: str, page: bytes) -> None:
        for family in text_string_to_metric_families(page.decode()):
            merged = self._families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            for sample in family.samples:
                merged.add_sample(sample.name, {LABEL: worker, **sample.labels}, sample.value)
