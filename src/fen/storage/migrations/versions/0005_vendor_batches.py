"""Batches that vendors run, and which lines are in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Make the table, and the lines' columns."""
    op.create_table(
        "vendor_batches",
        sa.Column("id", _identifier(), nullable=False),
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("upstream", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("vendor_id", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vendor_batches"),
    )
    op.create_index("ix_vendor_batches_batch_id", "vendor_batches", ["batch_id"])
    op.add_column("batch_lines", sa.Column("alone", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("batch_lines", sa.Column("vendor_batch", sa.Text))
    op.add_column("batch_lines", sa.Column("deferral", sa.Text))
    op.add_column("batch_lines", sa.Column("sent", sa.LargeBinary))


def _identifier() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
