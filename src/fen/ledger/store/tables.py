"""The books' tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    Table,
    Text,
    literal_column,
)

from fen.ledger.row import METER_COLUMNS
from fen.storage import METADATA, Moment, Pico, identifier

# As literals, so that the planner sees that the index of open entries answers.
HELD: ColumnElement[str] = literal_column("'held'")
SETTLED: ColumnElement[str] = literal_column("'settled'")

HOLD_COLUMNS: tuple[Column[Any], ...] = (
    Column("id", identifier(), primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("key_id", Text),
    Column("tag", Text),
    Column("model", Text, nullable=False),
    Column("upstream", Text, nullable=False),
    Column("upstream_model", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("stream", Boolean, nullable=False),
    Column("held_at", Moment, nullable=False, index=True),
    Column("input_bound", BigInteger),
    Column("output_bound", BigInteger),
    Column("input_estimate", BigInteger, nullable=False),
    Column("cost_max", Pico),
    Column("charge_max", Pico),
    Column("currency", Text),
    Column("charge_currency", Text),
    Column("prices", Text),
    Column("fx", Text),
    Column("replica", Text, nullable=False),
    Column("reservations", Text),
)
"""Written when a call is held; the rest when it is settled."""

ENTRIES = Table(
    "ledger_entries",
    METADATA,
    *HOLD_COLUMNS,
    Column("checkpoint", BigInteger, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="held"),
    *(Column(name, BigInteger) for name in METER_COLUMNS),
    Column("cost", Pico),
    Column("charge", Pico),
    Column("certainty", Text),
    Column("reason", Text),
    Column("flags", Text),
    Column("status", Integer),
    Column("settled_at", Moment),
    Column("duration_ms", BigInteger),
    Column("first_ms", BigInteger),
    CheckConstraint(
        "(state = 'held' AND certainty IS NULL)"
        " OR (state = 'settled' AND certainty IN ('exact', 'estimated') AND settled_at IS NOT NULL)",
        name="state",
    ),
)
# Small however large the table grows: recovery reads it again and again.
Index(
    "ix_ledger_entries_open",
    ENTRIES.c.replica,
    sqlite_where=ENTRIES.c.state == HELD,
    postgresql_where=ENTRIES.c.state == HELD,
)

AMOUNT_PARTS = ("cost_high", "cost_low", "charge_high", "charge_low")

DAILY = Table(
    "ledger_daily",
    METADATA,
    # What is not known is '' here: a primary key has no NULL.
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("key_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("upstream", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("charge_currency", Text, primary_key=True),
    Column("certainty", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("unpriced", BigInteger, nullable=False),
    Column("uncharged", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in (*METER_COLUMNS, *AMOUNT_PARTS)),
)
"""Settled entries whose own rows are past their time, added up by UTC day (whole days since 1970-01-01).

An amount is kept in two parts, above and below 1e-6: a sum of it may pass 64 bits, neither part does.
"""

WINDOWS = Table(
    "budget_windows",
    METADATA,
    Column("cap_id", identifier(), primary_key=True),
    Column("window", BigInteger, primary_key=True, autoincrement=False),
    Column("held", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("pruned", BigInteger, nullable=False),
)
"""What open holds take of a cap in a window and what is spent of it, in 1e-12 of the cap's currency.

pruned: the part of `spent` whose entries do not tell of it any more.
"""

REPLICAS = Table(
    "replicas",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("beat", BigInteger, nullable=False),
)
"""Processes that hold, and how often each said that it lives."""
