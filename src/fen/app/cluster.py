"""Worker processes in a Ray cluster (extra `ray`): the one door to Ray.

Each worker is an actor that opens a Fen of its own over the same database: a replica like any other, with its
own lease, whose holds count towards the same caps. What it needs of the settings goes to it as an argument,
never as its environment, which Ray shows and logs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from msgspec.structs import replace

from fen.app.cluster_worker import ClusterWorker, Order, pick_environ
from fen.app.settings import Settings
from fen.evals.spread import Errand, Halt, Share, Slice, WorkerLost
from fen.wire.errors import ConfigError, FenError, Internal

EXTRA = "ray"
LOCAL = "local"
"""The address of a cluster of this command alone, on this machine."""

_T = TypeVar("_T")
_OPEN_SECONDS = 300.0  # a cluster may have to start a machine first
_CLOSE_SECONDS = 20.0
_LOOK_SECONDS = 10.0
_STORE_BYTES = 100 * 1024 * 1024  # nothing large travels; Ray's own default is a third of the memory


class Actor(Protocol):
    """What is used of an actor's handle: its methods, each with `remote`."""

    def __getattr__(self, method: str) -> Any:
        """Return a method."""
        ...


class Ray(Protocol):
    """What is used of Ray."""

    exceptions: Any

    def init(self, **options: Any) -> object:
        """Connect to a cluster, or start one; blocks."""
        ...

    def shutdown(self) -> None:
        """Leave the cluster; a local one ends. Blocks."""
        ...

    def nodes(self) -> list[dict[str, Any]]:
        """Return the cluster's machines, those too that are gone."""
        ...

    def remote(self, **options: Any) -> Callable[[type], Any]:
        """Return what makes an actor's class of a class."""
        ...

    def kill(self, actor: Actor) -> None:
        """End an actor's process."""
        ...


class Cluster:
    """Workers in a cluster; it is an `fen.evals.spread.Spread`. Made by `open_cluster`."""

    def __init__(self, ray: Ray, order: Order, workers: int) -> None:
        self.workers = workers
        self._ray = ray
        self._order = order
        # Spread over machines; a whole core each, which is what a pipeline uses at most.
        self._class = ray.remote(num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD")(ClusterWorker)

    async def hire(self, errand: Errand) -> ClusterHand:
        """Open a worker on a machine with a free core; see Spread."""
        hand = ClusterHand(self._ray, self._class.remote())
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                await hand.open(self._order, errand)
        except BaseException as error:
            await hand.close()
            if isinstance(error, TimeoutError):
                raise ConfigError(
                    f"found no worker of the cluster that opened within {_OPEN_SECONDS:.0f} s, expected a"
                    f" free core for each of {self.workers}"
                ) from None
            raise
        return hand


class ClusterHand:
    """One actor; it is an `fen.evals.spread.Hand`."""

    def __init__(self, ray: Ray, actor: Actor) -> None:
        self._ray = ray
        self._actor = actor

    async def open(self, order: Order, errand: Errand) -> None:
        """Let it open its Fen; raises WorkerLost, and FenError where it cannot."""
        halt: Halt | None = await self._wait(self._actor.open.remote(order, errand))
        if halt is not None:
            raise halt.to_error()

    async def play(self, piece: Slice) -> Share:
        """Play a slice; see Hand."""
        return await self._wait(self._actor.play.remote(piece))

    async def stop(self) -> None:
        """Begin no further sample; see Hand."""
        with contextlib.suppress(WorkerLost):
            await self._wait(self._actor.stop.remote())

    async def close(self) -> None:
        """Let it settle what is under way, then end its process, whatever comes of that."""
        try:
            with contextlib.suppress(WorkerLost, FenError, TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._wait(self._actor.close.remote())
        finally:
            self._ray.kill(self._actor)

    async def _wait(self, reference: Awaitable[_T]) -> _T:
        found = self._ray.exceptions
        try:
            return await reference
        except found.RayActorError as error:
            raise WorkerLost(_first_line(error)) from None
        except found.RayTaskError as error:
            cause = getattr(error, "cause", None) or error
            message = f"a worker failed: {type(cause).__name__}: {_first_line(cause)}"
            raise Internal(message) from None
        except found.RayError as error:
            raise WorkerLost(f"{type(error).__name__}: {_first_line(error)}") from None


@contextlib.asynccontextmanager
async def open_cluster(
    settings: Settings, data: Path | None, address: str, workers: int, *, judged: bool = False
) -> AsyncGenerator[Cluster, None]:
    """Connect to a cluster, or start one on this machine; data, judged: as `open_means` takes them.

    address: as `ray.init` takes it; LOCAL starts one. Raises ConfigError where Ray is not installed, where
    there is no cluster, and for SQLite on several machines.
    """
    with contextlib.redirect_stdout(sys.stderr):  # where Ray tells of dead workers; results stay clean
        async with _connect(settings, address, workers) as ray:
            told = replace(settings, workers=workers, environ=pick_environ(settings))
            order = Order(told, None if data is None else str(data), judged, os.getcwd())  # noqa: PTH109
            yield Cluster(ray, order, workers)


@contextlib.asynccontextmanager
async def _connect(settings: Settings, address: str, workers: int) -> AsyncGenerator[Ray, None]:
    ray = load_ray()
    options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
    if address == LOCAL:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Fen tells nobody that it is used
        options |= {
            "num_cpus": workers,
            "include_dashboard": False,
            "object_store_memory": _STORE_BYTES,
        }
    await _look_for(address)
    try:
        await asyncio.to_thread(ray.init, **options)  # seconds, in which the books want their signs of life
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"--ray {address}: {_first_line(error)}, expected a Ray cluster's address"
        ) from None
    try:
        check_database(settings.database_url, ray.nodes())
        yield ray
    finally:
        await asyncio.to_thread(ray.shutdown)


def load_ray() -> Ray:
    """Return Ray; raises ConfigError where the extra is not installed."""
    try:
        ray = import_module("ray")
        import_module("ray.exceptions")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ray":
            raise
        raise ConfigError(
            f"--ray: found no ray, expected Fen's extra `{EXTRA}`: pip install 'fen[{EXTRA}]'"
        ) from None
    return cast(Ray, ray)


async def _look_for(address: str) -> None:
    """Raise ConfigError where nobody listens at `HOST:PORT`: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        return
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.close()
    except (OSError, TimeoutError, OverflowError) as error:
        raise ConfigError(f"--ray {address}: found nobody there ({error}), expected a Ray cluster") from None


def check_database(url: str, nodes: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
    """Raise ConfigError for a database in a file where a cluster has several machines."""
    alive = sum(bool(node.get("Alive")) for node in nodes)
    if url.startswith("sqlite") and alive > 1:
        raise ConfigError(
            f"--ray: found SQLite and a cluster of {alive} machines, expected FEN_DATABASE_URL with a"
            " PostgreSQL that all of them reach"
        )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
