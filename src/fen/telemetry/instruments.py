"""The instruments of one process, by its environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from fen.telemetry.access import AccessLog
from fen.telemetry.metrics import Labelled, Metrics
from fen.telemetry.observers import Observers
from fen.wire.errors import ConfigError
from fen.wire.ports import Observer

_PREFIX = "OTEL_EXPORTER_OTLP"


class _Closing(Observer, Protocol):
    def close(self) -> None: ...


class Telemetry:
    """Metrics, traces where they are wanted, and a log line for each call."""

    def __init__(self, metrics: Metrics, tracer: _Closing | None = None) -> None:
        self._metrics = metrics
        self._tracer = tracer
        self._observers = Observers((metrics, AccessLog()), tracer)

    @property
    def observer(self) -> Observer:
        """Who is told of calls."""
        return self._observers

    def add_gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show a figure that goes up and down; `read` is called for each scrape."""
        self._metrics.add_reading("gauge", name, meaning, read)

    def add_gauges(
        self, name: str, meaning: str, labels: Sequence[str], read: Callable[[], Iterable[Labelled]]
    ) -> None:
        """Show figures that go up and down and that labels tell apart; `read` is called for each scrape."""
        self._metrics.add_readings(name, meaning, labels, read)

    def add_counter(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Show a figure that only grows, under `name` and `_total`; `read` is called for each scrape."""
        self._metrics.add_reading("counter", name, meaning, read)

    def render(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus' text format, and its content type."""
        self._observers.flush()
        return self._metrics.render()

    def close(self) -> None:
        """Send the traces that are left (blocks for as long as the collector takes, at most 30 s)."""
        self._observers.flush()
        if self._tracer is not None:
            self._tracer.close()


def open_telemetry(environ: Mapping[str, str]) -> Telemetry:
    """Return the instruments; there are traces only where the environment names a collector.

    Read are OTEL_EXPORTER_OTLP_ENDPOINT, ..._TRACES_ENDPOINT, ..._PROTOCOL, OTEL_SERVICE_NAME and
    OTEL_SDK_DISABLED, and by the exporter itself its headers, timeout, certificates and the sampler.
    Raises ConfigError for an endpoint or protocol that traces cannot be sent to.
    """
    endpoint = find_endpoint(environ)
    if endpoint is None:
        return Telemetry(Metrics())
    from fen.telemetry.traces import Tracer  # noqa: PLC0415 (the SDK takes 0.25 s: only who traces pays)

    return Telemetry(Metrics(), Tracer(endpoint, environ.get("OTEL_SERVICE_NAME") or "fen"))


def find_endpoint(environ: Mapping[str, str]) -> str | None:
    """Return the URL that takes traces, by OpenTelemetry's own rules; None where none are wanted.

    Raises ConfigError for an address or a protocol that is none of OTLP over HTTP.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    own, general = f"{_PREFIX}_TRACES_ENDPOINT", f"{_PREFIX}_ENDPOINT"
    name = own if environ.get(own) else general
    address = environ.get(name)
    if not address:
        return None
    _check_protocol(environ)
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{name}: found {address!r}, expected http(s)://HOST[:PORT][/PATH]")
    return address if name == own else address.rstrip("/") + "/v1/traces"


def _check_protocol(environ: Mapping[str, str]) -> None:
    own, general = f"{_PREFIX}_TRACES_PROTOCOL", f"{_PREFIX}_PROTOCOL"
    name = own if environ.get(own) else general
    protocol = environ.get(name)
    if protocol and protocol != "http/protobuf":
        raise ConfigError(f"{name}: found {protocol!r}, expected http/protobuf")
