"""The log of votes as it is followed: what is new, what is missing, and what each answer cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, func, select

from fen.arena.battle import Battle
from fen.arena.store import BATTLES, VERDICTS, VOTES, KeptVote, read_votes
from fen.arena.vote import Verdict, Vote
from fen.storage import Cursor, Storage, to_micros
from fen.wire.money import Money

_SLICE = 500
_PAGE = 5_000


class Window(msgspec.Struct, frozen=True):
    """Which moment, and whose votes since then are counted."""

    voter: str
    address: str
    since: datetime


class RecentVotes:
    """Counts a voter's votes inside the writer, so that no two votes are both the last that a cap allows."""

    def __init__(self, storage: Storage) -> None:
        since = bindparam("b_since", type_=BigInteger)
        counted = select(func.count()).select_from(VOTES)
        c = VOTES.c
        self._voter = storage.compile(counted.where(c.voter == bindparam("b_voter"), c.at >= since))
        self._address = storage.compile(counted.where(c.address == bindparam("b_address"), c.at >= since))

    def count(self, cursor: Cursor, window: Window) -> tuple[int, int]:
        """Return how many votes the voter, and the address, have cast."""
        found: list[int] = []
        since = to_micros(window.since)
        values = {"b_voter": window.voter, "b_address": window.address, "b_since": since}
        for statement in (self._voter, self._address):
            statement.execute(cursor, values)
            found.append(int(cursor.fetchone()[0]))
        return found[0], found[1]


class Ruling(msgspec.Struct, frozen=True):
    """A verdict of the log: its number, and that of its vote."""

    id: int
    vote: int


class AnswerCost(msgspec.Struct, frozen=True):
    """What one answer cost; None where a price is not known. error: why there is no whole answer."""

    cost: Money | None = None
    error: str | None = None


class _Turn(msgspec.Struct, frozen=True):
    left: AnswerCost
    right: AnswerCost


class _Pair(msgspec.Struct, frozen=True):
    propensity: float


class _Battle(msgspec.Struct, frozen=True):
    """The parts of a battle that a board needs; texts are passed over."""

    pair: _Pair
    started: datetime
    turns: tuple[_Turn, ...] = ()


class Priced(msgspec.Struct, frozen=True):
    """A vote beside its battle: with which chance the pair was drawn, when, and what the answers cost."""

    kept: KeptVote
    propensity: float
    started: datetime
    left: tuple[AnswerCost, ...]
    right: tuple[AnswerCost, ...]


_read_battle = msgspec.json.Decoder(_Battle).decode
_read_verdict = msgspec.json.Decoder(Verdict).decode
_read_vote = msgspec.json.Decoder(Vote).decode


def read_chosen(connection: Connection, ids: Sequence[int]) -> list[KeptVote]:
    """Return the votes with some numbers, in their order, with what holds of each; those that are there."""
    found: list[KeptVote] = []
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _SLICE):
        part = wanted[start : start + _SLICE]
        last: dict[int, Verdict] = {}
        query = select(VERDICTS).where(VERDICTS.c.vote.in_(part)).order_by(VERDICTS.c.id)
        for row in connection.execute(query).mappings():
            last[row["vote"]] = _read_verdict(row["verdict"])
        votes = select(VOTES).where(VOTES.c.id.in_(part)).order_by(VOTES.c.id)
        for row in connection.execute(votes).mappings():
            vote, verdict = _read_vote(row["vote"]), last.get(row["id"])
            held = vote if verdict is None else verdict.apply(vote)
            found.append(KeptVote(row["id"], row["left"], row["right"], held))
    return found


def read_rulings(connection: Connection, after: int = 0, limit: int = 10_000) -> list[Ruling]:
    """Return verdicts in the log's order from behind a number on."""
    c = VERDICTS.c
    query = select(c.id, c.vote).where(c.id > after).order_by(c.id).limit(limit)
    return [Ruling(row.id, row.vote) for row in connection.execute(query)]


def read_chosen_rulings(connection: Connection, ids: Sequence[int]) -> list[Ruling]:
    """Return the verdicts with some numbers; those that are there."""
    found: list[Ruling] = []
    c = VERDICTS.c
    for start in range(0, len(ids), _SLICE):
        part = list(ids[start : start + _SLICE])
        query = select(c.id, c.vote).where(c.id.in_(part)).order_by(c.id)
        found += [Ruling(row.id, row.vote) for row in connection.execute(query)]
    return found


def read_priced(connection: Connection) -> Iterator[Priced]:
    """Yield the whole log, each vote beside its battle; a vote without a battle has no cost."""
    after = 0
    while found := read_votes(connection, after, _PAGE):
        battles: dict[str, _Battle] = {}
        names = sorted({kept.vote.battle for kept in found})
        for start in range(0, len(names), _SLICE):
            c = BATTLES.c
            query = select(c.id, c.battle).where(c.id.in_(names[start : start + _SLICE]))
            battles |= {row.id: _read_battle(row.battle) for row in connection.execute(query)}
        for kept in found:
            yield _price(kept, battles.get(kept.vote.battle))
        after = found[-1].id


def read_beside(connection: Connection, after: int, limit: int) -> list[tuple[KeptVote, Battle | None]]:
    """Return votes in the log's order from behind a number on, each beside its battle."""
    found = read_votes(connection, after, limit)
    battles: dict[str, Battle] = {}
    names = sorted({kept.vote.battle for kept in found})
    for start in range(0, len(names), _SLICE):
        c = BATTLES.c
        query = select(c.id, c.battle).where(c.id.in_(names[start : start + _SLICE]))
        for row in connection.execute(query):
            battles[row.id] = msgspec.json.decode(row.battle, type=Battle)
    return [(kept, battles.get(kept.vote.battle)) for kept in found]


def _price(kept: KeptVote, battle: _Battle | None) -> Priced:
    if battle is None:
        return Priced(kept, 0.0, kept.vote.at, (), ())
    left = tuple(turn.left for turn in battle.turns)
    right = tuple(turn.right for turn in battle.turns)
    return Priced(kept, battle.pair.propensity, battle.started, left, right)
