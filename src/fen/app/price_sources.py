"""Other lists of prices: from files, or from the web."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from fen.app.settings import Settings
from fen.catalogue.rivals import Rival, read_rival
from fen.catalogue.vendors import read_vendors
from fen.upstreams import download
from fen.wire.errors import ConfigError


def open_rivals(settings: Settings, given: Sequence[str]) -> list[Rival]:
    """Return the lists that are given as NAME=FILE or NAME=URL.

    A file is as of the day on which it was last changed, what is downloaded as of today. Raises ConfigError
    for a list of another form, a file that is not there, or an address with FEN_OFFLINE; UpstreamFailed
    where an address does not answer.
    """
    vendors = read_vendors()
    found: list[Rival] = []
    for one in given:
        name, _, place = one.partition("=")
        if not name or not place:
            raise ConfigError(f"found the source {one!r}, expected NAME=FILE or NAME=URL")
        if "://" in place:
            content, dated = _fetch(settings, name, place), datetime.now(UTC).date()
        else:
            content, dated = _read(name, Path(place))
        found.append(read_rival(name, place, dated, content, vendors))
    return found


def _fetch(settings: Settings, name: str, url: str) -> bytes:
    if settings.offline:
        raise ConfigError(f"source {name}: found the address {url} with FEN_OFFLINE, expected a file")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "list.json"
        download(url, target)
        return target.read_bytes()


def _read(name: str, path: Path) -> tuple[bytes, date]:
    try:
        return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except OSError as error:
        raise ConfigError(f"source {name}: {path}: {error.strerror}, expected a file or an address") from None
