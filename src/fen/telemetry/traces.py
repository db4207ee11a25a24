"""Traces by OpenTelemetry's GenAI conventions, sent by OTLP over HTTP.

This file imports OpenTelemetry's SDK, which takes a quarter of a second: it is only imported where traces are
wanted (fen.telemetry.instruments).
"""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from fen.telemetry.codes import read_code
from fen.wire.money import plain
from fen.wire.ports import CallRecord
from fen.wire.request import WireFormat
from fen.wire.usage import Usage

_VERSION = version("fen")

_OPERATIONS: dict[WireFormat, str] = {"openai.chat": "chat", "openai.embeddings": "embeddings"}


class Tracer:
    """One span for each call: the client's span is its parent, the upstream's its child."""

    def __init__(self, endpoint: str, service: str) -> None:
        resource = Resource.create({SERVICE_NAME: service, SERVICE_VERSION: _VERSION})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
        self._tracer = self._provider.get_tracer("fen", _VERSION)

    def start(self, request_id: str, traceparent: str | None) -> tuple[object, str | None]:
        """Begin a span; returns it and its own traceparent."""
        context = set_span_in_context(_remote(traceparent)) if traceparent else None
        span = self._tracer.start_span("call", context, SpanKind.CLIENT, {"fen.request_id": request_id})
        made = span.get_span_context()
        return span, f"00-{made.trace_id:032x}-{made.span_id:016x}-{made.trace_flags:02x}"

    def finish(self, record: CallRecord) -> None:
        """End a call's span, with what the conventions say about it."""
        span = record.span
        if not isinstance(span, Span):
            return
        if span.is_recording():
            operation = _OPERATIONS[record.format]
            span.update_name(f"{operation} {record.model}" if record.model else operation)
            span.set_attributes(_describe(record, operation))
            if record.status >= 400:
                span.set_status(Status(StatusCode.ERROR))
        span.end(record.ended_ns)

    def close(self) -> None:
        """Send what is left, and stop (blocks)."""
        self._provider.shutdown()


def _remote(traceparent: str) -> NonRecordingSpan:
    _, trace, parent, flags = traceparent.split("-")[:4]
    sampled = TraceFlags(int(flags, 16) & TraceFlags.SAMPLED)
    return NonRecordingSpan(SpanContext(int(trace, 16), int(parent, 16), is_remote=True, trace_flags=sampled))


def _describe(record: CallRecord, operation: str) -> dict[str, AttributeValue]:
    """Return a span's attributes.

    Source: OpenTelemetry, "Semantic conventions for generative AI client spans". They are in development, so
    the names stand here as they are and not by the package's constants, which move.
    """
    found: dict[str, AttributeValue | None] = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": record.upstream,
        "gen_ai.request.model": record.model,
        "gen_ai.request.stream": record.stream,
        "http.response.status_code": record.status,
        "fen.key_id": record.key_id,
    }
    if record.status >= 400:
        found["error.type"] = read_code(record.error) or str(record.status)
    if record.usage is not None and record.usage.total_tokens:
        found["gen_ai.response.model"] = record.upstream_model
        found |= _describe_usage(record.usage)
    if record.first_ns is not None:
        found["gen_ai.response.time_to_first_chunk"] = (record.first_ns - record.started_ns) / 1e9
    if record.cost is not None:
        found |= {"fen.cost": plain(record.cost.amount), "fen.currency": record.cost.currency}
    return {name: value for name, value in found.items() if value is not None}


def _describe_usage(usage: Usage) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue] = {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }
    parts = {
        "gen_ai.usage.cache_read.input_tokens": usage.cached_input,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
    }
    return found | {name: value for name, value in parts.items() if value}
