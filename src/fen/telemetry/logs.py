"""Structured logs: one line for each event, and a last defence against secrets in it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Literal, TextIO

import msgspec

from fen.telemetry.access import CallFields, CallLine
from fen.telemetry.burst import BurstHandler
from fen.telemetry.failure import describe_failure
from fen.telemetry.redaction import redact
from fen.wire.errors import ConfigError

LEVELS = ("debug", "info", "warning", "error")

_ORDINARY = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "taskName"}
_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure_logging(level: str, style: Literal["json", "text"], stream: TextIO | None = None) -> None:
    """Send everything that is logged to a stream, by default standard error, and nowhere else.

    `json` is one JSON object a line, `text` the same for a person's eyes. Libraries are heard from `warning`
    on, unless the level is `debug`. Raises ConfigError for a level that is not one of LEVELS.
    """
    if level.lower() not in LEVELS:
        raise ConfigError(f"FEN_LOG: found {level!r}, expected one of {', '.join(LEVELS)}")
    formatter = JsonFormatter() if style == "json" else TextFormatter()
    handler = BurstHandler(
        stream or sys.stderr, formatter.write_call if isinstance(formatter, JsonFormatter) else None
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    chosen = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(chosen if chosen == logging.DEBUG else max(chosen, logging.WARNING))
    logging.getLogger("fen").setLevel(chosen)


class JsonFormatter(logging.Formatter):
    """Members: time (UTC), level, logger, message, request_id where there is one, then the event's own."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = _Clock("%Y-%m-%dT%H:%M:%S", time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        moment = f"{self._clock.tell(record.created)}.{int(record.msecs):03d}Z"
        event = _encode(
            {
                "time": moment,
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": record.getMessage(),
            }
        )
        fields = _encode(record.fields if type(record) is CallLine else _list_all(record))
        line = event if fields == b"{}" else event[:-1] + b"," + fields[1:]
        return redact(line.decode())

    def write_call(self, fields: CallFields, ended: float) -> str:
        """Return a call's line; its fields are Fen's own words, so that nothing in it needs striking out."""
        moment = f"{self._clock.tell(ended)}.{int(ended % 1 * 1000):03d}Z"
        head = f'{{"time":"{moment}","level":"info","logger":"fen.access","message":"call",'
        return head + _encode(fields).decode()[1:]


class TextFormatter(logging.Formatter):
    """A line for a terminal, in local time; a failure's stack goes on below it."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = _Clock("%H:%M:%S", time.localtime)

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or one and a stack."""
        fields = _list_fields(record.fields) if type(record) is CallLine else _find_fields(record)
        told = "".join(f" {name}={value}" for name, value in fields.items())
        head = f"{self._clock.tell(record.created)} {record.levelname.lower():7} {record.name}"
        line = f"{head}: {record.getMessage()}{told}".replace("\r", "\\r").replace("\n", "\\n")
        return redact("\n    ".join((line, *_find_failure(record))))


class _Clock:
    """Writes times; the text of a second is made once."""

    def __init__(self, shape: str, place: Callable[[float], time.struct_time]) -> None:
        self._shape = shape
        self._place = place
        self._second = -1
        self._text = ""

    def tell(self, created: float) -> str:
        second = int(created)
        if second != self._second:
            self._second, self._text = second, time.strftime(self._shape, self._place(second))
        return self._text


def _list_fields(fields: CallFields) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(fields).items() if value is not None}


def _list_all(record: logging.LogRecord) -> dict[str, object]:
    failure = _find_failure(record)
    return _find_fields(record) | ({"failure": failure} if failure else {})


def _find_fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the event brings along."""
    told = record.__dict__.items()
    return {name: value for name, value in told if name not in _ORDINARY and value is not None}


def _find_failure(record: logging.LogRecord) -> tuple[str, ...]:
    error = record.exc_info[1] if record.exc_info else None
    return () if error is None else describe_failure(error)
