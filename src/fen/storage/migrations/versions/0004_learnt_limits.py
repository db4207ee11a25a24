"""Limits that upstreams' complaints have taught."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "learnt_limits",
        sa.Column("upstream", _identifier(), nullable=False),
        sa.Column("model", _identifier(), nullable=False),
        sa.Column("kind", _identifier(), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("learnt_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("upstream", "model", "kind", name="pk_learnt_limits"),
    )


def _identifier() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
