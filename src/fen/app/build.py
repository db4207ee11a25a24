"""Settings in, ready parts out: the only room that knows every adapter."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING

from fen.accounts import Audit, Keyring, is_loopback
from fen.accounts.tier import make_tiers
from fen.app.database import open_database
from fen.app.fx import read_rates
from fen.app.guarding import needs_examiner, open_examiner, read_enforced, read_guards
from fen.app.handlings import read_handlings
from fen.app.live_routes import LiveRoutes, Prepared
from fen.app.models import build_catalogue
from fen.app.route_log import RouteBooks
from fen.app.routes import read_routes
from fen.app.settings import Settings, make_home
from fen.app.shared import open_sharing
from fen.app.talks import Talks
from fen.app.upstreams import Upstreams
from fen.batch import Batches, Limits
from fen.catalogue import Catalogue
from fen.catalogue.learnt import Learnt
from fen.gateway import Caller, Parts, Pipeline, Reply
from fen.gateway.breaker import Breakers, list_states
from fen.gateway.cache import AnswerCache, Rule
from fen.gateway.limits import LimitBook
from fen.gateway.prefix import Prefixes
from fen.gateway.retry import Policy
from fen.hierarchy.findings import Findings
from fen.ledger import Book, Replica, RouteBook, claim_replica
from fen.routing.feedback import Feedback
from fen.storage import Storage
from fen.telemetry import Telemetry, open_telemetry
from fen.wire.errors import BooksUnavailable, ConfigError
from fen.wire.ports import Deadlines, Upstream
from fen.wire.request import Request

if TYPE_CHECKING:
    from fen.hierarchy.examine import Examiner

_log = logging.getLogger("fen.app")
_CHECK_SECONDS = 5.0


class App:
    """Everything that runs, put together; made by `open_app`."""

    def __init__(self, settings: Settings, storage: Storage, replica: Replica, telemetry: Telemetry) -> None:
        self.settings = settings
        self.book = Book(storage, replica, settings.server.lease_seconds)
        self._replica = replica
        self.keyring = Keyring(storage)
        self.audit = Audit(storage)
        self.batches = Batches(storage, _batch_limits(settings))
        self.telemetry = telemetry
        self.storage = storage
        self._upstreams = Upstreams(settings)
        # A reload keeps what calls have taken, and what is known of who fails and of who has read what.
        self._breakers = Breakers()
        self._prefixes = Prefixes()
        self._sharing = open_sharing(
            settings.valkey_url, replica.id, settings.workers, self.book.count_replicas
        )
        self.learnt = Learnt(storage)
        self.findings = Findings(storage)
        self.talks = Talks(self)
        self.routes = LiveRoutes()
        self.decisions = RouteBook(storage)
        self.feedback = Feedback(storage, self.book, self.decisions, self.routes.feed)
        self._examiner: Examiner | None = None
        self._opening = asyncio.Lock()
        catalogue = build_catalogue(settings, settings.embedded)
        prepared = self.routes.prepare(read_routes(settings, catalogue))
        self.pipeline = Pipeline(self._make_parts(settings, catalogue, prepared))
        telemetry.add_counter(
            "fen_embedded_cpu_seconds",
            "Processor time of the embedded models' processes, which the gateway's own does not contain.",
            self._upstreams.embedded_cpu_seconds,
        )
        telemetry.add_gauges(
            "fen_upstream_state",
            "Of each upstream's model that was called: 1 for the state that its breaker is in.",
            ("upstream", "model", "state"),
            lambda: list_states(self._breakers),
        )
        if self._sharing.shared:
            telemetry.add_gauge(
                "fen_valkey_up",
                "Whether Valkey answered when last asked; 0: each replica allows its part of the rates.",
                lambda: float(self._sharing.up),
            )

    @property
    def catalogue(self) -> Catalogue:
        """The models and prices of the current configuration."""
        return self.pipeline.parts.catalogue

    @property
    def upstreams(self) -> Mapping[str, Upstream]:
        """The upstreams that can answer, by id."""
        return self.pipeline.parts.upstreams

    async def answer(self, request: Request, tag: str, *, guarded: bool = True) -> Reply:
        """Answer a request of this process itself, through the same pipeline as everybody's.

        guarded: False goes without the guard, for comparisons.
        """
        caller = Caller(inside=True, unguarded=not guarded)
        return await self.pipeline.answer(request, caller, tag=tag)

    async def reload(self, settings: Settings) -> Pipeline:
        """Return a pipeline of new settings; calls under way keep the old one's parts.

        Raises ConfigError, and then nothing has changed.
        """
        # The catalogue takes some 50 ms, which streams under way should not feel.
        catalogue = await asyncio.to_thread(build_catalogue, settings, settings.embedded)
        prepared = await asyncio.to_thread(self.routes.prepare, read_routes(settings, catalogue))
        if needs_examiner(read_guards(settings, make_tiers(settings.tiers))):
            await self.open_examiner()
        self._upstreams.change(settings)
        self.settings = settings
        self.pipeline = Pipeline(self._make_parts(settings, catalogue, prepared))
        return self.pipeline

    async def open_examiner(self) -> Examiner:
        """Return who examines requests, opened where it was not yet; loading it takes some 200 ms elsewhere.

        Raises ConfigError.
        """
        async with self._opening:
            if self._examiner is None:
                self._examiner = await asyncio.to_thread(open_examiner, self.settings)
        return self._examiner

    async def check_bind(self, host: str) -> None:
        """Raise ConfigError when Fen would listen beyond loopback without any key."""
        if not is_loopback(host) and not await self.keyring.any_key():
            raise ConfigError(
                f"found the address {host} and no key, expected a loopback address or a key: "
                "make one with `fen keys create NAME`"
            )

    async def lacking(self) -> dict[str, str]:
        """Return what keeps requests from being served, by name; empty when nothing does."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await self.storage.check()
        except BooksUnavailable as error:
            return {"database": error.message}
        except TimeoutError:
            return {"database": f"found no answer within {_CHECK_SECONDS:.0f} s, expected one"}
        return {}

    async def degraded(self) -> dict[str, str]:
        """Return what is worse than it should be, by name, though requests are served."""
        return {**self.routes.tell_lacking(), **await self._sharing.look()}

    async def share(self) -> None:
        """Keep what replicas share alive, until cancelled."""
        await self._sharing.run()

    async def keep_alive(self) -> None:
        """Give signs of life until cancelled; a fault in one is logged, and the next is given all the same.

        Replicas elsewhere settle the holds of one that is silent, so it must not fall silent while it works.
        """
        while True:
            try:
                await self.book.keep_alive()
            except Exception:  # noqa: BLE001 (the edge of a task that nobody waits for)
                _log.exception("a sign of life failed; the next one is due as always")

    def render_metrics(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus' format, and its content type."""
        return self.telemetry.render()

    async def close(self) -> None:
        """Let go of the upstreams, then of the books; each is let go of whatever the others do."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, self.telemetry.close)
            stack.push_async_callback(self.storage.close)
            stack.push_async_callback(self.book.close)
            stack.push_async_callback(self._sharing.close)
            stack.push_async_callback(self._upstreams.close)
            stack.push_async_callback(self.talks.close)
            if self._examiner is not None:
                stack.push_async_callback(self._examiner.documents.aclose)

    def _make_parts(self, settings: Settings, catalogue: Catalogue, routes: Prepared) -> Parts:
        tiers, fx = make_tiers(settings.tiers), read_rates(settings.fx)
        guards = read_guards(settings, tiers)
        adopted = self.routes.adopt(routes, fx)
        guarded = any(route.guard for route in adopted.values())
        if self._examiner is None and needs_examiner(guards):
            self._examiner = open_examiner(settings)
        return Parts(
            keyring=self.keyring,
            catalogue=catalogue,
            book=self.book,
            upstreams=self._upstreams.table(),
            observer=self.telemetry.observer,
            replica=self._replica.id,
            bind_host=settings.server.host,
            trusted_proxies=tuple(settings.server.trusted_proxies),
            deadlines=_deadlines(settings),
            policy=_policy(settings),
            limiter=self._sharing.limiter,
            slots=self._sharing.slots,
            breakers=self._breakers,
            prefixes=self._prefixes,
            limits=LimitBook(self.learnt),
            on_retired=settings.server.on_retired,
            handlings=read_handlings(settings, catalogue, self._upstreams.embedded_models()),
            tiers=tiers,
            fx=fx,
            cache=_answers(settings),
            batches=self._upstreams.batches() if settings.batch.vendors else {},
            guards=guards,
            examiner=self._examiner,
            open_examiner=self.open_examiner,
            findings=self.findings,
            routes=adopted,
            route_log=RouteBooks(self.decisions, self.routes),
            enforced=read_enforced(settings, tiers) if guarded else {},
        )


def _deadlines(settings: Settings) -> Deadlines:
    given = settings.deadlines
    return Deadlines(given.connect, given.first, given.between, given.total)


def _answers(settings: Settings) -> AnswerCache | None:
    """Return an empty cache: what was kept before a reload may be another model's, under the same name."""
    given = settings.answer_cache
    if not given.keys and not given.keyless:
        return None
    keys = frozenset(given.keys)
    return AnswerCache(Rule(keys, given.keyless, given.most_bytes, given.most_answer_bytes, given.seconds))


def _batch_limits(settings: Settings) -> Limits:
    given = settings.batch
    return Limits(
        max_file_bytes=given.max_file_bytes,
        max_lines=given.max_lines,
        concurrency=given.concurrency,
        vendors=given.vendors,
        vendor_poll=given.vendor_poll_seconds,
    )


def _policy(settings: Settings) -> Policy:
    given = settings.retry
    return Policy(given.retries, given.attempts, given.base, given.cap, given.longest_wait)


@contextlib.asynccontextmanager
async def open_app(settings: Settings) -> AsyncGenerator[App, None]:
    """Open the database, settle what a crash left open, and put the parts together.

    Raises ConfigError when the settings do not allow a start.
    """
    make_home(settings)
    storage = await open_database(settings.database_url)
    try:
        app = App(settings, storage, claim_replica(settings.home), open_telemetry(settings.environ))
        await app.book.recover()
        await app.learnt.load()
    except BaseException:
        await storage.close()
        raise
    endless = (app.keep_alive(), app.learnt.keep_fresh(), app.share(), app.routes.keep_fresh())
    tasks = [asyncio.create_task(work) for work in endless]
    try:
        yield app
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await app.close()
