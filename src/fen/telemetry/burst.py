"""Log lines that leave together: a system call for a burst of them, not for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TextIO

from fen.telemetry.access import CallFields

BURST_SECONDS = 0.05
"""How long a finished call may wait for others, and a line."""


class BurstHandler(logging.StreamHandler[TextIO]):
    """Writes what an event loop logs a few times a second; warnings, and what is logged elsewhere, at once.

    Lines keep their order. A process that is killed loses the ordinary lines of its last moment; the books
    have what they told.
    """

    def __init__(self, stream: TextIO, write_call: Callable[[CallFields, float], str] | None = None) -> None:
        super().__init__(stream)
        self._lines: list[str] = []
        self._write_call = write_call

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line for the burst, or write it with all that wait."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 (logging's own way with a record that cannot be written)
            self.handleError(record)
            return
        self._keep(line, urgent=record.levelno >= logging.WARNING)

    def take(self, fields: CallFields, ended: float) -> bool:
        """Keep a call's line for the burst; False where the format needs a log record.

        ended: when the call did, in Unix seconds.
        """
        if self._write_call is None:
            return False
        self._keep(self._write_call(fields, ended), urgent=False)
        return True

    def _keep(self, line: str, *, urgent: bool) -> None:
        self._lines.append(line)
        if len(self._lines) > 1 and not urgent:
            return
        try:
            loop = None if urgent else asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None:
            self.flush()
        else:
            loop.call_later(BURST_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join(lines) + "\n")
            self.stream.flush()
        except (OSError, ValueError):  # the second is a closed stream's
            pass  # nobody reads the log any more, which is no reason to fail a call
        finally:
            self.release()
