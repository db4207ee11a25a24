"""A scripted upstream and a server over it, each in a process of its own, for tests without an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.serving import Serving


class Running(Serving):
    """A server, and the address of the fake that it asks."""

    fake_url = ""

    def fake_records(self) -> list[dict[str, Any]]:
        """What the fake was asked."""
        with urllib.request.urlopen(self.fake_url + "/fake/records", timeout=10) as response:
            return json.loads(response.read())


@contextlib.contextmanager
def running(home: Path, extra: str = "", **environ: str) -> Iterator[Running]:
    """Start both, and stop both."""
    words = [sys.executable, "-m", "tests.fakes.upstream"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as fake:
        assert fake.stdout is not None
        base_url = fake.stdout.readline().split()[-1]
        server = Running(home, base_url, extra, **environ)
        server.fake_url = base_url.removesuffix("/v1")
        try:
            asyncio.run(server.start())
            yield server
        finally:
            asyncio.run(server.stop())
            fake.terminate()
