"""The upstreams of a configuration: vendors by their keys, addresses by `fen.toml`, models of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from fen.app.settings import EmbeddedTable, Settings, UpstreamTable
from fen.upstreams import (
    Dialect,
    EmbeddedSettings,
    EmbeddedUpstream,
    OpenAIUpstream,
    enabled,
    ensure_weights,
    find_vendor,
    read_key,
)
from fen.wire.errors import ConfigError
from fen.wire.ports import Upstream

EMBEDDED = "fen/smollm2-135m"
"""The model that Fen brings along; its upstream has the same id."""


class Upstreams:
    """Opens upstreams, and keeps those that a new configuration leaves as they were."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, Upstream] = {}
        self._retired: list[Upstream] = []
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """Open what is new; what is gone stays open for its running calls until the end.

        Raises ConfigError before anything has changed.
        """
        fresh: dict[str, Upstream] = {found.vendor.id: found.open() for found in enabled(settings.environ)}
        fresh |= {name: _open_table(name, table, settings) for name, table in settings.upstreams.items()}
        embedded = _embedded_tables(settings)
        for name, table in embedded.items():
            old = self._open.get(name)
            same = old is not None and _embedded_tables(self._settings).get(name) == table
            fresh[name] = old if old is not None and same else _open_embedded(name, table, settings)
        kept = set(map(id, fresh.values()))
        self._retired += [upstream for upstream in self._open.values() if id(upstream) not in kept]
        self._open = fresh
        self._settings = settings

    def table(self) -> Mapping[str, Upstream]:
        """Return the upstreams by id."""
        return dict(self._open)

    def embedded_models(self) -> Mapping[str, EmbeddedTable]:
        """Return the models that Fen itself runs."""
        return _embedded_tables(self._settings)

    def embedded_cpu_seconds(self) -> float:
        """Return the CPU that the embedded models' processes have used."""
        return sum(u.cpu_seconds() for u in self._open.values() if isinstance(u, EmbeddedUpstream))

    async def close(self) -> None:
        """Close all, those of earlier configurations too."""
        await asyncio.gather(*(upstream.close() for upstream in (*self._open.values(), *self._retired)))


def _embedded_tables(settings: Settings) -> dict[str, EmbeddedTable]:
    return {EMBEDDED: EmbeddedTable(), **settings.embedded}


def _open_table(name: str, table: UpstreamTable, settings: Settings) -> OpenAIUpstream:
    vendor = find_vendor(name)
    base_url = table.base_url or (vendor.base_url if vendor else None)
    if base_url is None:
        raise ConfigError(f"upstreams.{name}: found no base_url, expected http(s)://host[:port][/path]")
    variable = table.api_key_env or (vendor.key_env if vendor else None)
    key = _read_key_file(name, table) or (read_key(variable, settings.environ) if variable else None)
    dialect = vendor.dialect if vendor else Dialect()
    if not table.stream_usage or table.max_tokens_field:
        dialect = Dialect(table.stream_usage, table.max_tokens_field or dialect.max_tokens_field)
    try:
        return OpenAIUpstream(base_url, key, dialect)
    except ValueError as error:
        raise ConfigError(f"upstreams.{name}: {error}") from None


def _read_key_file(name: str, table: UpstreamTable) -> str | None:
    if table.api_key_file is None:
        return None
    try:
        return Path(table.api_key_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"upstreams.{name}.api_key_file: {error}, expected a file with the key") from None


def _open_embedded(name: str, table: EmbeddedTable, settings: Settings) -> EmbeddedUpstream:
    how = EmbeddedSettings(
        name=name.replace("/", "-"),
        model=Path(table.model) if table.model else None,
        mmproj=Path(table.mmproj) if table.mmproj else None,
        context_length=table.context_length,
        slots=table.slots,
        threads=table.threads,
        gpu_layers=table.gpu_layers,
        loras=tuple(Path(path) for path in table.loras),
    )
    fetch = partial(ensure_weights, settings.cache, settings.offline, _Quiet())
    return EmbeddedUpstream(how, settings.home / "logs", fetch)


class _Quiet:
    def advance(self, done: int, total: int) -> None:
        """Show nothing: a server that fetches by itself has nobody who watches."""
