"""Settings: the environment, `fen.toml` and the command line, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs

from fen.app.toml import TomlFile, read_toml
from fen.wire.errors import ConfigError

Price = dict[str, str | int | float]


class UpstreamTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[upstreams.NAME]`: an OpenAI-compatible address, or a change to a known vendor."""

    base_url: str | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    stream_usage: bool = True
    max_tokens_field: str | None = None


class ModelTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[models."VENDOR/MODEL"]`: a model added or overridden."""

    upstream: str | None = None
    upstream_model: str | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    abilities: list[str] | None = None
    price: Price | None = None


class EmbeddedTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[embedded."fen/NAME"]`: a GGUF file that Fen itself runs."""

    model: str | None = None
    mmproj: str | None = None
    context_length: int = 8192
    slots: int = 4
    threads: int | None = None
    gpu_layers: int | None = None
    loras: list[str] = []


class ServerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[server]`: where Fen listens and what it takes on."""

    host: str = "127.0.0.1"
    port: int = 8000
    max_body_bytes: int = 32 * 1024 * 1024
    max_in_flight: int = 4096
    trusted_proxies: list[str] = []
    shutdown_seconds: float = 30.0


class DeadlinesTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deadlines]`: seconds for an upstream to connect, to begin, between bytes, in all."""

    connect: float = 10.0
    first: float = 120.0
    between: float = 60.0
    total: float = 1800.0


class Settings(msgspec.Struct, frozen=True):
    """Everything that the composition root needs to know."""

    home: Path
    cache: Path
    database_url: str
    offline: bool
    environ: Mapping[str, str]
    server: ServerTable = ServerTable()
    deadlines: DeadlinesTable = DeadlinesTable()
    upstreams: Mapping[str, UpstreamTable] = {}
    models: Mapping[str, ModelTable] = {}
    embedded: Mapping[str, EmbeddedTable] = {}
    config: Path | None = None


_TABLES = {"upstreams": UpstreamTable, "models": ModelTable, "embedded": EmbeddedTable}
_SINGLE = {"server": ServerTable, "deadlines": DeadlinesTable}


def load_settings(
    config: Path | None,
    environ: Mapping[str, str],
    *,
    host: str | None = None,
    port: int | None = None,
) -> Settings:
    """Read the settings; the command line wins over the file, the file over the defaults.

    Raises ConfigError with file, line, what was found and what was expected.
    """
    config = config or (Path(environ["FEN_CONFIG"]) if environ.get("FEN_CONFIG") else None)
    home = Path(environ.get("FEN_HOME") or platformdirs.user_data_dir("fen"))
    tables = _read_tables(read_toml(config)) if config else {}
    server = tables.get("server", ServerTable())
    assert isinstance(server, ServerTable)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return Settings(
        home=home,
        cache=Path(environ.get("FEN_CACHE") or platformdirs.user_cache_dir("fen")),
        database_url=environ.get("FEN_DATABASE_URL") or f"sqlite:///{home / 'fen.db'}",
        offline=_flag(environ, "FEN_OFFLINE"),
        environ=environ,
        config=config,
        **(tables | {"server": msgspec.structs.replace(server, **given)}),  # pyright: ignore[reportArgumentType]
    )


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "")
    if value.lower() in ("", "0", "false", "no"):
        return False
    if value.lower() in ("1", "true", "yes"):
        return True
    raise ConfigError(f"{name}: found {value!r}, expected 1 or 0")


def _read_tables(file: TomlFile) -> dict[str, object]:
    file.check_names((), {*_TABLES, *_SINGLE})
    tables: dict[str, object] = {}
    for name, kind in _SINGLE.items():
        if name in file.tree:
            tables[name] = file.convert((name,), kind)
    for name, kind in _TABLES.items():
        if name in file.tree:
            tables[name] = {key: file.convert((name, key), kind) for key in file.keys((name,))}
    return tables
