"""One of several workers; `python -m fen.web.worker`, started by fen.web.workers.

It reads what it is to do as one line of JSON from its standard input, says once on its standard output that
it serves, or why it cannot, and finishes as on SIGTERM when its input ends, that is with its supervisor.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from fen.app import CommandLine, configure_logging, load_settings
from fen.web.orders import Orders, Served
from fen.web.page import MetricsPage
from fen.web.server import Worker, serve_on
from fen.wire.errors import FenError


def main() -> int:
    """Serve until told to stop; returns the exit status."""
    answer_to = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed is taken for the answer
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    threading.Thread(target=_end_with_input, daemon=True).start()

    def say(served: Served) -> None:
        os.write(answer_to, msgspec.json.encode(served) + b"\n")

    try:
        _serve(orders, say=lambda has_key: say(Served(has_key)))
    except FenError as error:
        say(Served(error=error.message))
        return 1
    return 0


def _serve(orders: Orders, say: Callable[[bool], None]) -> None:
    settings = load_settings(
        Path(orders.config) if orders.config is not None else None,
        os.environ,
        CommandLine(orders.host, orders.port, orders.workers, orders.pages != "none", orders.pages_port),
    )
    configure_logging(settings.log_level, settings.log_style or ("text" if sys.stderr.isatty() else "json"))
    with socket.socket(fileno=orders.descriptor) as listener:
        page = MetricsPage(Path(orders.folder), orders.number)
        serve_on(listener, settings, lambda _, has_key: say(has_key), Worker(page, orders.pages))


def _end_with_input() -> None:
    # Unbuffered: a thread inside of a buffered read would abort the interpreter's end.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
