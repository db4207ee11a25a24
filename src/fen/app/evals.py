"""Opening an evaluation: settings in; the pipeline, the database, suites and their files out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from fen.app.build import App, open_app
from fen.app.database import open_database
from fen.app.eval_files import open_files
from fen.app.guarding import protect_judge
from fen.app.settings import Settings, make_home
from fen.app.tables import ModelTable, UpstreamTable
from fen.evals.means import Means, Shelf
from fen.evals.registry import find_suite
from fen.evals.sandbox import ProcessSandbox
from fen.evals.store import EvalStore
from fen.evals.suite import Files, Suite
from fen.gateway import Caller, Reply
from fen.gateway.quote import Quote, quote
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
async def open_means(
    settings: Settings, data: Path | None, *, judged: bool = False
) -> AsyncGenerator[Means, None]:
    """Open all that a run works with; data: the folder with suites' files, else FEN_DATA.

    judged: a model judges answers, and the guard keeps from it what they instruct. Raises ConfigError.
    """
    files = open_files(settings, data)
    async with open_app(protect_judge(settings) if judged else settings) as app:
        yield make_means(app, files)


def make_means(app: App, files: Files) -> Means:
    """Return what runs work with, over the parts that are open."""

    async def answer(request: Request, caller: Caller) -> Reply:
        return await app.pipeline.answer(request, caller, tag=TAG)

    def tell(request: Request, caller: Caller) -> Quote:
        return quote(request, caller, app.pipeline.parts)

    return Means(app.storage, EvalStore(app.storage), files, ProcessSandbox(), answer, tell)


@contextlib.asynccontextmanager
async def open_shelf(settings: Settings, data: Path | None = None) -> AsyncGenerator[Shelf, None]:
    """Open what is kept, for commands that ask no model; raises ConfigError."""
    make_home(settings)
    storage = await open_database(settings.database_url)
    try:
        yield Shelf(storage, EvalStore(storage), open_files(settings, data), ProcessSandbox())
    finally:
        await storage.close()
