"""The files of suites, by settings: the user's folder, the cache, the web."""

from __future__ import annotations

from pathlib import Path

from fen.app.settings import Settings
from fen.evals.files import DataFiles
from fen.upstreams import download
from fen.wire.errors import ConfigError


def open_files(settings: Settings, folder: Path | None = None) -> DataFiles:
    """Return what finds the files of suites.

    folder: what `--data` names, else FEN_DATA is taken. What is downloaded is kept beside the weights; with
    FEN_OFFLINE nothing is. Raises ConfigError where a folder is named that is not there.
    """
    stated = settings.environ.get("FEN_DATA")
    if folder is None and stated:
        folder = Path(stated)
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"found no folder {folder}, expected one that has evals/gsm8k/test.jsonl")
    return DataFiles(folder, settings.cache, None if settings.offline else download)
