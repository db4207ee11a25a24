"""Routers that decide by what was fitted, and go on by what is fitted next: a changed file is taken in."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from fen.app.routes import RoutePlan
from fen.gateway.call import Call
from fen.gateway.route import Route
from fen.ledger import Fx, Routed, find_rate
from fen.routing import Asked, Decision, Offer, RoutePolicy
from fen.routing.decision import Guarantee
from fen.wire.errors import FenError
from fen.wire.money import Money

if TYPE_CHECKING:
    from fen.routing.drift import Baseline
    from fen.routing.expectation import Expectation
    from fen.routing.router import Router
    from fen.routing.signals import Signals
    from fen.routing.standing import Running
    from fen.routing.verifier import Verifier

LOOK_SECONDS = 2.0
"""How often artefacts are looked at for a change."""

Load = Callable[[Path], "Expectation"]
Stamp = tuple[tuple[str, int, int, int], ...]

_log = logging.getLogger("fen.app")


class LiveRouter:
    """The router of one route: a `fen.gateway.route.Decider`. Without an artefact it goes by prices alone.

    It remembers what the route has spent and how its traffic looks, since the artefact was read.
    """

    def __init__(self, rate: Callable[[str, str], Decimal | None]) -> None:
        self._rate = rate
        self._lock = Lock()  # artefacts are read in threads of their own
        self._router: Router | None = None
        self._standing: Running | None = None
        self._verifier: Verifier | None = None
        self._artefact: str | None = None
        self._given: dict[Guarantee, datetime] = {}  # guarantees, and since when

    @property
    def artefact(self) -> str | None:
        """The id of the artefact that it decides by."""
        return self._artefact

    @property
    def opened(self) -> bool:
        """Whether its libraries are loaded."""
        return self._router is not None

    def open(self) -> None:
        """Load them, where no artefact has; blocks."""
        with self._lock:
            if self._router is None:
                self._take(None)

    def decide(self, asked: Asked, offers: Sequence[Offer], policy: RoutePolicy) -> Decision:
        """Return who is asked; raises Unsupported where the price cap leaves nobody."""
        if self._router is None:
            self.open()
        assert self._router is not None
        assert self._standing is not None
        decision = self._router.decide(asked, offers, policy)
        self._standing.see(decision)
        if decision.guarantee is not None and decision.guarantee not in self._given:
            self._given[decision.guarantee] = datetime.now(UTC)
        return decision

    def feed(self, routed: Routed, score: float, policy: RoutePolicy) -> None:
        """Tell the watch of the guarantee that an answer was chosen under what a client says of it.

        The guarantee must be the one that this process gives now: by the same artefact, and after it was
        first given. An answer of another model than the chosen one says nothing of the choice.
        """
        router, standing = self._router, self._standing
        if router is None or standing is None or routed.artefact is None or routed.p is None:
            return
        if routed.artefact != self._artefact or routed.model != routed.chosen or routed.reason != "target":
            return
        guarantee = router.find_guarantee(routed.tag, policy)
        if guarantee is None or guarantee not in self._given or routed.at < self._given[guarantee]:
            return
        standing.watches.feed(routed.route, guarantee, routed.p, score)

    def spent(self, route: str) -> tuple[int, Money] | None:
        """Return how many requests of the route have cost how much; None before the first."""
        found = None if self._standing is None else self._standing.spent(route)
        return None if found is None else (found.requests, found.money)

    def settle(self, route: str, paid: Money) -> None:
        """Take in what a request of the route has cost with all its attempts."""
        if self._standing is not None:
            self._standing.settle(route, paid)

    def verify(self, asked: Asked, p: float, signals: Signals) -> float | None:
        """Return the probability that an answer is right, by the artefact's verifier; None without one."""
        if self._verifier is None:
            return None
        from fen.routing.verifier import describe  # noqa: PLC0415  as above

        return self._verifier.probability(describe(asked, p, signals))

    def take(self, expectation: Expectation | None) -> None:
        """Decide by another artefact from now on; loads the libraries where it is the first."""
        with self._lock:
            self._take(expectation)

    def _take(self, expectation: Expectation | None) -> None:
        from fen.routing.router import Router  # noqa: PLC0415  numpy and scipy, where nobody asks a route
        from fen.routing.standing import Running  # noqa: PLC0415  the same

        baselines: Mapping[str, Baseline] = {} if expectation is None else expectation.lessons.baselines
        standing = Running(baselines, random.random, self._rate, before=self._standing)
        self._router = Router(expectation, random.random, self._rate, standing)
        self._standing = standing
        self._verifier = getattr(expectation, "verifier", None)  # what was fitted on outcomes alone has none
        self._artefact = None if expectation is None else expectation.id


class _Watched(msgspec.Struct, frozen=True):
    """stamp: of the file as it was last looked at; fault: why it is not used, where it is not."""

    plan: RoutePlan
    router: LiveRouter
    stamp: Stamp | None = None
    fault: str | None = None


