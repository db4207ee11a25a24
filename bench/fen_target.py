"""Fen as it is used: its own folder, database and keys, `fen.toml`, and `fen serve` as a process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.process import BenchError, Command, Process, clean_environment, free_port, started
from bench.python import ROOT
from bench.target import CHAT, FLOWING, IDLING, MESSAGES, Ground, Target, render_request

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

_MANY = 2_000_000_000  # a limit that is looked at and never reached


class Outfit(msgspec.Struct, frozen=True):
    """What one key's calls go through: the members of its tier and its guard, words of `fen keys create`.

    With `read`, its calls also carry that text as what a tool returned.
    """

    name: str
    tier: str = ""
    words: tuple[str, ...] = ()
    guard: str = ""
    read: str = ""

    @property
    def table(self) -> str:
        """Its tier in `fen.toml`."""
        guard = f"\n[guard.tiers.{self.name}]\n{self.guard}\n" if self.guard else ""
        return f"\n[tiers.{self.name}]\n{self.tier}\n{guard}"

    @property
    def messages(self) -> tuple[Mapping[str, object], ...]:
        """What its calls say."""
        if not self.read:
            return MESSAGES
        call = {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
        asked = {"role": "assistant", "content": None, "tool_calls": [call]}
        return (*MESSAGES, asked, {"role": "tool", "tool_call_id": "call_1", "content": self.read})


RATES = f"rpm = {_MANY}\ntpm = {_MANY}\n"
SLOTS = f"concurrency = {_MANY}\n"
BUDGET = ("--budget", "1000000USD/month")

PLAIN = Outfit("fen")
LIMITED = Outfit("fen_limited", RATES + SLOTS, BUDGET)
"""With all that a tier and a key can limit, of which nothing is ever reached."""
GUARDED = Outfit("fen_guarded", guard='mode = "enforce"\n', read=("The tide turned at noon. " * 16))
"""With the guard on, and 400 characters that a tool returned, which are scored once and marked each time."""


def fen_config(whole_port: int, stream_port: int, outfits: Sequence[Outfit] = (PLAIN,)) -> str:
    """The text of `fen.toml`: one upstream for each kind of answer, all of them the mocks, and the tiers."""
    bases = {
        "mock": f"http://127.0.0.1:{whole_port}/v1",
        "flowing": f"http://127.0.0.1:{stream_port}{FLOWING.path}",
        "idling": f"http://127.0.0.1:{stream_port}{IDLING.path}",
    }
    upstreams = "".join(_UPSTREAM.format(name=name, base_url=base) for name, base in bases.items())
    return upstreams + "".join(outfit.table for outfit in outfits)


@contextmanager
def started_fen(ground: Ground, launcher: Sequence[str] = ("-m", "fen")) -> Iterator[Target]:
    """Fen with a fresh FEN_HOME under the bench's folder, one key, holds and the SQLite ledger."""
    with started_fens(ground, (PLAIN,), launcher) as [target]:
        yield target


@contextmanager
def started_fens(
    ground: Ground, outfits: Sequence[Outfit], launcher: Sequence[str] = ("-m", "fen")
) -> Iterator[list[Target]]:
    """One such Fen with a key for each outfit, as as many targets."""
    home = ground.room("fen")
    home.mkdir()
    _refuse_memory_disk(home)
    config = home / "fen.toml"
    config.write_text(fen_config(ground.whole_port, ground.stream_port, outfits))
    environment = {"FEN_HOME": str(home), "FEN_OFFLINE": "1", "FEN_CONFIG": str(config)}
    keys = [_make_key(environment, outfit) for outfit in outfits]
    port = free_port()
    words = ["serve", "--host", "127.0.0.1", "--port", str(port)]
    argv = [sys.executable, *launcher, *words]
    with started(Command(argv, ROOT, home / "log", environment, ground.cores.measured)) as process:
        process.wait_for_port(port)
        yield [
            _make_target(process, port, outfit, key, environment)
            for outfit, key in zip(outfits, keys, strict=True)
        ]


def _make_key(environment: dict[str, str], outfit: Outfit) -> dict[str, str]:
    return _ask(environment, "keys", "create", outfit.name, "--tier", outfit.name, *outfit.words, "--json")


def _make_target(
    process: Process, port: int, outfit: Outfit, key: dict[str, str], environment: dict[str, str]
) -> Target:
    def request(name: str, *, stream: bool) -> str:
        model = f"{name}/gpt-4o-mini"
        return render_request(port, CHAT, model, key["secret"], stream=stream, messages=outfit.messages)

    def check(sent: int) -> dict[str, float]:
        found = check_usage(_ask(environment, "usage", "--key", key["id"], "--json"), sent)
        return {f"{outfit.name}_ledger_rows": found}

    return Target(
        name=outfit.name,
        port=port,
        process=process,
        whole=request("mock", stream=False),
        flowing=request("flowing", stream=True),
        idling=request("idling", stream=True),
        check_books=check,
    )


def check_usage(rows: Sequence[dict[str, object]], sent: int) -> float:
    """Compare `fen usage --json` with the number of requests sent; raises BenchError on a difference.

    Returns how many rows the ledger has.
    """
    recorded = sum(int(str(row["requests"])) for row in rows)
    if recorded != sent:
        raise BenchError(f"expected {sent} requests in Fen's ledger, found {recorded}: {rows}")
    estimated = sum(int(str(row.get("estimated", 0))) for row in rows)
    if estimated:
        raise BenchError(f"expected exact rows only, found {estimated} estimated ones: {rows}")
    return float(recorded)


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
