"""A worker of a cluster: one Fen of its own, which plays slices of a run. Nothing here knows Ray."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

import fen
from fen.app.evals import find_suites, open_means
from fen.app.settings import Settings
from fen.evals.player import Player, open_player
from fen.evals.spread import Errand, Halt, Share, Slice, describe_error
from fen.upstreams import VENDORS
from fen.wire.errors import ConfigError, FenError

_PREFIXES = ("FEN_", "OTEL_")
_TABLES = ("upstreams", "models", "embedded", "guard", "fx", "tiers")


class Order(msgspec.Struct, frozen=True):
    """What a worker opens. settings: with the part of the environment that they need, keys included.

    data: the folder with suites' files. folder: where the command was started, for paths that are relative.
    version: Fen's.
    """

    settings: Settings
    data: str | None
    judged: bool
    folder: str
    version: str = fen.__version__

    def __repr__(self) -> str:
        return f"Order(settings=..., data={self.data!r}, judged={self.judged!r})"  # no key in any log


class ClusterWorker:
    """Plays slices in a process of its own; all methods run in its event loop."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self._player: Player | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self, order: Order, errand: Errand) -> Halt | None:
        """Open the Fen and load the run's samples; returns what is in the way."""
        try:
            await self._track(self._open(order, errand))
        except FenError as error:
            return describe_error(error)
        return None

    async def play(self, piece: Slice) -> Share:
        """Play a slice."""
        assert self._player is not None
        return await self._track(self._player.play(piece))

    async def stop(self) -> None:
        """Begin no further sample."""
        if self._player is not None:
            self._player.stop()

    async def close(self) -> None:
        """Cancel what is under way, which settles it, and close the Fen."""
        running = tuple(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._stack.aclose()

    async def _open(self, order: Order, errand: Errand) -> None:
        _check_place(order)
        with contextlib.suppress(OSError):  # there is none on this machine: absolute paths do without
            os.chdir(order.folder)
        suites = find_suites(errand.run.suites)
        data = None if order.data is None else Path(order.data)
        means = await self._stack.enter_async_context(open_means(order.settings, data, judged=order.judged))
        self._player = await open_player(errand, suites, means)

    async def _track(self, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await task


def pick_environ(settings: Settings) -> dict[str, str]:
    """Return the part of the environment that Fen reads: its own variables, and those that keys are in.

    Those are the names that the registry of vendors and the settings' tables contain, and `NAME_FILE`.
    """
    named = set(_list_texts(msgspec.to_builtins(VENDORS)))
    for table in _TABLES:
        named.update(_list_texts(msgspec.to_builtins(getattr(settings, table))))
    return {
        name: value
        for name, value in settings.environ.items()
        if name.startswith(_PREFIXES) or name in named or name.removesuffix("_FILE") in named
    }


def _list_texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        yield from _list_texts(list(cast(Mapping[str, Any], tree).values()))
    elif isinstance(tree, list | tuple):
        for value in cast(Sequence[Any], tree):
            yield from _list_texts(value)


def _check_place(order: Order) -> None:
    """Raise ConfigError where another version of Fen is installed, or SQLite's file is not here."""
    if order.version != fen.__version__:
        raise ConfigError(
            f"a worker found Fen {fen.__version__}, expected {order.version}, as the command has"
        )
    scheme, _, path = order.settings.database_url.partition(":///")
    if scheme == "sqlite" and not Path(path).is_file():
        raise ConfigError(
            f"a worker found no {path} on its machine, expected FEN_DATABASE_URL with a PostgreSQL"
            " that all machines reach"
        )
