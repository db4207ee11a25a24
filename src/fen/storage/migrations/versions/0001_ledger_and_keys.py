"""The ledger, its daily sums and replicas; keys and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_METERS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "image_input_tokens",
)


_AMOUNTS = ("cost_high", "cost_low", "charge_high", "charge_low")


def upgrade() -> None:
    """Make the tables."""
    _make_entries()
    _make_daily()
    op.create_table(
        "replicas",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replicas"),
    )
    _make_keys()
    op.create_table(
        "audit",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def _make_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("tag", sa.Text),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("upstream", sa.Text, nullable=False),
        sa.Column("upstream_model", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("stream", sa.Boolean, nullable=False),
        sa.Column("held_at", sa.BigInteger, nullable=False),
        sa.Column("input_bound", sa.BigInteger),
        sa.Column("output_bound", sa.BigInteger),
        sa.Column("input_estimate", sa.BigInteger, nullable=False),
        sa.Column("cost_max", sa.BigInteger),
        sa.Column("charge_max", sa.BigInteger),
        sa.Column("currency", sa.Text),
        sa.Column("charge_currency", sa.Text),
        sa.Column("prices", sa.Text),
        sa.Column("fx", sa.Text),
        sa.Column("replica", sa.Text, nullable=False),
        sa.Column("checkpoint", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("state", sa.Text, server_default="held", nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in _METERS),
        sa.Column("cost", sa.BigInteger),
        sa.Column("charge", sa.BigInteger),
        sa.Column("certainty", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("flags", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("duration_ms", sa.BigInteger),
        sa.Column("first_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entries"),
        sa.CheckConstraint(
            "(state = 'held' AND certainty IS NULL)"
            " OR (state = 'settled' AND certainty IN ('exact', 'estimated') AND settled_at IS NOT NULL)",
            name="ck_ledger_entries_state",
        ),
    )
    op.create_index("ix_ledger_entries_held_at", "ledger_entries", ["held_at"])
    op.create_index(
        "ix_ledger_entries_open",
        "ledger_entries",
        ["replica"],
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )


def _make_daily() -> None:
    op.create_table(
        "ledger_daily",
        sa.Column("day", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("upstream", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("charge_currency", sa.Text, nullable=False),
        sa.Column("certainty", sa.Text, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("unpriced", sa.BigInteger, nullable=False),
        sa.Column("uncharged", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in (*_METERS, *_AMOUNTS)),
        sa.PrimaryKeyConstraint(
            "day",
            "key_id",
            "model",
            "upstream",
            "currency",
            "charge_currency",
            "certainty",
            name="pk_ledger_daily",
        ),
    )


def _make_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_index("ix_keys_secret_hash", "keys", ["secret_hash"], unique=True)
    op.create_index(
        "ix_keys_living_name",
        "keys",
        ["name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
