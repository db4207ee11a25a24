"""The keyring: from a secret to its key, without the database on most requests."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from fen.accounts.audit import make_event
from fen.accounts.key import DEFAULT_TIER, Key, create_key, hash_secret, is_secret
from fen.accounts.store import KeyStore, find_key, find_key_by_id, has_key, list_keys
from fen.storage import Conflict, Storage
from fen.wire.errors import InvalidRequest

FRESH_SECONDS = 1.0
"""How long a look-up is believed: a key that another process revoked answers at most so much longer."""

_MOST_REMEMBERED = 10_000


class Keyring:
    """The keys of a database, and a short memory of those that asked.

    Used by one event loop. Methods that touch the database raise BooksUnavailable when it is away.
    """

    def __init__(
        self, storage: Storage, fresh: float = FRESH_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._storage = storage
        self._store = KeyStore(storage)
        self._fresh = fresh
        self._clock = clock
        self._known: dict[bytes, tuple[Key | None, float]] = {}
        self._asked: dict[bytes, asyncio.Task[Key | None]] = {}
        self._any = False
        self._any_until = 0.0
        self._any_asked: asyncio.Task[None] | None = None

    def cached(self, secret: str) -> Key | None:
        """Return the key of a secret that was looked up within the last second; None says nothing."""
        known = self._known.get(hash_secret(secret))
        return known[0] if known is not None and self._clock() < known[1] else None

    async def find(self, secret: str) -> Key | None:
        """Return the living key of a secret, None where there is none.

        Strangers are remembered too, and calls that ask for the same secret at once share one look-up, so
        that neither a flood of wrong secrets nor a busy key weighs on the database.
        """
        if not is_secret(secret):
            return None
        digest = hash_secret(secret)
        known = self._known.get(digest)
        if known is not None and self._clock() < known[1]:
            return known[0]
        task = self._asked.get(digest)
        if task is None:
            task = self._asked[digest] = asyncio.create_task(self._look_up(digest))
            task.add_done_callback(partial(self._remember, digest))
        return await asyncio.shield(task)  # one caller that leaves must not take the others' answer along

    async def find_by_id(self, key_id: str) -> Key | None:
        """Return the living key of an id, from the database; None where there is none."""
        return await self._storage.read(lambda connection: find_key_by_id(connection, key_id))

    async def any_key(self) -> bool:
        """Whether there is a key, or ever was one: revoking the last key must not open the door to all."""
        if not self._any and self._clock() >= self._any_until:
            if self._any_asked is None:
                self._any_asked = asyncio.create_task(self._ask_for_any())
            await asyncio.shield(self._any_asked)
        return self._any

    async def create(
        self,
        name: str,
        actor: str,
        tier: str = DEFAULT_TIER,
        team: str | None = None,
        limits: Sequence[str] = (),
        admin: bool = False,
    ) -> tuple[Key, str]:
        """Make a key and return it with its secret, which is shown this once.

        actor: who asks for it, for the audit log. tier, team: names. limits: its budgets, such as
        `2USD/month`. The key that is returned has its own budgets only, not yet its team's. Raises
        InvalidRequest for a name that is malformed or that a living key has, and for a malformed team or
        limit.
        """
        key, secret = create_key(name, tier, team, limits, admin)
        detail = {"name": key.name, "tier": tier, "team": team, "budgets": ", ".join(map(str, key.budgets))}
        detail["admin"] = "yes" if admin else None
        event = make_event(actor, "key.create", key.id, {k: v for k, v in detail.items() if v})
        try:
            await self._storage.writer.run(self._store.create, key, hash_secret(secret), event)
        except Conflict:
            raise InvalidRequest(
                f"name: found {name!r}, which a living key has, expected another one",
                param="name",
                code="name_taken",
            ) from None
        self._any = True
        return key, secret

    async def list(self) -> list[Key]:
        """Return all keys, the revoked ones too, oldest first."""
        return await self._storage.read(list_keys)

    async def revoke(self, wanted: str, actor: str) -> Key:
        """Revoke a key by its id, or a living one by its name; one that was revoked before stays as it is.

        Here it is refused from now on, in other processes within FRESH_SECONDS. Raises NotFound.
        """
        wanted = unicodedata.normalize("NFC", wanted)
        event = make_event(actor, "key.revoke", wanted)
        key = await self._storage.writer.run(self._store.revoke, wanted, event)
        self._asked.clear()  # a look-up that is under way may have read what was true before
        for digest, (known, _) in list(self._known.items()):
            if known is not None and known.id == key.id:
                del self._known[digest]
        return key

    async def _look_up(self, digest: bytes) -> Key | None:
        return await self._storage.read(lambda connection: find_key(connection, digest))

    def _remember(self, digest: bytes, task: asyncio.Task[Key | None]) -> None:
        """Keep what a look-up found, unless a revocation overtook it."""
        if self._asked.get(digest) is not task:
            return
        del self._asked[digest]
        if task.cancelled() or task.exception() is not None:
            return  # whoever asked is told; the next one looks anew
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[digest] = (task.result(), self._clock() + self._fresh)

    async def _ask_for_any(self) -> None:
        try:
            self._any = await self._storage.read(has_key) or self._any
            self._any_until = self._clock() + self._fresh
        finally:
            self._any_asked = None
