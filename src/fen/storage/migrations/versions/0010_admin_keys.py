"""Keys of administrators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    """Add the column."""
    op.add_column("keys", sa.Column("admin", sa.Boolean, server_default=sa.false(), nullable=False))
