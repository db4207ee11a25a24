"""Runs of evaluations, what came of each sample, and the answers that are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fen.storage.columns import identifier

revision = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "eval_runs",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("run", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_eval_runs"),
    )
    op.create_table(
        "eval_records",
        sa.Column("run", identifier(), nullable=False),
        sa.Column("suite", identifier(), nullable=False),
        sa.Column("sample", identifier(), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run", "suite", "sample", "epoch", name="pk_eval_records"),
    )
    op.create_table(
        "eval_responses",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("response", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_eval_responses"),
    )