Prepared = Mapping[str, _Watched]
"""Routes by name, ready to be adopted."""


class LiveRoutes:
    """All routes of an app; a reload keeps the routers of those whose artefact stays."""

    def __init__(self, load: Load | None = None) -> None:
        self._load = load or _load
        self._fx: Fx = {}
        self._watched: dict[str, _Watched] = {}

    def prepare(self, plans: Mapping[str, RoutePlan]) -> Prepared:
        """Return the routes of new plans, their artefacts read; nothing has changed before `adopt`."""
        return {name: self._prepare(name, plan) for name, plan in plans.items()}

    def adopt(self, prepared: Prepared, fx: Fx) -> dict[str, Route]:
        """Take what was prepared, and return the routes as the gateway has them."""
        self._watched, self._fx = dict(prepared), fx
        return {
            name: Route(watched.plan.policy, watched.router, watched.plan.guard)
            for name, watched in self._watched.items()
        }

    def note(self, decision: Decision, call: Call) -> None:
        """Tell a decision's router what the request has cost: a `fen.gateway.route.RouteLog`."""
        watched, spent = self._watched.get(decision.route), call.tally.spent
        if watched is not None and spent is not None:
            watched.router.settle(decision.route, spent)

    def feed(self, routed: Routed, score: float) -> None:
        """Tell a decision's router the first score that its answer was given."""
        watched = self._watched.get(routed.route)
        if watched is not None:
            watched.router.feed(routed, score, watched.plan.policy)

    def tell_lacking(self) -> dict[str, str]:
        """Return what is wrong with artefacts, by route: the settings name one that cannot be used."""
        return {
            f"route {name}": watched.fault
            for name, watched in self._watched.items()
            if watched.fault is not None
        }

    async def keep_fresh(self) -> None:
        """Take in artefacts that change, until cancelled; make routes ready that will be asked."""
        for watched in [watched for watched in self._watched.values() if watched.plan.meant]:
            await asyncio.to_thread(_open, watched)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Take in what has changed since the last look; a file that cannot be read leaves all as it was."""
        for name, watched in list(self._watched.items()):
            stamp = await asyncio.to_thread(read_stamp, watched.plan.artefact)
            if stamp == watched.stamp:
                continue
            seen = await asyncio.to_thread(self._read, name, watched, stamp)
            if self._watched.get(name) is watched:  # and no reload has come between
                self._watched[name] = seen

    def _prepare(self, name: str, plan: RoutePlan) -> _Watched:
        old = self._watched.get(name)
        if old is not None and old.plan.artefact == plan.artefact:
            return msgspec.structs.replace(old, plan=plan)
        watched = _Watched(plan, LiveRouter(self._find_rate))
        return self._read(name, watched, read_stamp(plan.artefact))

    def _read(self, name: str, watched: _Watched, stamp: Stamp | None) -> _Watched:
        """Return a route with the artefact of this moment, or with the one that it had and what is wrong."""
        path = watched.plan.artefact
        if stamp is None:
            fault = f"found no artefact {path}, expected what `fen route fit` makes"
            if watched.stamp is not None:
                _log.warning("route %s: %s; the one that was read is kept", name, fault)
            fault = fault if watched.plan.named or watched.router.artefact is not None else None
            return msgspec.structs.replace(watched, stamp=None, fault=fault)
        try:
            watched.router.take(self._load(path))
        except (FenError, OSError) as error:
            kept = "the one before is kept" if watched.router.artefact is not None else "it goes by prices"
            _log.error("route %s: the artefact %s cannot be used (%s): %s", name, path, error, kept)
            return msgspec.structs.replace(watched, stamp=stamp, fault=f"{path}: {error}; {kept}")
        _log.info("route %s decides by the artefact %s of %s", name, watched.router.artefact, path)
        return msgspec.structs.replace(watched, stamp=stamp, fault=None)

    def _find_rate(self, base: str, quote: str) -> Decimal | None:
        return find_rate(base, quote, self._fx)


def read_stamp(path: Path) -> Stamp | None:
    """Return what tells a file, or a folder's files, from another under the same path; None where it is not.

    It is each file's name, inode, size and time of change in nanoseconds.
    """
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        found = [(file.name, file.stat()) for file in files]
    except OSError:
        return None
    return tuple((name, at.st_ino, at.st_size, at.st_mtime_ns) for name, at in found) or None


def _open(watched: _Watched) -> None:
    """Load what a route decides with, and what its cascade looks at answers with."""
    watched.router.open()
    if watched.plan.policy.cascade is not None:
        import_module("fen.gateway.cascading")


def _load(path: Path) -> Expectation:
    from fen.routing.artefact import load_artefact  # noqa: PLC0415  numpy, where no route has an artefact

    return load_artefact(path)
