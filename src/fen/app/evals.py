"""Opening an evaluation: settings in; the pipeline, the database, suites and their files out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from fen.app.build import App, open_app
from fen.app.settings import Settings, make_home
from fen.app.tables import ModelTable, UpstreamTable
from fen.evals.files import DataFiles
from fen.evals.means import Means, Shelf
from fen.evals.registry import find_suite
from fen.evals.sandbox import USUAL, Limits, Ran
from fen.evals.store import EvalStore
from fen.evals.suite import Files, Suite
from fen.gateway import Caller, Reply
from fen.gateway.quote import Quote, quote
from fen.storage import open_storage
from fen.wire.errors import ConfigError
from fen.wire.request import Request

TAG = "eval"
"""What the books call the calls of an evaluation."""

KEY = "FEN_EVAL_API_KEY"
"""The variable with the key of the address that `--base-url` names."""


def find_suites(names: Sequence[str]) -> tuple[Suite, ...]:
    """Return suites by name, each once; raises ConfigError that suggests close names."""
    return tuple(find_suite(name) for name in dict.fromkeys(names))


def point_at(settings: Settings, model: str, base_url: str | None) -> tuple[Settings, str]:
    """Return settings that know the model at an address of OpenAI's format, and its id there.

    The id begins with the address, so that answers of two servers are never taken for each other's. Without
    an address the settings stay as they are. Raises ConfigError for no address of HTTP, and where FEN_URL is
    set.
    """
    if settings.environ.get("FEN_URL"):
        raise ConfigError(
            "found FEN_URL, expected none: an evaluation has its calls in books of its own;"
            f" --base-url $FEN_URL/v1 evaluates what that Fen serves ({KEY} holds its key)"
        )
    if base_url is None:
        return settings, model
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"--base-url: found {base_url!r}, expected http(s)://host[:port][/path]")
    path = parts.path.strip("/").removesuffix("v1").strip("/").replace("/", "_")
    place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    name = f"{place}_{path}" if path else place
    key = KEY if settings.environ.get(KEY) else None
    upstream = UpstreamTable(base_url=base_url, api_key_env=key)
    table = ModelTable(upstream=name, upstream_model=model)
    known = replace(
        settings,
        upstreams={**settings.upstreams, name: upstream},
        models={**settings.models, f"{name}/{model}": table},
    )
    return known, f"{name}/{model}"


@contextlib.asynccontextmanager
async def open_means(settings: Settings, data: Path | None) -> AsyncGenerator[Means, None]:
    """Open all that a run works with; data: the folder with suites' files, else FEN_DATA.

    Raises ConfigError.
    """
    files = open_files(settings, data)
    async with open_app(settings) as app:
        yield make_means(app, files)


def make_means(app: App, files: Files) -> Means:
    """Return what runs work with, over the parts that are open."""

    async def answer(request: Request, caller: Caller) -> Reply:
        return await app.pipeline.answer(request, caller, tag=TAG)

    def tell(request: Request, caller: Caller) -> Quote:
        return quote(request, caller, app.pipeline.parts)

    return Means(app.storage, EvalStore(app.storage), files, NoSandbox(), answer, tell)


@contextlib.asynccontextmanager
async def open_shelf(settings: Settings, data: Path | None = None) -> AsyncGenerator[Shelf, None]:
    """Open what is kept, for commands that ask no model; raises ConfigError."""
    make_home(settings)
    storage = await asyncio.to_thread(open_storage, settings.database_url)
    try:
        yield Shelf(storage, EvalStore(storage), open_files(settings, data), NoSandbox())
    finally:
        await storage.close()


def open_files(settings: Settings, data: Path | None) -> Files:
    """Return who finds suites' files: in the folder named, or FEN_DATA, then in the cache."""
    named = settings.environ.get("FEN_DATA")
    folder = data if data is not None else Path(named) if named else None
    return DataFiles(folder, settings.cache, None)


class NoSandbox:
    """Stands where this machine has no sandbox: a suite that runs programs says so, and asks nothing more."""

    async def run(self, program: str, limits: Limits = USUAL) -> Ran:
        """Raise ConfigError."""
        raise ConfigError("found no sandbox on this machine, expected one: nobody trusts a model's programs")
