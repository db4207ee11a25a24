"""What touches the database: conversations, their turns, and who wants them kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    select,
    update,
)

from fen.conversations.conversation import Conversation, Summary
from fen.conversations.turn import Turn
from fen.storage import METADATA, Cursor, Moment, Slices, Storage, identifier, to_micros

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("system", LargeBinary, nullable=False),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False, index=True),
)
"""`system`: as UTF-8, since not every database takes each text."""
Index("ix_conversations_owner", CONVERSATIONS.c.owner, CONVERSATIONS.c.changed)

TURNS = Table(
    "conversation_turns",
    METADATA,
    Column(
        "conversation", identifier(), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("turn", LargeBinary, nullable=False),
)
"""A conversation's turns from 0 on, as JSON; they go with it."""

CONSENTS = Table(
    "conversation_consents",
    METADATA,
    Column("owner", identifier(), primary_key=True),
    Column("keeps", Boolean, nullable=False),
)
"""Who was asked whether conversations are to be kept, and said what."""

_encode = msgspec.json.Encoder().encode
_read_turn = msgspec.json.Decoder(Turn).decode


class Change(msgspec.Struct, frozen=True):
    """What a conversation is from now on: its head, and its turns from a number on."""

    head: Conversation
    first: int
    turns: Sequence[Turn]


class ConversationStore:
    """Writes conversations. Each method runs inside an operation of the writer, and may run again.

    rows: deletes an owner's, and those in which nothing was said since a moment.
    """

    def __init__(self, storage: Storage) -> None:
        c, t = CONVERSATIONS.c, TURNS.c
        own = (c.id == bindparam("b_id"), c.owner == bindparam("b_owner"))
        self._begin = storage.compile(
            storage.insert(CONVERSATIONS)
            .values(_bind(CONVERSATIONS))
            .on_conflict_do_nothing(index_elements=["id"])
        )
        names = ("title", "model", "system")
        changed: dict[str, Any] = {name: bindparam(f"b_{name}") for name in names}
        changed["changed"] = bindparam("b_changed", type_=BigInteger)
        self._change = storage.compile(update(CONVERSATIONS).where(*own).values(changed))
        later = (t.conversation == bindparam("b_id"), t.number >= bindparam("b_first", type_=Integer))
        self._cut = storage.compile(delete(TURNS).where(*later))
        self._append = storage.compile(storage.insert(TURNS).values(_bind(TURNS)))
        self._rename = storage.compile(
            update(CONVERSATIONS).where(*own).values({"title": bindparam("b_title")})
        )
        self._delete = storage.compile(delete(CONVERSATIONS).where(*own))
        self.rows = Slices(storage, CONVERSATIONS, whose="owner", when="changed")
        insert = storage.insert(CONSENTS).values(_bind(CONSENTS))
        self._choose = storage.compile(
            insert.on_conflict_do_update(index_elements=["owner"], set_={"keeps": insert.excluded.keeps})
        )
        self._unchoose = storage.compile(delete(CONSENTS).where(CONSENTS.c.owner == bindparam("b_owner")))

    def begin(self, cursor: Cursor, conversation: Conversation) -> None:
        """Write a conversation down, without its turns."""
        self._begin.execute(cursor, {**_head(conversation), "b_created": to_micros(conversation.created)})

    def change(self, cursor: Cursor, change: Change) -> bool:
        """Write a change down; False where the owner has no such conversation, which stays so."""
        self._change.execute(cursor, _head(change.head))
        if not cursor.rowcount:
            return False
        self._cut.execute(cursor, {"b_id": change.head.id, "b_first": change.first})
        for number, turn in enumerate(change.turns, change.first):
            values: dict[str, object] = {"b_conversation": change.head.id, "b_number": number}
            self._append.execute(cursor, values | {"b_turn": _encode(turn)})
        return True

    def rename(self, cursor: Cursor, conversation_id: str, owner: str, title: str) -> bool:
        """Give a conversation another title; False where the owner has no such one."""
        self._rename.execute(cursor, {"b_id": conversation_id, "b_owner": owner, "b_title": title})
        return bool(cursor.rowcount)

    def delete(self, cursor: Cursor, conversation_id: str, owner: str) -> bool:
        """Delete a conversation with its turns; False where the owner has no such one."""
        self._delete.execute(cursor, {"b_id": conversation_id, "b_owner": owner})
        return bool(cursor.rowcount)

    def choose(self, cursor: Cursor, owner: str, keeps: bool | None) -> None:
        """Write down what an owner wants; None takes it back."""
        if keeps is None:
            self._unchoose.execute(cursor, {"b_owner": owner})
        else:
            self._choose.execute(cursor, {"b_owner": owner, "b_keeps": keeps})


def list_conversations(connection: Connection, owner: str | None, limit: int | None) -> list[Summary]:
    """Return conversations, the one that changed last first; owner: None for everybody's."""
    c = CONVERSATIONS.c
    query = select(CONVERSATIONS).order_by(c.changed.desc(), c.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(c.owner == owner)
    return [_summarize(row) for row in connection.execute(query)]


def find_conversation(connection: Connection, conversation_id: str, owner: str | None) -> Conversation | None:
    """Return a conversation with its turns; None where the owner has no such one."""
    c, t = CONVERSATIONS.c, TURNS.c
    query = select(CONVERSATIONS).where(c.id == conversation_id)
    if owner is not None:
        query = query.where(c.owner == owner)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    said = select(t.turn).where(t.conversation == conversation_id).order_by(t.number)
    turns = tuple(_read_turn(turn) for turn in connection.execute(said).scalars())
    head = _summarize(row)
    return Conversation(
        head.id,
        head.owner,
        head.title,
        head.model,
        bytes(row.system).decode(),
        turns,
        head.created,
        head.changed,
    )


def find_consent(connection: Connection, owner: str) -> bool | None:
    """Return what an owner wants; None where nobody has asked."""
    return connection.execute(select(CONSENTS.c.keeps).where(CONSENTS.c.owner == owner)).scalar_one_or_none()


def _summarize(row: Row[Any]) -> Summary:
    return Summary(row.id, row.owner, row.title, row.model, row.created, row.changed)


def _head(conversation: Conversation) -> dict[str, object]:
    return {
        "b_id": conversation.id,
        "b_owner": conversation.owner,
        "b_title": conversation.title,
        "b_model": conversation.model,
        "b_system": conversation.system.encode("utf-8", "replace"),
        "b_changed": to_micros(conversation.changed),
    }


def _bind(table: Table) -> dict[str, Any]:
    return {column.name: bindparam(f"b_{column.name}") for column in table.columns}
