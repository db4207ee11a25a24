"""Lines inside the writer's transaction, and how they are read.

A line is `waiting`, then `running` under the claim of who sends it, then `done` or `failed`. What runs under
a claim that is gone was interrupted: it waits again, once; the second time it has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from fen.batch.job import Batch
from fen.batch.line import INTERRUPTED, EndedLine, Line, NewLine, Outcome
from fen.batch.plan import Load
from fen.batch.store.binds import (
    as_number,
    as_text,
    claimed,
    ended,
    find_going,
    find_owned,
    write_ending,
)
from fen.batch.store.tables import LINES
from fen.storage import Cursor, Storage

SLICE = 500
"""Lines that one operation of the writer touches at most."""

_WAITING: ColumnElement[str] = literal_column("'waiting'")
_RUNNING: ColumnElement[str] = literal_column("'running'")
_FAILED: ColumnElement[str] = literal_column("'failed'")


class LineStore:
    """Writes lines. Each method runs inside an operation of the writer, and may run again.

    Those that need a claim change nothing where it is gone, and say so.
    """

    def __init__(self, storage: Storage) -> None:
        c = LINES.c
        insert = storage.insert(LINES).values({column.name: bindparam(column.name) for column in c})
        self._insert = storage.compile(insert.on_conflict_do_nothing(index_elements=["batch_id", "number"]))
        claim = as_text("b_claim")
        one = and_(c.batch_id == as_text("b_id"), c.number == as_number("b_number"))
        owned, going = find_owned(), find_going()
        free = or_(c.state == _WAITING, and_(c.state == _RUNNING, c.claim == claim))
        start = update(LINES).where(one, free, going.exists())
        self._start = storage.compile(start.values(state=_RUNNING, claim=claim))
        sent = and_(one, c.claim == claim, c.state != _WAITING)
        self._end = storage.compile(update(LINES).where(sent).values(write_ending()))
        later = {
            "state": _WAITING,
            "tries": as_number("b_tries"),
            "not_before": as_number("b_not_before"),
        }
        self._postpone = storage.compile(update(LINES).where(sent).values(later))
        slice_ = and_(
            c.batch_id == as_text("b_id"),
            c.number >= as_number("b_lower"),
            c.number < as_number("b_upper"),
        )
        self._requeue = storage.compile(
            update(LINES)
            .where(slice_, c.state == _RUNNING, c.claim != claim, owned.exists())
            .values(_requeueing())
        )
        unended = c.state.in_((_WAITING, _RUNNING))
        self._abandon = storage.compile(
            update(LINES).where(slice_, unended, owned.exists()).values(state=_FAILED, code=as_text("b_code"))
        )
        self._drop = storage.compile(delete(LINES).where(slice_))

    def insert(self, cursor: Cursor, batch_id: str, lines: Sequence[NewLine]) -> None:
        """Insert lines; those that are there stay as they are."""
        for line in lines:
            values: dict[str, object] = {"claim": None, "status": None, "request_id": None}
            values |= {
                "answer": None,
                "code": None,
                "batch_id": batch_id,
                "number": line.number,
                "model": line.model,
            }
            values |= {"input_tokens": line.input_tokens, "output_tokens": line.output_tokens}
            values |= {"request": line.request, "state": "waiting"}
            values |= {"interrupted": 0, "tries": 0, "not_before": 0}
            values |= {"alone": 0, "vendor_batch": None, "deferral": None, "sent": None}
            self._insert.execute(cursor, values)

    def start(self, cursor: Cursor, batch: Batch, number: int) -> bool:
        """Write down that a line is about to be sent; False where it must not be.

        The batch is being cancelled, or another replica has it.
        """
        self._start.execute(cursor, claimed(batch) | {"b_number": number})
        return cursor.rowcount == 1

    def end(self, cursor: Cursor, batch: Batch, number: int, outcome: Outcome) -> bool:
        """Write down what came of a line; False where the claim under which it was sent is gone."""
        self._end.execute(cursor, claimed(batch) | {"b_number": number} | ended(outcome))
        return cursor.rowcount == 1

    def postpone(self, cursor: Cursor, batch: Batch, line: Line, not_before: int) -> None:
        """Let a line wait that was refused for now; `not_before` in microseconds."""
        values = claimed(batch) | {"b_number": line.number, "b_tries": line.tries + 1}
        self._postpone.execute(cursor, values | {"b_not_before": not_before})

    def requeue(self, cursor: Cursor, batch: Batch, lower: int) -> None:
        """Take lines of a slice back that were under way under another claim."""
        self._requeue.execute(cursor, _slice(batch.id, lower) | {"b_claim": batch.claim})

    def abandon(self, cursor: Cursor, batch: Batch, lower: int, code: str) -> None:
        """Let the lines of a slice fail that have not ended."""
        values = _slice(batch.id, lower) | {"b_claim": batch.claim, "b_code": code}
        self._abandon.execute(cursor, values)

    def drop(self, cursor: Cursor, batch_id: str, lower: int) -> None:
        """Remove a slice of lines."""
        self._drop.execute(cursor, _slice(batch_id, lower))


class Choice(msgspec.Struct, frozen=True):
    """Whose lines are sent now, one by one. taken: models of which only those that go alone are."""

    models: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()


def find_due(connection: Connection, batch_id: str, choice: Choice, now: datetime, limit: int) -> list[Line]:
    """Return waiting lines of some models that are due, in order."""
    c = LINES.c
    waits = (c.batch_id == batch_id, c.state == "waiting", c.not_before <= now)
    query = (
        select(c.number, c.request, c.tries)
        .where(*waits, c.model.in_(choice.models), or_(c.alone == 1, c.model.not_in(choice.taken)))
        .order_by(c.number)
        .limit(limit)
    )
    return [Line(*row) for row in connection.execute(query)]


def find_loads(connection: Connection, batch_id: str, *, alone: bool) -> list[Load]:
    """Return what waits, by model: of the lines that go alone, or of the other ones."""
    c = LINES.c
    sums = (func.count(), func.sum(c.input_tokens), func.sum(c.output_tokens))
    waits = (c.batch_id == batch_id, c.state == "waiting", c.alone == int(alone))
    query = select(c.model, *sums).where(*waits).group_by(c.model)
    return [
        Load(model, lines, int(read), int(written))
        for model, lines, read, written in connection.execute(query)
    ]


def find_ended(connection: Connection, batch_id: str, after: int, limit: int) -> list[EndedLine]:
    """Return lines that ended, in order, after a number."""
    c = LINES.c
    columns = (c.number, c.request, c.state, c.status, c.request_id, c.answer, c.code)
    query = select(*columns).where(c.batch_id == batch_id, c.number > after, c.state.in_(("done", "failed")))
    return [EndedLine(*row) for row in connection.execute(query.order_by(c.number).limit(limit))]


def find_last_number(connection: Connection, batch_id: str) -> int:
    """Return the largest number of a batch's lines, 0 where there is none."""
    query = select(func.max(LINES.c.number)).where(LINES.c.batch_id == batch_id)
    return connection.execute(query).scalar_one() or 0


def _requeueing() -> dict[str, Any]:
    again = LINES.c.interrupted == literal_column("0", BigInteger)
    interrupted: ColumnElement[str] = literal_column(f"'{INTERRUPTED}'")
    return {
        "state": case((again, _WAITING), else_=_FAILED),
        "code": case((~again, interrupted)),
        "interrupted": literal_column("1", BigInteger),
    }


def _slice(batch_id: str, lower: int) -> dict[str, object]:
    return {"b_id": batch_id, "b_lower": lower, "b_upper": lower + SLICE}
