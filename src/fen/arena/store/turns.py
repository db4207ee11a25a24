"""Turns under way: who runs one, until when it may be silent, and what it has said so far.

A turn is held in its battle's row, so that no two run at once, whichever process they are of, and so that one
whose process died can be told from one that goes on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, exists, null, or_, select, update

from fen.arena.battle import Battle, Draft, Hold
from fen.arena.store import BATTLES, VOTES
from fen.storage import Cursor, Storage, to_micros


class KeptBattle(msgspec.Struct, frozen=True):
    """A battle with the turn under way: what it has said, and until when nobody else may take it over."""

    battle: Battle
    draft: Draft | None = None
    until: datetime | None = None


class TurnStore:
    """Writes turns. Each method runs inside an operation of the writer."""

    def __init__(self, storage: Storage) -> None:
        now, until, holder = (bindparam(name, type_=BigInteger) for name in ("b_now", "b_until", "b_holder"))
        c = BATTLES.c
        wanted = update(BATTLES).where(c.id == bindparam("b_id"))
        open_ = ~exists().where(VOTES.c.battle == c.id)
        free = or_(c.until.is_(None), c.until < now, c.holder == holder)
        text: dict[str, Any] = {"battle": bindparam("b_battle"), "draft": null()}
        self._claim = storage.compile(wanted.where(free, open_).values(holder=holder, until=until, **text))
        held = wanted.where(c.holder == holder)
        self._draft = storage.compile(held.values(until=until, draft=bindparam("b_draft")))
        self._finish = storage.compile(held.where(open_).values(until=null(), **text))

    def claim(self, cursor: Cursor, battle: Battle, hold: Hold, now: datetime) -> bool:
        """Begin a turn; False where another is under way, or a vote was cast."""
        self._claim.execute(cursor, _tell(battle.id, hold, battle=battle) | {"b_now": to_micros(now)})
        return cursor.rowcount == 1

    def draft(self, cursor: Cursor, battle_id: str, hold: Hold, draft: Draft) -> bool:
        """Keep what a turn has said so far; False where somebody else has taken it over."""
        self._draft.execute(cursor, _tell(battle_id, hold, draft=draft))
        return cursor.rowcount == 1

    def finish(self, cursor: Cursor, battle: Battle, hold: Hold) -> bool:
        """End a turn; False where somebody else has taken it over, or a vote was cast."""
        self._finish.execute(cursor, _tell(battle.id, hold, battle=battle))
        return cursor.rowcount == 1


def read_kept(connection: Connection, battle_id: str) -> KeptBattle | None:
    """Return a battle with the turn under way; None where there is none."""
    row = connection.execute(select(BATTLES).where(BATTLES.c.id == battle_id)).mappings().first()
    if row is None:
        return None
    draft = None if row["draft"] is None else msgspec.json.decode(row["draft"], type=Draft)
    return KeptBattle(msgspec.json.decode(row["battle"], type=Battle), draft, row["until"])


def _tell(battle_id: str, hold: Hold, **texts: msgspec.Struct) -> dict[str, object]:
    encoded: dict[str, object] = {f"b_{name}": msgspec.json.encode(value) for name, value in texts.items()}
    return {"b_id": battle_id, "b_holder": hold.holder, "b_until": to_micros(hold.until)} | encoded
