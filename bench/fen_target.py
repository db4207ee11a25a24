"""Fen as it is used: its own folder, database and key, `fen.toml`, and `fen serve` as a process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.process import BenchError, Command, clean_environment, free_port, started
from bench.python import ROOT
from bench.target import CHAT, FLOWING, IDLING, Ground, Target, render_request

_UPSTREAM = """
[upstreams.{name}]
base_url = "{base_url}"

[models."{name}/gpt-4o-mini"]
upstream = "{name}"
upstream_model = "gpt-4o-mini"
context_window = 128000
max_output_tokens = 16384
abilities = ["vision", "tools"]
price = {{ input = "0.15", cached_input = "0.075", output = "0.60", currency = "USD" }}
"""


def fen_config(whole_port: int, stream_port: int) -> str:
    """The text of `fen.toml`: one upstream for each kind of answer, all of them the mocks."""
    bases = {
        "mock": f"http://127.0.0.1:{whole_port}/v1",
        "flowing": f"http://127.0.0.1:{stream_port}{FLOWING.path}",
        "idling": f"http://127.0.0.1:{stream_port}{IDLING.path}",
    }
    return "".join(_UPSTREAM.format(name=name, base_url=base) for name, base in bases.items())


@contextmanager
def started_fen(ground: Ground, launcher: Sequence[str] = ("-m", "fen")) -> Iterator[Target]:
    """Fen with a fresh FEN_HOME under the bench's folder, one key, holds and the SQLite ledger."""
    home = ground.room("fen")
    home.mkdir()
    _refuse_memory_disk(home)
    config = home / "fen.toml"
    config.write_text(fen_config(ground.whole_port, ground.stream_port))
    environment = {"FEN_HOME": str(home), "FEN_OFFLINE": "1"}
    secret = _ask(environment, "keys", "create", "bench", "--json")["secret"]
    port = free_port()
    words = ["serve", "--host", "127.0.0.1", "--port", str(port), "--config", str(config)]
    argv = [sys.executable, *launcher, *words]
    with started(Command(argv, ROOT, home / "log", environment, ground.cores.measured)) as process:
        process.wait_for_port(port)

        def request(name: str, *, stream: bool) -> str:
            return render_request(port, CHAT, f"{name}/gpt-4o-mini", secret, stream=stream)

        yield Target(
            name="fen",
            port=port,
            process=process,
            whole=request("mock", stream=False),
            flowing=request("flowing", stream=True),
            idling=request("idling", stream=True),
            check_books=lambda sent: check_usage(_ask(environment, "usage", "--json"), sent),
        )


def check_usage(rows: Sequence[dict[str, object]], sent: int) -> dict[str, float]:
    """Compare `fen usage --json` with the number of requests sent; raises BenchError on a difference."""
    recorded = sum(int(str(row["requests"])) for row in rows)
    if recorded != sent:
        raise BenchError(f"expected {sent} requests in Fen's ledger, found {recorded}: {rows}")
    estimated = sum(int(str(row.get("estimated", 0))) for row in rows)
    if estimated:
        raise BenchError(f"expected exact rows only, found {estimated} estimated ones: {rows}")
    return {"fen_ledger_rows": float(recorded)}


def _ask(environment: dict[str, str], *words: str):
    done = subprocess.run(
        [sys.executable, "-m", "fen", *words],
        cwd=ROOT,
        env=clean_environment(os.environ) | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchError(f"fen {' '.join(words)} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def _refuse_memory_disk(folder: Path) -> None:
    kinds = {line.split()[1]: line.split()[2] for line in Path("/proc/mounts").read_text().splitlines()}
    where = next(str(at) for at in (folder, *folder.parents) if str(at) in kinds)
    if kinds[where] in ("tmpfs", "ramfs"):
        raise BenchError(f"expected a real disk for the ledger, found {kinds[where]} at {where}")
