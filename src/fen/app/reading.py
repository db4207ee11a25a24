"""The database without the rest of Fen: for commands that read the books or keep the keys."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from fen.accounts import (
    Audit,
    Budget,
    BudgetList,
    Key,
    Keyring,
    check_team,
    make_caps,
    make_event,
    parse_budget,
)
from fen.accounts.budget import Period, Scope
from fen.accounts.key import DEFAULT_TIER
from fen.accounts.tier import Tier, make_tiers
from fen.app.database import open_database
from fen.app.settings import Settings, make_home
from fen.batch import Batches
from fen.catalogue.learnt import Learnt
from fen.conversations import Conversations
from fen.hierarchy.findings import Findings
from fen.ledger import Book, Entry, Room, RouteBook, UsageRow
from fen.routing.feedback import Feedback
from fen.storage import Storage
from fen.wire.errors import InvalidRequest, NotFound
from fen.wire.money import plain

_FIGURES = (
    "requests",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost",
    "currency",
    "charge",
    "charge_currency",
    "exact",
    "estimated",
    "unpriced",
)


class Pruned(msgspec.Struct, frozen=True):
    """How many entries are daily sums now; findings of guards and conversations that are deleted."""

    entries: int
    findings: int
    conversations: int = 0


class Erased(msgspec.Struct, frozen=True):
    """What became of a key's records: rows it is off; findings, files, batches, conversations deleted.

    open: its batches that go on.
    """

    rows: int
    findings: int
    files: int
    batches: int
    open: int
    conversations: int = 0


class Records:
    """Books, keys, audit log and learnt limits of a database; nothing here holds, serves or asks.

    keyring, book: of a process that serves: what is revoked here is then refused there at once.
    """

    def __init__(
        self,
        storage: Storage,
        tiers: Mapping[str, Tier],
        keyring: Keyring | None = None,
        book: Book | None = None,
    ) -> None:
        self.storage = storage
        self.tiers = tiers
        self.keyring = keyring or Keyring(storage)
        self.book = book or Book(storage)

    @cached_property
    def budgets(self) -> BudgetList:
        """The budgets of keys and teams."""
        return BudgetList(self.storage)

    @cached_property
    def audit(self) -> Audit:
        """Who changed what."""
        return Audit(self.storage)

    @cached_property
    def batches(self) -> Batches:
        """Files and batches."""
        return Batches(self.storage)

    @cached_property
    def learnt(self) -> Learnt:
        """Limits that upstreams have named."""
        return Learnt(self.storage)

    @cached_property
    def findings(self) -> Findings:
        """What guards found."""
        return Findings(self.storage)

    @cached_property
    def conversations(self) -> Conversations:
        """What people said in the pages and were told, kept by consent."""
        return Conversations(self.storage)

    @cached_property
    def decisions(self) -> RouteBook:
        """What routes decided."""
        return RouteBook(self.storage)

    @cached_property
    def feedback(self) -> Feedback:
        """What clients said of answers."""
        return Feedback(self.storage, self.book, self.decisions)

    async def find_key(self, wanted: str) -> Key:
        """Return the key of an id, or of a name; a living one goes before those that were revoked.

        Raises NotFound, and InvalidRequest for a name that only several revoked keys have.
        """
        keys = await self.keyring.list()
        named = [key for key in keys if key.name == wanted]
        found = (
            [key for key in keys if key.id == wanted]
            or [key for key in named if key.revoked_at is None]
            or named
        )
        if not found:
            raise NotFound(
                f"key: found none that is called {wanted[:64]!r}, expected the id or name of a key"
            )
        if len(found) > 1:
            raise InvalidRequest(f"key: found {len(found)} revoked keys called {wanted!r}, expected an id")
        return found[0]

    async def name_keys(self) -> dict[str, str]:
        """Return the keys' names by id."""
        return {key.id: key.name for key in await self.keyring.list()}

    async def create_key(
        self,
        name: str,
        actor: str,
        tier: str = DEFAULT_TIER,
        team: str | None = None,
        limits: Sequence[str] = (),
        admin: bool = False,
    ) -> tuple[Key, str]:
        """Make a key as Keyring.create does; raises InvalidRequest for a tier that there is not, too."""
        if tier not in self.tiers:
            raise InvalidRequest(f"tier: found {tier[:64]!r}, expected one of {', '.join(self.tiers)}")
        return await self.keyring.create(name, actor, tier, team, limits, admin)

    async def set_budget(self, owner: str, limit: str, actor: str) -> Budget:
        """Let an owner, `key:NAME` or `team:NAME`, spend a limit such as `2USD/month`.

        Raises InvalidRequest and NotFound.
        """
        budget = parse_budget(limit, *await self._find_owner(owner))
        await self.budgets.set(budget, actor)
        return budget

    async def remove_budget(self, owner: str, period: Period, actor: str) -> Budget:
        """Remove the budget of an owner, `key:NAME` or `team:NAME`, for a period.

        Raises InvalidRequest, and NotFound where there is none.
        """
        scope, name = await self._find_owner(owner)
        for budget in await self.budgets.list():
            if (budget.scope, budget.owner, budget.period) == (scope, name, period):
                await self.budgets.remove(budget, actor)
                return budget
        raise NotFound(f"found no budget of {owner} for the period {period!r}, expected one")

    async def list_budgets(self) -> list[Budget]:
        """Return the budgets of keys, of teams and of tiers."""
        of_tiers = [budget for tier in self.tiers.values() for budget in tier.budgets]
        return [*await self.budgets.list(), *of_tiers]

    async def _find_owner(self, owner: str) -> tuple[Scope, str]:
        scope, _, name = owner.partition(":")
        if scope == "team":
            return "team", check_team(name)
        if scope == "key" and name:
            return "key", (await self.find_key(name)).id
        raise InvalidRequest(
            f"found {owner[:80]!r}, expected key:NAME|team:NAME: budgets of tiers are in the settings' file"
        )

    async def rooms(self, budgets: Iterable[Budget]) -> dict[Budget, Room]:
        """Return how budgets stand in their windows of this moment."""
        now, wanted = datetime.now(UTC), list(budgets)
        caps = [make_caps([budget], now)[0] for budget in wanted]
        return dict(zip(wanted, await self.book.rooms(caps), strict=True))

    async def prune(self, before: datetime, actor: str) -> Pruned:
        """Turn the entries of whole days before a moment into daily sums.

        What guards found, what routes decided, what clients said of answers and conversations in which
        nothing was said since are deleted; sums stay. Returns how many of each, and says so.
        """
        pruned = Pruned(
            await self.book.prune(before),
            await self.findings.prune(before),
            await self.conversations.prune(before),
        )
        await self.decisions.prune(before)
        await self.feedback.prune(before)
        detail = {"before": before.date().isoformat(), "entries": pruned.entries}
        await self.audit.record(
            make_event(
                actor, "ledger.prune", "ledger", _add_counts(detail, pruned.findings, pruned.conversations)
            )
        )
        return pruned

    async def forget(self, key: Key, actor: str) -> Erased:
        """Take a key off the books, delete its files, ended batches, findings, feedback and conversations.

        Returns how many of each, and says so.
        """
        gone = await self.batches.forget_key(key.id)
        findings = await self.findings.forget_key(key.id)
        rows = await self.book.forget_key(key.id) + await self.decisions.forget_key(key.id)
        await self.feedback.forget_key(key.id)
        talks = await self.conversations.forget_key(key.id)
        detail = {"rows": rows, "files": gone.files, "batches": gone.batches}
        event = make_event(actor, "ledger.forget", key.id, _add_counts(detail, findings, talks))
        await self.audit.record(event)
        return Erased(rows, findings, gone.files, gone.batches, gone.open, talks)


