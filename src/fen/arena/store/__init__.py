"""What touches the database: battles, votes, what became of votes, and the register of variants.

Votes and verdicts are logs: rows are added, and none is changed or deleted. What holds of a vote is its last
verdict, or what it was judged as when it was cast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    select,
)

from fen.arena.battle import Battle
from fen.arena.vote import Verdict, Vote
from fen.storage import METADATA, Cursor, Moment, Storage, identifier, to_micros

_COUNTED = BigInteger().with_variant(Integer, "sqlite")

BATTLES = Table(
    "arena_battles",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("voter", Text, nullable=False),
    Column("started", Moment, nullable=False),
    Column("left", Text, nullable=False, index=True),
    Column("right", Text, nullable=False, index=True),
    Column("battle", LargeBinary, nullable=False),
    Column("holder", BigInteger),
    Column("until", Moment),
    Column("draft", LargeBinary),
)
"""`left`, `right`: names on the board. `holder`, `until`, `draft`: of the turn under way (turns.py)."""

VOTES = Table(
    "arena_votes",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("battle", Text, nullable=False),
    Column("voter", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("left", Text, nullable=False),
    Column("right", Text, nullable=False),
    Column("vote", LargeBinary, nullable=False),
    Index("ux_arena_votes_battle_voter", "battle", "voter", unique=True),
    Index("ix_arena_votes_voter_at", "voter", "at"),
    Index("ix_arena_votes_address_at", "address", "at"),
)
"""`left`, `right`: names on the board. `address`: of the voter, hashed."""

VERDICTS = Table(
    "arena_verdicts",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("vote", BigInteger, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("counts", Integer, nullable=False),
    Column("verdict", LargeBinary, nullable=False),
)
"""What became of votes after they were cast."""


class KeptVote(msgspec.Struct, frozen=True):
    """A vote of the log: its number, who met whom, and what holds of it now."""

    id: int
    left: str
    right: str
    vote: Vote


class ArenaStore:
    """Writes. Each method runs inside an operation of the writer."""

    def __init__(self, storage: Storage) -> None:
        started = bindparam("b_started", type_=BigInteger)
        at = bindparam("b_at", type_=BigInteger)
        told = ("id", "voter", "left", "right", "battle")
        named: dict[str, Any] = {name: bindparam(f"b_{name}") for name in told}
        battle = storage.insert(BATTLES).values(started=started, **named)
        change = battle.on_conflict_do_update(index_elements=["id"], set_={"battle": battle.excluded.battle})
        self._battle = storage.compile(change)
        names = ("battle", "voter", "address", "left", "right", "vote")
        values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in names}
        cast = storage.insert(VOTES).values(at=at, **values)
        self._vote = storage.compile(cast.on_conflict_do_nothing(index_elements=["battle", "voter"]))
        verdict = storage.insert(VERDICTS).values(
            at=at, vote=bindparam("b_vote"), counts=bindparam("b_counts"), verdict=bindparam("b_verdict")
        )
        self._verdict = storage.compile(verdict)

    def keep(self, cursor: Cursor, battle: Battle) -> None:
        """Write a battle as it is now."""
        values: dict[str, object] = {
            "b_id": battle.id,
            "b_voter": battle.voter,
            "b_started": to_micros(battle.started),
            "b_left": battle.pair.left,
            "b_right": battle.pair.right,
            "b_battle": msgspec.json.encode(battle),
        }
        self._battle.execute(cursor, values)

    def cast(self, cursor: Cursor, vote: Vote, pair: tuple[str, str], address: str) -> bool:
        """Add a vote to the log; False where its voter has voted on its battle before, and that stands."""
        values: dict[str, object] = {
            "b_battle": vote.battle,
            "b_voter": vote.voter,
            "b_address": address,
            "b_at": to_micros(vote.at),
            "b_left": pair[0],
            "b_right": pair[1],
            "b_vote": msgspec.json.encode(vote),
        }
        self._vote.execute(cursor, values)
        return cursor.rowcount == 1

    def judge(self, cursor: Cursor, vote_id: int, verdict: Verdict) -> None:
        """Add a verdict on a vote to the log."""
        values: dict[str, object] = {
            "b_vote": vote_id,
            "b_at": to_micros(verdict.at),
            "b_counts": int(not verdict.void),
            "b_verdict": msgspec.json.encode(verdict),
        }
        self._verdict.execute(cursor, values)


def read_battle(connection: Connection, battle_id: str) -> Battle | None:
    """Return a battle; None where there is none."""
    found = connection.execute(select(BATTLES.c.battle).where(BATTLES.c.id == battle_id)).scalar()
    return None if found is None else msgspec.json.decode(found, type=Battle)


def read_votes(connection: Connection, after: int = 0, limit: int = 10_000) -> list[KeptVote]:
    """Return votes in the log's order from behind a number on, with what holds of each."""
    query = select(VOTES).where(VOTES.c.id > after).order_by(VOTES.c.id).limit(limit)
    rows = connection.execute(query).mappings().all()
    verdicts = _read_last(connection, [row["id"] for row in rows])
    return [_keep(row, verdicts.get(row["id"])) for row in rows]


def read_all(connection: Connection) -> Iterator[KeptVote]:
    """Yield the whole log."""
    after = 0
    while found := read_votes(connection, after):
        yield from found
        after = found[-1].id


def find_vote(connection: Connection, battle: str, voter: str) -> KeptVote | None:
    """Return a voter's vote on a battle, with what holds of it; None where there is none."""
    query = select(VOTES).where(VOTES.c.battle == battle, VOTES.c.voter == voter)
    row = connection.execute(query).mappings().first()
    return None if row is None else _keep(row, _read_last(connection, [row["id"]]).get(row["id"]))


def list_of_battles(connection: Connection, battles: Sequence[str]) -> list[KeptVote]:
    """Return all votes on some battles, with what holds of each."""
    found: list[KeptVote] = []
    for start in range(0, len(battles), 500):
        query = select(VOTES).where(VOTES.c.battle.in_(list(battles[start : start + 500])))
        rows = connection.execute(query).mappings().all()
        verdicts = _read_last(connection, [row["id"] for row in rows])
        found += [_keep(row, verdicts.get(row["id"])) for row in rows]
    return found


def list_of_voter(connection: Connection, voter: str, limit: int = 100) -> list[KeptVote]:
    """Return a voter's last votes, newest first."""
    query = select(VOTES).where(VOTES.c.voter == voter).order_by(VOTES.c.id.desc()).limit(limit)
    rows = connection.execute(query).mappings().all()
    verdicts = _read_last(connection, [row["id"] for row in rows])
    return [_keep(row, verdicts.get(row["id"])) for row in rows]


def _read_last(connection: Connection, votes: Sequence[int]) -> dict[int, Verdict]:
    last: dict[int, Verdict] = {}
    for start in range(0, len(votes), 500):
        part = list(votes[start : start + 500])
        query = select(VERDICTS).where(VERDICTS.c.vote.in_(part)).order_by(VERDICTS.c.id)
        for row in connection.execute(query).mappings():
            last[row["vote"]] = msgspec.json.decode(row["verdict"], type=Verdict)
    return last


def _keep(row: Any, verdict: Verdict | None) -> KeptVote:
    vote = msgspec.json.decode(row["vote"], type=Vote)
    held = vote if verdict is None else verdict.apply(vote)
    return KeptVote(row["id"], row["left"], row["right"], held)
