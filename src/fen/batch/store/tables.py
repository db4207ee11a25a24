"""The tables of files and batches."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from fen.storage import METADATA, Moment, identifier

FILES = Table(
    "files",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("key_id", Text),
    Column("purpose", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("state", Text, nullable=False),
)
"""Files; `state` is `writing` until all of the content is there, then `ready`."""
Index("ix_files_key_id", FILES.c.key_id, FILES.c.id)

CHUNKS = Table(
    "file_chunks",
    METADATA,
    Column("file_id", identifier(), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
"""The files' contents, in pieces."""

BATCHES = Table(
    "batches",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("key_id", Text),
    Column("endpoint", Text, nullable=False),
    Column("input_file_id", Text, nullable=False),
    Column("metadata", Text),
    Column("output_seconds", BigInteger),
    Column("state", Text, nullable=False, index=True),
    Column("owner", Text),
    Column("claim", Text),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("in_progress_at", Moment),
    Column("finalizing_at", Moment),
    Column("completed_at", Moment),
    Column("failed_at", Moment),
    Column("expired_at", Moment),
    Column("cancelling_at", Moment),
    Column("cancelled_at", Moment),
    Column("next_at", Moment),
    Column("output_file_id", Text),
    Column("error_file_id", Text),
    Column("errors", Text),
    Column("total", BigInteger, nullable=False),
    Column("completed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
)
"""Batches; their counts stand here once they ended, and are counted from the lines before."""
Index("ix_batches_key_id", BATCHES.c.key_id, BATCHES.c.id)

LINES = Table(
    "batch_lines",
    METADATA,
    Column("batch_id", identifier(), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("model", Text, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("claim", Text),
    Column("interrupted", BigInteger, nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("status", Integer),
    Column("request_id", Text),
    Column("answer", LargeBinary),
    Column("code", Text),
    Column("alone", BigInteger, nullable=False, server_default="0"),
    Column("vendor_batch", Text),
    Column("deferral", Text),
    Column("sent", LargeBinary),
)
"""A batch's lines until it has ended and its files are written; `claim` is that under which one was sent."""
Index("ix_batch_lines_state", LINES.c.batch_id, LINES.c.state, LINES.c.number)

VENDOR_BATCHES = Table(
    "vendor_batches",
    METADATA,
    Column("id", identifier(), primary_key=True),
    Column("batch_id", Text, nullable=False, index=True),
    Column("upstream", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("vendor_id", Text),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
)
"""Batches that vendors run for batches of Fen's."""
