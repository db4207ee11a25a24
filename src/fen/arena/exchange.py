"""Votes in and out: from a file into the log, and from the log into a file.

An imported vote has a battle beside it, which holds what its answers cost and the chance of its pair. Its id
is that of the file and of the row, so that a file that is taken in twice adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np

from fen.arena.ballots import OUTCOMES, Floats
from fen.arena.battle import Answer, Battle, Pair, Turn
from fen.arena.files.table import VoteTable, split_categories
from fen.arena.files.writing import FileVote, write_votes
from fen.arena.identity import RULES
from fen.arena.store import ArenaStore
from fen.arena.store.log import AnswerCost, Priced, read_priced
from fen.arena.vote import Vote
from fen.storage import Cursor, Storage
from fen.wire.errors import InvalidRequest
from fen.wire.money import CURRENCIES, Money

FLAG = "imported"
"""What is noted of a vote that came from a file."""

_ROWS = 500
_NOT_KNOWN = ""  # what was said, of an imported battle


class Imported(msgspec.Struct, frozen=True):
    """added: votes that are new in the log. known: those that were there. left_out: rows, as in VoteTable."""

    added: int
    known: int
    left_out: int


class Source(msgspec.Struct, frozen=True):
    """Where votes are from. digest: of the file. at: the time of votes that name none."""

    digest: str
    at: datetime
    currency: str = "USD"


async def import_votes(storage: Storage, table: VoteTable, source: Source) -> Imported:
    """Add a file's votes to the log, each under its own voter, all of which count.

    Raises InvalidRequest for a currency that the books do not have.
    """
    if source.currency not in CURRENCIES:
        raise InvalidRequest(f"currency: found {source.currency}, expected {' or '.join(CURRENCIES)}")
    store, added = ArenaStore(storage), 0

    def write(cursor: Cursor, rows: Sequence[tuple[Battle, Vote]]) -> int:
        new = 0
        for battle, vote in rows:
            store.keep(cursor, battle)
            new += store.cast(cursor, vote, (battle.pair.left, battle.pair.right), "")
        return new

    votes = _list_votes(table, source)
    while rows := list(islice(votes, _ROWS)):
        added += await storage.writer.run(write, rows)
    return Imported(added, len(table) - added, sum(table.left_out.values()))


def _list_votes(table: VoteTable, source: Source) -> Iterator[tuple[Battle, Vote]]:
    names = table.ballots.style
    for at, row in enumerate(list_rows(table)):
        battle_id = f"imp_{source.digest[:24]}_{at + 1}"
        voter = row.voter or f"imp_{source.digest[:8]}_{at + 1}"
        cast = row.time or source.at
        chance = 0.0 if row.propensity is None else row.propensity
        answers = [_answer(cost, source.currency) for cost in (row.left_cost, row.right_cost)]
        turns = () if row.left_cost is row.right_cost is None else (Turn(_NOT_KNOWN, *answers),)
        pair = Pair(row.left, row.right, chance)
        battle = Battle(battle_id, pair, voter, cast, turns, "voted", cast)
        style = {name: row.style[name] for name in names if name in row.style}
        categories = () if row.category is None else split_categories(row.category)
        yield (
            battle,
            Vote(
                battle_id,
                voter,
                row.outcome,
                cast,
                flags=(FLAG,),
                rules=RULES,
                categories=categories,
                style=style,
            ),
        )


def list_rows(table: VoteTable) -> Iterator[FileVote]:
    """Yield a table's votes one by one; what a vote lacks is None, or not among its styles."""
    ballots, category = table.ballots, table.category
    voters = table.voters
    for at in range(len(ballots)):
        voter = None if ballots.voter is None else int(ballots.voter[at])
        spoken = -1 if category is None else int(category.codes[at])
        time = _pick(table.time, at)
        yield FileVote(
            ballots.models[int(ballots.left[at])],
            ballots.models[int(ballots.right[at])],
            OUTCOMES[int(ballots.outcome[at])],
            None if voter is None or voter >= len(voters) else voters[voter],
            None if category is None or spoken < 0 else category.names[spoken],
            None if time is None else datetime.fromtimestamp(time, UTC),
            _pick(table.left_cost, at),
            _pick(table.right_cost, at),
            _pick(ballots.propensity, at),
            {name: found for name, one in ballots.style.items() if (found := _pick(one, at)) is not None},
        )


def export_votes(log: Iterable[Priced], currency: str, category: str | None = None) -> Iterator[FileVote]:
    """Yield the log's votes that count, of one category or of all, as a file has them.

    A side's cost is the sum of its answers', where all of them are known and in the currency.
    """
    for priced in log:
        kept, vote = priced.kept, priced.kept.vote
        if not vote.counts or (category is not None and category not in vote.categories):
            continue
        yield FileVote(
            kept.left,
            kept.right,
            vote.outcome,
            vote.voter,
            ",".join(vote.categories) or None,
            vote.at,
            _add_up(priced.left, currency),
            _add_up(priced.right, currency),
            priced.propensity or None,
            vote.style,
        )


async def export_file(
    storage: Storage, path: Path, currency: str = "USD", category: str | None = None
) -> int:
    """Write the log's votes to a file, as export_votes yields them; return how many.

    Raises InvalidRequest for a name that does not end in .jsonl or .parquet.
    """
    return await storage.read(
        lambda connection: write_votes(path, export_votes(read_priced(connection), currency, category))
    )


def _answer(cost: float | None, currency: str) -> Answer:
    money = None if cost is None else Money(Decimal(repr(cost)), currency).quantized()
    return Answer(_NOT_KNOWN, cost=money)


def _add_up(answers: Sequence[AnswerCost], currency: str) -> float | None:
    costs = [one.cost for one in answers]
    if not costs or any(cost is None or cost.currency != currency for cost in costs):
        return None
    return float(sum((cost.amount for cost in costs if cost is not None), Decimal(0)))


def _pick(column: Floats | None, at: int) -> float | None:
    return None if column is None or np.isnan(column[at]) else float(column[at])