def _add_counts(detail: dict[str, Any], findings: int, conversations: int) -> dict[str, Any]:
    counts = {"findings": findings, "conversations": conversations}
    return detail | {name: count for name, count in counts.items() if count}


@contextlib.asynccontextmanager
async def open_records(settings: Settings) -> AsyncGenerator[Records, None]:
    """Open the database of the settings.

    Raises ConfigError where there is none and none can be made.
    """
    make_home(settings)
    storage = await open_database(settings.database_url)
    try:
        yield Records(storage, make_tiers(settings.tiers))
    finally:
        await storage.close()


def describe_budget(budget: Budget, room: Room) -> dict[str, Any]:
    """Return a budget and how it stands as JSON-ready facts; amounts are decimal text in its currency."""
    amounts = {"limit": budget.limit, "spent": room.spent, "held": room.held, "left": room.left}
    return {
        "scope": budget.scope,
        "owner": budget.owner,
        "period": budget.period,
        "currency": budget.limit.currency,
        **{name: plain(money.amount) for name, money in amounts.items()},
    }


async def find_request(book: Book, request_id: str, key_id: str | None = None) -> list[Entry]:
    """Return a request's attempts, oldest first; key_id: None for whoever may see everybody's.

    Raises NotFound where there is none, and just so where it is another key's.
    """
    entries = await book.find(request_id)
    if not entries or (key_id is not None and any(entry.hold.key_id != key_id for entry in entries)):
        raise NotFound("found no such request of this key, expected the x-fen-request-id of an answer")
    return entries


def describe_usage(row: UsageRow, by: Sequence[str]) -> dict[str, Any]:
    """Return a sum as JSON-ready facts: what it is grouped by, then figures; amounts are decimal text."""
    groups = {word: msgspec.to_builtins(getattr(row, word)) for word in by}
    figures = {name: getattr(row, name) for name in _FIGURES}
    return groups | {
        name: plain(value) if isinstance(value, Decimal) else value for name, value in figures.items()
    }
