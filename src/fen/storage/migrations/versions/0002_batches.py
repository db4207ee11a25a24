"""Files, batches and their lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

_TIMES = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
    "next_at",
)


def upgrade() -> None:
    """Make the tables."""
    _make_files()
    _make_batches()
    _make_lines()


def _make_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", _identifier(), nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_key_id", "files", ["key_id", "id"])
    op.create_table(
        "file_chunks",
        sa.Column("file_id", _identifier(), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_file_chunks"),
    )


def _make_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", _identifier(), nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("input_file_id", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text),
        sa.Column("output_seconds", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("claim", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in _TIMES),
        sa.Column("output_file_id", sa.Text),
        sa.Column("error_file_id", sa.Text),
        sa.Column("errors", sa.Text),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("completed", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_key_id", "batches", ["key_id", "id"])
    op.create_index("ix_batches_state", "batches", ["state"])


def _make_lines() -> None:
    op.create_table(
        "batch_lines",
        sa.Column("batch_id", _identifier(), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("claim", sa.Text),
        sa.Column("interrupted", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("request_id", sa.Text),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("code", sa.Text),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_lines"),
    )
    op.create_index("ix_batch_lines_state", "batch_lines", ["batch_id", "state", "number"])


def _identifier() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
