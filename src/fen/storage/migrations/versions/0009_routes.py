"""Routes: what they decided, what that saved, and what clients said of the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fen.storage.columns import identifier

revision = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_routed",
        sa.Column("request_id", identifier(), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("tag", sa.Text),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("chosen", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("propensity", sa.Float, nullable=False),
        sa.Column("p", sa.Float),
        sa.Column("familiar", sa.Boolean, nullable=False),
        sa.Column("artefact", sa.Text),
        sa.Column("escalated", sa.Text),
        sa.Column("cost", sa.BigInteger),
        sa.Column("currency", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("reference_cost", sa.BigInteger),
        sa.Column("reference_currency", sa.Text),
        sa.Column("expected", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_ledger_routed"),
    )
    op.create_index("ix_ledger_routed_at", "ledger_routed", ["at"])
    op.create_index("ix_ledger_routed_key_id", "ledger_routed", ["key_id"])
    keys = ("key_id", "route", "reference", "currency")
    sums = ("requests", "compared", "cost_high", "cost_low", "reference_high", "reference_low")
    op.create_table(
        "ledger_saved",
        sa.Column("day", sa.BigInteger, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in keys),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in sums),
        sa.PrimaryKeyConstraint("day", *keys, name="pk_ledger_saved"),
    )
    op.create_table(
        "route_feedback",
        sa.Column("request_id", identifier(), nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_route_feedback"),
    )
    op.create_index("ix_route_feedback_at", "route_feedback", ["at"])
    op.create_index("ix_route_feedback_key_id", "route_feedback", ["key_id"])
