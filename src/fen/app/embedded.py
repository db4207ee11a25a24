"""The models that Fen itself runs: those of `fen.toml`, and the one that it brings along."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from fen.app.settings import EMBEDDED, Settings
from fen.app.shipped import add_shipped, check_shipped
from fen.app.tables import EmbeddedTable
from fen.upstreams import Commons, EmbeddedSettings, EmbeddedUpstream, ensure_weights


def list_embedded(settings: Settings) -> dict[str, EmbeddedTable]:
    """Return the models by id, as they are run."""
    tables: Mapping[str, EmbeddedTable] = {EMBEDDED: EmbeddedTable(), **settings.embedded}
    return {name: add_shipped(name, table) for name, table in tables.items()}


def open_embedded(name: str, table: EmbeddedTable, settings: Settings) -> EmbeddedUpstream:
    """Return the upstream of such a model.

    Raises ConfigError where the shipped adapter is not what was shipped.
    """
    check_shipped(table)
    how = EmbeddedSettings(
        name=name.replace("/", "-"),
        model=Path(table.model) if table.model else None,
        mmproj=Path(table.mmproj) if table.mmproj else None,
        context_length=table.context_length,
        slots=table.slots,
        threads=table.threads,
        gpu_layers=table.gpu_layers,
        loras=tuple(Path(path) for path in table.loras),
        cache_type=table.cache_type,
        flash_attention=table.flash_attention,
    )
    fetch = partial(ensure_weights, settings.cache, settings.offline, _Quiet())
    commons = _open_commons(how, settings) if settings.workers > 1 else None
    return EmbeddedUpstream(how, settings.home / "logs", fetch, commons=commons)


def _open_commons(how: EmbeddedSettings, settings: Settings) -> Commons:
    """Let the workers have one child together, another for other settings."""
    told = msgspec.json.encode(how, enc_hook=str)
    name = f"{how.name}-{hashlib.sha256(told).hexdigest()[:12]}"
    return Commons(settings.home / "run", name, settings.server.shutdown_seconds)


class _Quiet:
    def advance(self, done: int, total: int) -> None:
        """Show nothing: a server that fetches by itself has nobody who watches."""
