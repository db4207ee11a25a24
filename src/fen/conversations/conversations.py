"""Keeping conversations: only of those who said that they want it, and no longer than they do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from fen.conversations.conversation import Conversation, Summary, make_title
from fen.conversations.store import (
    Change,
    ConversationStore,
    find_consent,
    find_conversation,
    list_conversations,
)
from fen.conversations.turn import Turn
from fen.storage import Storage, sweep, to_midnight
from fen.wire.errors import NotFound

LOCAL = "local"
"""The owner of what is said without a key, on this machine's own pages."""

MOST_LISTED = 200


class Conversations:
    """The conversations of a database. Every method raises BooksUnavailable where it is away."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._store = ConversationStore(storage)

    async def find_consent(self, owner: str) -> bool | None:
        """Return whether an owner wants conversations kept; None where that was never said."""
        return await self._storage.read(lambda connection: find_consent(connection, owner))

    async def choose(self, owner: str, keeps: bool) -> None:
        """Write down whether an owner wants conversations kept; what is kept already stays."""
        await self._storage.writer.run(self._store.choose, owner, keeps)

    async def list(self, owner: str | None, limit: int = MOST_LISTED) -> list[Summary]:
        """Return an owner's conversations, the one that changed last first; None: everybody's."""
        return await self._storage.read(lambda connection: list_conversations(connection, owner, limit))

    async def read(self, conversation_id: str, owner: str | None) -> Conversation:
        """Return a conversation; owner: None for anybody's. Raises NotFound."""
        found = None
        if conversation_id.isprintable():  # as every id is; no database takes the rest
            found = await self._storage.read(
                lambda connection: find_conversation(connection, conversation_id, owner)
            )
        if found is None:
            raise _miss(conversation_id)
        return found

    async def create(self, conversation: Conversation) -> Conversation:
        """Keep a conversation with all its turns from now on; returns it as it is kept."""
        conversation = replace(conversation, title=make_title(conversation.title))
        await self._storage.writer.run(self._store.begin, conversation)
        return await self.replace(conversation, 0, conversation.turns)

    async def append(self, conversation: Conversation, *turns: Turn) -> Conversation:
        """Write turns behind those of a conversation; returns it with them. Raises NotFound."""
        return await self.replace(conversation, len(conversation.turns), turns)

    async def replace(self, conversation: Conversation, first: int, turns: Sequence[Turn]) -> Conversation:
        """Put turns in the place of all from a number on, and write down title, model and system prompt.

        Returns the conversation as it is then. Raises NotFound where it was deleted meanwhile: nothing that
        was deleted comes back.
        """
        said = (*conversation.turns[:first], *turns)
        changed = replace(conversation, turns=said, changed=datetime.now(UTC))
        if not await self._storage.writer.run(self._store.change, Change(changed, first, turns)):
            raise _miss(conversation.id)
        return changed

    async def rename(self, conversation_id: str, owner: str, title: str) -> str:
        """Give a conversation another title; returns it as it is kept. Raises NotFound."""
        title = make_title(title)
        if not await self._storage.writer.run(self._store.rename, conversation_id, owner, title):
            raise _miss(conversation_id)
        return title

    async def delete(self, conversation_id: str, owner: str) -> None:
        """Delete a conversation for good; raises NotFound."""
        if not await self._storage.writer.run(self._store.delete, conversation_id, owner):
            raise _miss(conversation_id)

    async def delete_all(self, owner: str) -> int:
        """Delete all of an owner's conversations for good; returns how many."""
        return await sweep(self._storage, self._store.rows.forget, owner)

    async def forget_key(self, key_id: str) -> int:
        """Delete a key's conversations, and what it said about keeping them; returns how many."""
        await self._storage.writer.run(self._store.choose, key_id, None)
        return await self.delete_all(key_id)

    async def prune(self, before: datetime) -> int:
        """Delete those in which nothing was said since the day of a moment (UTC); returns how many."""
        return await sweep(self._storage, self._store.rows.prune, to_midnight(before))


def _miss(conversation_id: str) -> NotFound:
    return NotFound(f"found no conversation {conversation_id[:64]!r}, expected the id of one that is kept")
