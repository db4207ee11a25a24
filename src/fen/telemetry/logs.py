"""Structured logs: one line for each event, and a last defence against secrets in it."""

from __future__ import annotations

import logging
import sys
import time
from typing import Literal, TextIO

import msgspec

from fen.telemetry.failure import describe_failure
from fen.telemetry.redaction import redact
from fen.wire.errors import ConfigError

LEVELS = ("debug", "info", "warning", "error")
STYLES = ("json", "text")

_ORDINARY = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "taskName"}
_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure_logging(level: str, style: Literal["json", "text"], stream: TextIO | None = None) -> None:
    """Send everything that is logged to a stream, by default standard error, and nowhere else.

    `json` is one JSON object a line, `text` the same for a person's eyes. Raises ConfigError for a level that
    is not one of LEVELS.
    """
    if level.lower() not in LEVELS:
        raise ConfigError(f"FEN_LOG: found {level!r}, expected one of {', '.join(LEVELS)}")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())


class JsonFormatter(logging.Formatter):
    """Members: time (UTC), level, logger, message, request_id where there is one, then the event's own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        event = {
            "time": _tell_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_find_fields(record),
        }
        return redact(_encode(event).decode())


class TextFormatter(logging.Formatter):
    """A line for a terminal; a failure's stack goes on below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or one and a stack."""
        fields = _find_fields(record)
        failure = fields.pop("failure", None)
        told = "".join(f" {name}={value}" for name, value in fields.items())
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        line = f"{clock} {record.levelname.lower():7} {record.name}: {record.getMessage()}{told}"
        line = line.replace("\r", "\\r").replace("\n", "\\n")
        if isinstance(failure, list):
            line += "".join(f"\n    {step}" for step in failure)
        return redact(line)


def _tell_time(created: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created))
    return f"{whole}.{int(created % 1 * 1000):03d}Z"


def _find_fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the event brings along, and its failure if it has one."""
    fields = {
        name: value for name, value in record.__dict__.items() if name not in _ORDINARY and value is not None
    }
    if record.exc_info and record.exc_info[1] is not None:
        fields["failure"] = describe_failure(record.exc_info[1])
    return fields
