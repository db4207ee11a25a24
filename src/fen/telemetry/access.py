"""One log line for each finished call, by a short way through `logging`."""

from __future__ import annotations

import logging
from types import MappingProxyType

import msgspec

from fen.telemetry.codes import read_code
from fen.wire.money import plain
from fen.wire.ports import CallRecord

_log = logging.getLogger("fen.access")
_root = logging.getLogger()


class CallFields(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a call's line tells: figures and names of Fen's own, nothing that a client wrote."""

    request_id: str
    format: str
    status: int
    duration_ms: int
    model: str | None = None
    upstream: str | None = None
    stream: bool = False
    first_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: str | None = None
    currency: str | None = None
    key_id: str | None = None
    error: str | None = None


_BLANK = MappingProxyType(
    logging.makeLogRecord(
        {"name": _log.name, "levelno": logging.INFO, "levelname": "INFO", "msg": "call"}
    ).__dict__
)


class CallLine(logging.LogRecord):
    """A log record that knows its fields already.

    `LogRecord.__init__` asks for the file, the thread and the process, which cost more than all the rest.
    ended: when the call did, in Unix seconds.
    """

    def __init__(self, fields: CallFields, ended: float) -> None:
        self.__dict__.update(_BLANK)
        self.fields = fields
        self.created = ended
        self.msecs = ended % 1 * 1000


class AccessLog:
    """Writes the lines, at INFO."""

    def finish(self, record: CallRecord) -> None:
        """Write a finished call's line."""
        if not _log.isEnabledFor(logging.INFO):
            return
        fields = _read_fields(record)
        # Fen's own handler, alone: nobody else listens, and a log record costs four times the line.
        handlers = _root.handlers
        take = getattr(handlers[0], "take", None) if len(handlers) == 1 else None
        ended = record.ended_ns / 1e9
        if take is None or not take(fields, ended):
            _log.handle(CallLine(fields, ended))


def _read_fields(record: CallRecord) -> CallFields:
    usage, cost, started = record.usage, record.cost, record.started_ns
    return CallFields(
        record.request_id,
        record.format,
        record.status,
        (record.ended_ns - started) // 1_000_000,
        record.model,
        record.upstream,
        record.stream,
        None if record.first_ns is None else (record.first_ns - started) // 1_000_000,
        None if usage is None else usage.prompt_tokens,
        None if usage is None else usage.completion_tokens,
        None if cost is None else plain(cost.amount),
        None if cost is None else cost.currency,
        record.key_id,
        None if record.error is None else read_code(record.error),
    )
