"""Conversations that are kept, their turns, and who wants that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fen.storage.columns import identifier

revision = "0011"
down_revision: str | None = "0010"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "conversations",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("system", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_changed", "conversations", ["changed"])
    op.create_index("ix_conversations_owner", "conversations", ["owner", "changed"])
    op.create_table(
        "conversation_turns",
        sa.Column("conversation", identifier(), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("turn", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "number", name="pk_conversation_turns"),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "conversation_consents",
        sa.Column("owner", identifier(), nullable=False),
        sa.Column("keeps", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_conversation_consents"),
    )
