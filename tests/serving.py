"""A real `fen serve` in a process of its own, for tests that need one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

CONFIG = """
[upstreams.fake]
base_url = "{base_url}"

[models."fake/gpt-4o-mini"]
upstream = "fake"
upstream_model = "gpt-4o-mini"
context_window = 128000
max_output_tokens = 16384
abilities = ["vision", "tools", "json_schema"]
price = {{ input = "0.15", cached_input = "0.075", output = "0.60", currency = "USD" }}

[models."fake/text-only"]
upstream = "fake"
upstream_model = "text-only"
context_window = 4096
max_output_tokens = 1024
abilities = []
price = {{ input = "1", output = "2", currency = "CNY" }}

[models."fake/unpriced"]
upstream = "fake"
upstream_model = "unpriced"
"""


@asynccontextmanager
async def serve(home: Path, base_url: str, extra: str = "", **environ: str) -> AsyncIterator[Serving]:
    """Start a server, and stop it."""
    server = Serving(home, base_url, extra, **environ)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Serving:
    """One server over one FEN_HOME; it can be stopped, killed and started again."""

    options: tuple[str, ...] = ()
    """What the command line says beyond address and configuration."""

    def __init__(self, home: Path, base_url: str, extra: str = "", **environ: str) -> None:
        self.home = home
        self.port = free_port()
        self.config = home / "fen.toml"
        self.config.write_text(CONFIG.format(base_url=base_url) + extra)
        self.environ = {**os.environ, "FEN_HOME": str(home), **environ}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start, and wait until requests can be served."""
        self.process = await asyncio.to_thread(self._launch)
        await self.until(self._is_ready)

    async def until(self, look: Callable[[], T], within: float = 30.0) -> T:
        """Look until something true is seen, and return it; another process makes it so."""
        async with asyncio.timeout(within):
            while not (seen := await asyncio.to_thread(look)):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.02)
        return seen

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        return await asyncio.to_thread(process.wait, 60)

    def _launch(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "fen", "serve", "--port", str(self.port), "--config", str(self.config)]
        words += self.options
        with (self.home / "serve.log").open("ab") as log:
            return subprocess.Popen(words, env=self.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.home / "serve.log").read_text()

    def fen(self, *words: str) -> Any:
        """Run a command over the same home and return its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "fen", *words, "--json"],
            env={**self.environ, "FEN_CONFIG": str(self.config)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return json.loads(done.stdout)

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """GET a path; returns status and JSON."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def _is_ready(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"fen serve ended with {self.process.returncode}: {self.log[-2000:]}")
        try:
            return self.get("/readyz")[0] == 200
        except (OSError, ValueError):
            return False
