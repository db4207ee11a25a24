"""Settings: the environment, `fen.toml` and the command line, checked before anything starts."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from fen.accounts.tier import TierTable
from fen.app.arena_tables import ArenaTable, StealthTable
from fen.app.checks import check_tables, is_host
from fen.app.guard_tables import GuardTable
from fen.app.route_checks import convert_routes
from fen.app.route_tables import RouteTable
from fen.app.tables import (
    AnswerCacheTable,
    BatchTable,
    DeadlinesTable,
    EmbeddedTable,
    FxTable,
    ModelTable,
    PagesTable,
    RetryTable,
    ServerTable,
    Tables,
    TrainingTable,
    UpstreamTable,
)
from fen.app.toml import TomlFile, read_toml
from fen.storage.valkey_url import check_valkey_url
from fen.wire.errors import ConfigError

EMBEDDED = "fen/smollm2-135m"
"""The model that Fen brings along; its upstream has the same id."""

LogStyle = Literal["json", "text"]


class CommandLine(msgspec.Struct, frozen=True):
    """What the command line says, which wins over the file; None leaves it to the file.

    workers: how many processes serve. pages: whether people's pages are served beside the API.
    """

    host: str | None = None
    port: int | None = None
    workers: int = 1
    pages: bool | None = None
    pages_port: int | None = None


class Settings(msgspec.Struct, frozen=True):
    """Everything that the composition root needs to know.

    log_level: as `FEN_LOG` has it; log_style: None leaves it to whether somebody watches. config: the file
    that was read. Relative paths of the file are resolved against its folder. valkey_url: what replicas
    share rates and slots through. workers: how many processes serve, this one among them.
    """

    home: Path
    cache: Path
    database_url: str
    offline: bool
    environ: Mapping[str, str]
    valkey_url: str | None = None
    workers: int = 1
    server: ServerTable = ServerTable()
    pages: PagesTable = PagesTable()
    deadlines: DeadlinesTable = DeadlinesTable()
    retry: RetryTable = RetryTable()
    answer_cache: AnswerCacheTable = AnswerCacheTable()
    batch: BatchTable = BatchTable()
    guard: GuardTable = GuardTable()
    arena: ArenaTable = ArenaTable()
    training: TrainingTable = TrainingTable()
    upstreams: Mapping[str, UpstreamTable] = {}
    models: Mapping[str, ModelTable] = {}
    embedded: Mapping[str, EmbeddedTable] = {}
    fx: Mapping[str, FxTable] = {}
    tiers: Mapping[str, TierTable] = {}
    routes: Mapping[str, RouteTable] = {}
    config: Path | None = None
    log_level: str = "info"
    log_style: LogStyle | None = None


_TABLES = {
    "upstreams": UpstreamTable,
    "models": ModelTable,
    "embedded": EmbeddedTable,
    "fx": FxTable,
    "tiers": TierTable,
    "routes": RouteTable,
}
_SINGLE = {
    "server": ServerTable,
    "pages": PagesTable,
    "deadlines": DeadlinesTable,
    "retry": RetryTable,
    "answer_cache": AnswerCacheTable,
    "batch": BatchTable,
    "guard": GuardTable,
    "arena": ArenaTable,
    "training": TrainingTable,
}


def load_settings(
    config: Path | None,
    environ: Mapping[str, str],
    given: CommandLine | None = None,
) -> Settings:
    """Read the settings; the command line wins over the file, the file over the defaults.

    Raises ConfigError with file, line, what was found and what was expected.
    """
    given = given or CommandLine()
    config = config or (Path(environ["FEN_CONFIG"]) if environ.get("FEN_CONFIG") else None)
    home = Path(environ.get("FEN_HOME") or platformdirs.user_data_dir("fen"))
    tables = _read_tables(read_toml(config)) if config else Tables()
    return Settings(
        home=home,
        cache=Path(environ.get("FEN_CACHE") or platformdirs.user_cache_dir("fen")),
        database_url=environ.get("FEN_DATABASE_URL") or f"sqlite:///{home / 'fen.db'}",
        offline=_read_flag(environ, "FEN_OFFLINE"),
        environ=environ,
        valkey_url=_read_valkey_url(environ),
        workers=given.workers,
        server=_override(tables.server, given),
        pages=_override_pages(tables.pages, given),
        deadlines=tables.deadlines,
        retry=tables.retry,
        answer_cache=tables.answer_cache,
        batch=tables.batch,
        guard=tables.guard,
        arena=tables.arena,
        training=tables.training,
        upstreams=tables.upstreams,
        models=tables.models,
        embedded=tables.embedded,
        fx=tables.fx,
        tiers=tables.tiers,
        routes=tables.routes,
        config=config,
        log_level=environ.get("FEN_LOG") or "info",
        log_style=_read_style(environ),
    )


def make_home(settings: Settings) -> None:
    """Make FEN_HOME, for its owner alone, where it is not there yet.

    Raises ConfigError.
    """
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"FEN_HOME: {settings.home}: {error.strerror}, expected a folder to write in"
        ) from None


def _override_pages(pages: PagesTable, given: CommandLine) -> PagesTable:
    return msgspec.structs.replace(
        pages,
        enabled=pages.enabled if given.pages is None else given.pages,
        port=pages.port if given.pages_port is None else given.pages_port,
    )


def _override(server: ServerTable, given: CommandLine) -> ServerTable:
    host, port = given.host, given.port
    if host is not None and not is_host(host):
        raise ConfigError(f"--host: found {host!r}, expected an IP address or a host's name")
    if port is not None and not 0 <= port <= 65535:
        raise ConfigError(f"--port: found {port}, expected 0 to 65535")
    return msgspec.structs.replace(
        server,
        host=server.host if host is None else host,
        port=server.port if port is None else port,
    )


def _read_flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "")
    if value.lower() in ("", "0", "false", "no"):
        return False
    if value.lower() in ("1", "true", "yes"):
        return True
    raise ConfigError(f"{name}: found {value!r}, expected 1 or 0")


def _read_valkey_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("FEN_VALKEY_URL") or None
    if url is not None:
        check_valkey_url(url)
    return url


def _read_style(environ: Mapping[str, str]) -> LogStyle | None:
    value = environ.get("FEN_LOG_STYLE") or None
    if value not in (None, "json", "text"):
        raise ConfigError(f"FEN_LOG_STYLE: found {value!r}, expected json or text")
    return value


def _read_tables(file: TomlFile) -> Tables:
    file.check_names((), {*_TABLES, *_SINGLE})
    if "guard" in file.tree:
        _check_guard_tables(file)
    if "arena" in file.tree and "stealth" in file.keys(("arena",)):
        for codename in file.keys(("arena", "stealth")):  # so that complaints name it
            file.convert(("arena", "stealth", codename), StealthTable)
    if "routes" in file.tree:
        convert_routes(file)
    found: dict[str, object] = {}
    for name, kind in _SINGLE.items():
        if name in file.tree:
            found[name] = file.convert((name,), kind)
    for name, kind in _TABLES.items():
        if name in file.tree:
            found[name] = {key: file.convert((name, key), kind) for key in file.keys((name,))}
    tables = _resolve(Tables(**found), file.path.absolute().parent)  # pyright: ignore[reportArgumentType]
    check_tables(file, tables, (EMBEDDED,))
    return tables


def _check_guard_tables(file: TomlFile) -> None:
    """Look first at what stands under names of the reader's own, so that complaints name them."""
    places: list[tuple[str, ...]] = [("guard",)]
    if "tiers" in file.keys(("guard",)):
        places += [("guard", "tiers", tier) for tier in file.keys(("guard", "tiers"))]
    for place in places:
        if "sinks" in file.keys(place):
            for tool in file.keys((*place, "sinks")):
                for path in file.keys((*place, "sinks", tool)):
                    file.check_text((*place, "sinks", tool, path))
    for place in places[1:]:
        file.convert(place, GuardTable)


def _resolve(tables: Tables, folder: Path) -> Tables:
    """Make the paths absolute; `~` is the home of who runs Fen."""

    def resolve(path: str) -> str:
        with contextlib.suppress(RuntimeError):  # there is no such home: the complaint will show the path
            return str(folder / Path(path).expanduser())
        return str(folder / path)

    def maybe(path: str | None) -> str | None:
        return None if path is None else resolve(path)

    return msgspec.structs.replace(
        tables,
        upstreams={
            name: msgspec.structs.replace(table, api_key_file=maybe(table.api_key_file))
            for name, table in tables.upstreams.items()
        },
        embedded={
            name: msgspec.structs.replace(
                table,
                model=maybe(table.model),
                mmproj=maybe(table.mmproj),
                loras=[resolve(path) for path in table.loras],
            )
            for name, table in tables.embedded.items()
        },
        routes={
            name: msgspec.structs.replace(table, artefact=maybe(table.artefact))
            for name, table in tables.routes.items()
        },
    )
