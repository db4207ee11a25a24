"""What touches the database: runs, what came of their samples, and the answers that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)

from fen.evals.record import Record, Run
from fen.evals.response import Response
from fen.evals.score import Outcome
from fen.storage import METADATA, Cursor, Moment, Storage, identifier, to_micros
from fen.wire.errors import NotFound

RUNS = Table(
    "eval_runs",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("identity", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("run", LargeBinary, nullable=False),
)
"""`identity`: what was asked for, by which the same command finds a run again; `run`: all of it, as JSON."""

RECORDS = Table(
    "eval_records",
    METADATA,
    Column("run", identifier(), primary_key=True),
    Column("suite", identifier(), primary_key=True),
    Column("sample", identifier(), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("outcome", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

RESPONSES = Table(
    "eval_responses",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("run", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("response", LargeBinary, nullable=False),
)
"""`id`: the call's key; `run`: in which it was asked."""

Done = tuple[str, str, int]
"""Suite, sample and epoch."""

_SLICE = 500
_SPEED = "speed_"
_encode = msgspec.json.Encoder().encode
_read_run = msgspec.json.Decoder(Run).decode
_read_record = msgspec.json.Decoder(Record).decode
_read_response = msgspec.json.Decoder(Response).decode


class KeptResponse(msgspec.Struct, frozen=True):
    """An answer as it is kept: its call's key, the run that asked, and the request's JSON text."""

    key: str
    run: str
    at: datetime
    request: bytes
    response: Response


class Wanted(msgspec.Struct, frozen=True):
    """Which records of a run are meant; None means all."""

    suite: str | None = None
    sample: str | None = None
    epoch: int | None = None
    outcome: str | None = None


class EvalStore:
    """Writes what an evaluation keeps. Each method runs inside an operation of the writer."""

    def __init__(self, storage: Storage) -> None:
        self._begin = storage.compile(
            storage.insert(RUNS).values(_bind(RUNS)).on_conflict_do_nothing(index_elements=["id"])
        )
        of_run = update(RUNS).where(RUNS.c.id == bindparam("b_id"))
        changed: dict[str, Any] = {
            "ended": bindparam("b_ended", type_=BigInteger),
            "run": bindparam("b_run"),
        }
        self._change = storage.compile(of_run.values(changed))
        insert = storage.insert(RECORDS).values(_bind(RECORDS))
        told = {"outcome": insert.excluded.outcome, "record": insert.excluded.record}
        self._record = storage.compile(
            insert.on_conflict_do_update(index_elements=["run", "suite", "sample", "epoch"], set_=told)
        )
        self._keep = storage.compile(
            storage.insert(RESPONSES).values(_bind(RESPONSES)).on_conflict_do_nothing(index_elements=["id"])
        )
        assert self._keep.names == tuple(f"b_{column.name}" for column in RESPONSES.columns)
        assert self._record.names == tuple(f"b_{column.name}" for column in RECORDS.columns)

    def begin(self, cursor: Cursor, run: Run, identity: str) -> None:
        """Write a run down."""
        values = {
            "b_id": run.id,
            "b_identity": identity,
            "b_model": run.model,
            "b_started": to_micros(run.started),
            "b_ended": None,
            "b_run": _encode(run),
        }
        self._begin.execute(cursor, values)

    def change(self, cursor: Cursor, run: Run) -> None:
        """Write down that a run has ended, or goes on with another budget."""
        ended = None if run.ended is None else to_micros(run.ended)
        self._change.execute(cursor, {"b_id": run.id, "b_ended": ended, "b_run": _encode(run)})

    def record(self, cursor: Cursor, record: Record) -> None:
        """Write down what came of a sample; a later record of it takes an earlier one's place."""
        r = record
        self._record.execute_row(cursor, (r.run, r.suite, r.sample, r.epoch, r.score.outcome, _encode(r)))

    def keep(self, cursor: Cursor, key: str, run: str, at: int, request: bytes, response: bytes) -> None:
        """Keep an answer; the first one stays. at: in microseconds. response: a Response as JSON text."""
        self._keep.execute_row(cursor, (key, run, at, request, response))


def read_runs(
    connection: Connection, limit: int | None = None, model: str | None = None, offset: int = 0
) -> list[Run]:
    """Return runs, newest first; `model` picks those of one. offset: so many are passed over."""
    query = select(RUNS.c.run).order_by(RUNS.c.started.desc(), RUNS.c.id.desc()).limit(limit)
    if offset:
        query = query.offset(offset)
    if model is not None:
        query = query.where(RUNS.c.model == model)
    return [_read_run(row) for row in connection.execute(query).scalars()]


def find_run(connection: Connection, run_id: str) -> Run:
    """Return a run by its id or the beginning of it; raises NotFound where that is none, or several."""
    ids = (RUNS.c.id >= run_id, RUNS.c.id < run_id + "\U0010ffff")
    found = connection.execute(select(RUNS.c.run).where(*ids).order_by(RUNS.c.id).limit(2)).scalars().all()
    runs = [_read_run(row) for row in found]
    if not runs or (len(runs) > 1 and runs[0].id != run_id):
        what = "several runs that begin with it" if runs else "none"
        raise NotFound(f"run {run_id[:64]!r}: found {what}, expected one of those that `fen eval runs` lists")
    return runs[0]


