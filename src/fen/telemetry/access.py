"""One log line for each finished call."""

from __future__ import annotations

import logging

from fen.wire.ports import CallRecord

_log = logging.getLogger("fen.access")


class AccessLog:
    """Writes figures and names of Fen's own: nothing that a client or an upstream wrote."""

    def finish(self, record: CallRecord) -> None:
        """Write a finished call's line, at INFO."""
        if not _log.isEnabledFor(logging.INFO):
            return
        usage, cost = record.usage, record.cost
        line = logging.LogRecord(_log.name, logging.INFO, __file__, 0, "call", None, None)
        line.__dict__ |= {
            "request_id": record.request_id,
            "format": record.format,
            "model": record.model,
            "upstream": record.upstream,
            "status": record.status,
            "stream": record.stream,
            "duration_ms": (record.ended_ns - record.started_ns) // 1_000_000,
            "first_ms": None
            if record.first_ns is None
            else (record.first_ns - record.started_ns) // 1_000_000,
            "input_tokens": usage.prompt_tokens if usage else None,
            "output_tokens": usage.completion_tokens if usage else None,
            "cost": str(cost.amount) if cost else None,
            "currency": cost.currency if cost else None,
            "key_id": record.key_id,
            "error": record.error,
        }
        _log.handle(line)
