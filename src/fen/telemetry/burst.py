"""Log lines that leave together: a system call for a burst of them, not for each."""

from __future__ import annotations

import asyncio
import logging
from typing import TextIO

BURST_SECONDS = 0.05
"""How long a line may wait for others."""


class BurstHandler(logging.StreamHandler[TextIO]):
    """Writes what an event loop logs a few times a second; warnings, and what is logged elsewhere, at once.

    Lines keep their order. A process that is killed loses the ordinary lines of its last moment; the books
    have what they told.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line for the burst, or write it with all that wait."""
        try:
            self._lines.append(self.format(record))
            loop = asyncio.get_running_loop() if record.levelno < logging.WARNING else None
        except RuntimeError:
            loop = None
        except Exception:  # noqa: BLE001 (logging's own way with a record that cannot be written)
            self.handleError(record)
            return
        if loop is None:
            self.flush()
        elif len(self._lines) == 1:
            loop.call_later(BURST_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join(lines) + "\n")
            self.stream.flush()
        except OSError:
            pass  # nobody reads the log any more, which is no reason to fail a call
        finally:
            self.release()
