"""Runs a task of Inspect's against Fen: its agents and sandboxes do the work, each call goes through Fen.

Inspect is a program beside Fen (extra `inspect`). It is told a model of its provider `openai-api`, which
reads its address and key from `FEN_BASE_URL` and `FEN_API_KEY`. Calls arrive over HTTP, so the books have
them as those of the key, priced and limited as any.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import msgspec

from fen.wire.errors import ConfigError

PROVIDER = "openai-api/fen"
"""Inspect's name of a server of OpenAI's format whose variables begin with FEN_."""

_NO_KEY = "none"  # Inspect wants one, also for a Fen that asks this machine for none
_SERVES = "fen serves "
_STDERR = 2  # the descriptor: what Fen prints itself stays clean
_STOP_SECONDS = 60


class InspectTask(msgspec.Struct, frozen=True):
    """What is to be run.

    task: as Inspect names it: a file, `file.py@name` or `package/name`. logs: the folder for its log.
    limit: its first samples. epochs: how often each. more: further words for `inspect eval`.
    """

    task: str
    model: str
    logs: Path
    limit: int | None = None
    epochs: int | None = None
    more: tuple[str, ...] = ()


class Address(msgspec.Struct, frozen=True):
    """Where a Fen is served; url: without a path."""

    url: str
    key: str | None = None


def find_inspect(program: str | None, environ: Mapping[str, str]) -> str:
    """Return Inspect's program: the one named, or `inspect` beside this Python or on PATH.

    Raises ConfigError where there is none.
    """
    beside = str(Path(sys.executable).parent)
    places = os.pathsep.join((beside, environ.get("PATH", os.defpath)))
    found = shutil.which(program or "inspect", path=places)
    if found is None:
        raise ConfigError(
            f"found no program {program or 'inspect'!r}, expected Inspect's: pip install 'fen[inspect]', or "
            "--program with the one of another environment"
        )
    return found


@contextlib.contextmanager
def serve_for(environ: Mapping[str, str], config: Path | None, log: Path) -> Generator[Address, None, None]:
    """Yield the Fen at FEN_URL with the key in FEN_API_KEY, or serve one on a free port meanwhile.

    log: the file for what the server says. Raises ConfigError where it does not start.
    """
    key = environ.get("FEN_API_KEY") or None
    if url := environ.get("FEN_URL"):
        yield Address(url.rstrip("/").removesuffix("/v1"), key)
        return
    words = [sys.executable, "-m", "fen", "serve", "--port", "0"]
    words += ["--config", str(config)] if config is not None else []
    with (
        log.open("wb") as errors,
        subprocess.Popen(  # noqa: S603 (this program)
            words, stdout=subprocess.PIPE, stderr=errors, env=dict(environ), text=True
        ) as server,
    ):
        assert server.stdout is not None
        try:
            told = server.stdout.readline()
            if not told.startswith(_SERVES):
                raise ConfigError(f"found that fen serve did not start, expected its address; see {log}")
            yield Address(told.removeprefix(_SERVES).strip(), key)
        finally:
            _stop(server)


def run_inspect(program: str, task: InspectTask, address: Address, environ: Mapping[str, str]) -> Path:
    """Run a task, and return its log; Inspect's own display goes to the terminal.

    A run that ends with an error has a log too. Raises ConfigError where Inspect wrote none.
    """
    task.logs.mkdir(parents=True, exist_ok=True)
    before = set(task.logs.glob("*.eval"))
    told = {
        "FEN_BASE_URL": f"{address.url}/v1",
        "FEN_API_KEY": address.key or _NO_KEY,
        "INSPECT_LOG_FORMAT": "eval",
    }
    done = subprocess.run(  # noqa: S603 (the program that the user named)
        make_words(program, task), env={**environ, **told}, check=False, stdout=_STDERR
    )
    new = set(task.logs.glob("*.eval")) - before
    if len(new) != 1:
        raise ConfigError(
            f"found {len(new)} new logs in {task.logs} after `inspect eval` ended with status "
            f"{done.returncode}, expected one: a call runs one task"
        )
    return new.pop()


def make_words(program: str, task: InspectTask) -> Sequence[str]:
    """Return the words of Inspect's command line."""
    # Inspect takes no absolute path of a file without its @task.
    name = os.path.relpath(task.task) if Path(task.task).is_absolute() else task.task
    words = [program, "eval", name, "--model", f"{PROVIDER}/{task.model}", "--log-dir", str(task.logs)]
    for option, value in (("--limit", task.limit), ("--epochs", task.epochs)):
        words += [option, str(value)] if value is not None else []
    return (*words, *task.more)


def _stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
