"""The arena: battles, votes, what became of votes, and the register of variants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fen.storage.columns import identifier

revision = "0008"
down_revision: str | None = "0007"


def _counted() -> sa.Column[int]:
    whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", whole, primary_key=True, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "arena_battles",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("voter", sa.Text, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("left", sa.Text, nullable=False),
        sa.Column("right", sa.Text, nullable=False),
        sa.Column("battle", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("draft", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_arena_battles"),
    )
    op.create_index("ix_arena_battles_left", "arena_battles", ["left"])
    op.create_index("ix_arena_battles_right", "arena_battles", ["right"])
    op.create_table(
        "arena_votes",
        _counted(),
        sa.Column("battle", sa.Text, nullable=False),
        sa.Column("voter", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("left", sa.Text, nullable=False),
        sa.Column("right", sa.Text, nullable=False),
        sa.Column("vote", sa.LargeBinary, nullable=False),
    )
    op.create_index("ux_arena_votes_battle_voter", "arena_votes", ["battle", "voter"], unique=True)
    op.create_index("ix_arena_votes_voter_at", "arena_votes", ["voter", "at"])
    op.create_index("ix_arena_votes_address_at", "arena_votes", ["address", "at"])
    op.create_table(
        "arena_verdicts",
        _counted(),
        sa.Column("vote", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Integer, nullable=False),
        sa.Column("verdict", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_arena_verdicts_vote", "arena_verdicts", ["vote"])
    op.create_table(
        "arena_variants",
        sa.Column("name", identifier(), nullable=False),
        sa.Column("variant", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_arena_variants"),
    )
