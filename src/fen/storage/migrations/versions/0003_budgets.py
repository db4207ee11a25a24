"""Budgets: what holds take of caps, the windows that they are counted in, and whose they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Add the columns, make the tables."""
    op.add_column("ledger_entries", sa.Column("reservations", sa.Text))
    op.create_table(
        "budget_windows",
        sa.Column("cap_id", _identifier(), nullable=False),
        sa.Column("window", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.Column("pruned", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("cap_id", "window", name="pk_budget_windows"),
    )
    op.add_column("keys", sa.Column("tier", sa.Text, server_default="api", nullable=False))
    op.add_column("keys", sa.Column("team", sa.Text))
    op.create_table(
        "budgets",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("scope", "owner", "period", name="pk_budgets"),
    )


def _identifier() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
