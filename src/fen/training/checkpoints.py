"""Checkpoints that a killed run goes on from: only whole ones count.

Trainer writes a checkpoint's files one by one. A run that is killed between them leaves half a checkpoint, so
each one gets a mark when all its files are on the disk, and only marked ones are gone on from.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from fen.training.door import load_library
from fen.training.libraries import make_callback
from fen.wire.errors import ConfigError

_MARK = "complete"
_KEY = "run.json"


def find_checkpoint(folder: Path) -> Path | None:
    """Return the last whole checkpoint of a run; None where there is none."""
    found = [path.parent for path in folder.glob(f"checkpoint-*/{_MARK}")]
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


@contextmanager
def claim_folder(folder: Path, key: object) -> Generator[None]:
    """Hold a folder for a run's checkpoints; key: what makes a run that run, as plain JSON.

    The lock goes with the process, however it ends. Raises ConfigError where another process holds the
    folder, or where it has the checkpoints of another run.
    """
    if int(os.environ.get("RANK", "0")):  # of several processes, the first holds it for all
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _KEY).open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"{folder}: found a process that trains in it, expected none") from None
        file.seek(0)
        found, told = file.read(), msgspec.json.encode(key, order="sorted")
        if found not in {b"", told}:
            raise ConfigError(
                f"{folder}: found the checkpoints of another recipe or other data, expected an empty folder"
            )
        if not found:
            file.write(told)
            file.flush()
        yield


def mark_checkpoints() -> Any:
    """Return a callback that marks each checkpoint once all its files are written, by all processes."""

    def on_save(args: Any, state: Any, _control: Any, **_more: Any) -> None:
        distributed = load_library("torch.distributed")
        if distributed.is_available() and distributed.is_initialized():
            distributed.barrier()
        if not state.is_world_process_zero:
            return
        checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        for path in (*checkpoint.iterdir(), checkpoint):
            _sync(path)
        (checkpoint / _MARK).touch()

    return make_callback("MarkCheckpoints", on_save=on_save)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