def find_unfinished(connection: Connection, identity: str) -> Run | None:
    """Return the newest run that was asked for this and has not ended; None where there is none."""
    query = select(RUNS.c.run).where(RUNS.c.identity == identity, RUNS.c.ended.is_(None))
    found = connection.execute(query.order_by(RUNS.c.started.desc()).limit(1)).scalar()
    return None if found is None else _read_run(found)


def read_records(connection: Connection, run_id: str) -> list[Record]:
    """Return what came of a run's samples, by suite, sample and epoch."""
    c = RECORDS.c
    query = select(c.record).where(c.run == run_id).order_by(c.suite, c.sample, c.epoch)
    return [_read_record(row) for row in connection.execute(query).scalars()]


def list_models(connection: Connection) -> list[str]:
    """Return the models that have a run, the one that ran last first."""
    query = (
        select(RUNS.c.model).group_by(RUNS.c.model).order_by(func.max(RUNS.c.started).desc(), RUNS.c.model)
    )
    return list(connection.execute(query).scalars())


def count_runs(connection: Connection, model: str | None = None) -> int:
    """Return how many runs there are; `model` counts those of one."""
    query = select(func.count()).select_from(RUNS)
    if model is not None:
        query = query.where(RUNS.c.model == model)
    return connection.execute(query).scalar_one()


def count_outcomes(connection: Connection, run_id: str) -> Mapping[tuple[str, Outcome], int]:
    """Return by suite and outcome how many records a run has."""
    c = RECORDS.c
    query = select(c.suite, c.outcome, func.count()).where(c.run == run_id).group_by(c.suite, c.outcome)
    return {(suite, outcome): count for suite, outcome, count in connection.execute(query.order_by(c.suite))}


def read_some_records(
    connection: Connection, run_id: str, wanted: Wanted, limit: int | None = None, offset: int = 0
) -> list[Record]:
    """Return some of a run's records, in the order of `read_records`."""
    c = RECORDS.c
    query = select(c.record).where(c.run == run_id, *_meet(wanted))
    query = query.order_by(c.suite, c.sample, c.epoch).limit(limit).offset(offset)
    rows = connection.execute(query).scalars()
    return [_read_record(row) for row in rows]


def list_places(connection: Connection, run_id: str, wanted: Wanted) -> list[Done]:
    """Return where some of a run's records are, in the order of `read_records`, without reading them."""
    c = RECORDS.c
    query = select(c.suite, c.sample, c.epoch).order_by(c.suite, c.sample, c.epoch)
    rows = connection.execute(query.where(c.run == run_id, *_meet(wanted)))
    return [(suite, sample, epoch) for suite, sample, epoch in rows]


def _meet(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = ((name, getattr(wanted, name)) for name in Wanted.__struct_fields__)
    return [RECORDS.c[name] == value for name, value in asked if value is not None]


def read_speed_responses(connection: Connection, limit: int = 20_000) -> list[KeptResponse]:
    """Return what measurements of speed were answered, the latest `limit`, the newest first."""
    c = RESPONSES.c
    query = select(RESPONSES).where(c.run >= _SPEED, c.run < _SPEED + "\U0010ffff")
    return [_keep(row) for row in connection.execute(query.order_by(c.at.desc(), c.id).limit(limit))]


def read_keys(connection: Connection, pool: str) -> set[str]:
    """Return the keys of the answers that are kept of a pool (`fen.evals.key.make_pool`)."""
    c = RESPONSES.c
    query = select(c.id).where(c.id >= pool, c.id < pool + "g")  # hex digits end at f
    return set(connection.execute(query).scalars())


def read_response(connection: Connection, key: str) -> KeptResponse | None:
    """Return the answer that is kept under a key; None where there is none."""
    return read_responses(connection, (key,)).get(key)


def read_responses(connection: Connection, keys: Iterable[str]) -> Mapping[str, KeptResponse]:
    """Return the answers that are kept under keys."""
    wanted, found = list(dict.fromkeys(keys)), dict[str, KeptResponse]()
    for start in range(0, len(wanted), _SLICE):
        query = select(RESPONSES).where(RESPONSES.c.id.in_(wanted[start : start + _SLICE]))
        found |= {row.id: _keep(row) for row in connection.execute(query)}
    return found


def _keep(row: Row[Any]) -> KeptResponse:
    return KeptResponse(row.id, row.run, row.at, row.request, _read_response(row.response))


def list_done(records: Sequence[Record]) -> set[Done]:
    """Return which samples need not be played again: all but those that got no answer."""
    return {(r.suite, r.sample, r.epoch) for r in records if r.score.outcome != "api_error"}


def _bind(table: Table) -> dict[str, Any]:
    return {column.name: bindparam(f"b_{column.name}") for column in table.columns}
