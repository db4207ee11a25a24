"""Checkpoints that a killed run goes on from: only whole ones count.

Trainer writes a checkpoint's files one by one. A run that is killed between them leaves half a checkpoint, so
each one gets a mark when all its files are on the disk, and only marked ones are gone on from.
"""

from __future__ import annotations

import os
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


def claim_folder(folder: Path, key: object) -> None:
    """Note whose checkpoints a folder holds; key: what makes a run that run, as plain JSON.

    Raises ConfigError where the folder holds those of another run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, told = folder / _KEY, msgspec.json.encode(key, order="sorted")
    if path.exists() and path.read_bytes() != told:
        raise ConfigError(
            f"{folder}: found checkpoints of a run with another recipe or other data, expected an empty folder"
        )
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(told)
    part.replace(path)


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
