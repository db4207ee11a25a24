"""Batches as values: what was asked for, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from fen.batch.file import check_life
from fen.wire.errors import InvalidRequest
from fen.wire.request import WireFormat

State = Literal[
    "validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"
]
OPEN: tuple[State, ...] = ("validating", "in_progress", "finalizing", "cancelling")
"""States in which there is still something to do."""

ENDPOINTS: Mapping[str, WireFormat] = {
    "/v1/chat/completions": "openai.chat",
    "/v1/embeddings": "openai.embeddings",
}
WINDOW = "24h"
MOST_METADATA = 16
LONGEST_METADATA_KEY = 64
LONGEST_METADATA_VALUE = 512
"""Source: OpenAI API reference, "Create batch", `metadata`."""

TIMES = (
    "created_at",
    "in_progress_at",
    "expires_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


class Limits(msgspec.Struct, frozen=True):
    """What a batch may be, and how it runs.

    concurrency: lines under way at once in one process. window: until a batch has to be done. margin: how
    much of the window is kept free when a start is put off. line_seconds: what a line takes until one was
    seen. tries: how often a line is sent whose upstream breaks. vendors: whether lines may be sent together
    as a batch of the vendor's. vendor_poll: seconds between two looks at one. poll: between two looks at the
    database.
    """

    max_file_bytes: int = 100 * 1024 * 1024
    max_lines: int = 50_000
    max_line_bytes: int = 32 * 1024 * 1024
    concurrency: int = 8
    window: timedelta = timedelta(hours=24)
    margin: timedelta = timedelta(hours=1)
    line_seconds: float = 10.0
    tries: int = 3
    vendors: bool = True
    vendor_poll: float = 60.0
    poll: float = 2.0


class Fault(msgspec.Struct, frozen=True):
    """Why an input file was refused; `line` counts from 1."""

    code: str
    message: str
    param: str | None = None
    line: int | None = None


class Counts(msgspec.Struct, frozen=True):
    """How many lines there are, and how many have ended."""

    total: int = 0
    completed: int = 0
    failed: int = 0


class Batch(msgspec.Struct, frozen=True):
    """A batch. claim: of the replica that works on it. next_at: when its next line is due, where it waits."""

    id: str
    key_id: str | None
    endpoint: str
    input_file_id: str
    metadata: dict[str, str] | None
    state: State
    created_at: datetime
    expires_at: datetime
    output_seconds: int | None = None
    owner: str | None = None
    claim: str | None = None
    in_progress_at: datetime | None = None
    finalizing_at: datetime | None = None
    completed_at: datetime | None = None
    failed_at: datetime | None = None
    expired_at: datetime | None = None
    cancelling_at: datetime | None = None
    cancelled_at: datetime | None = None
    next_at: datetime | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: tuple[Fault, ...] = ()
    counts: Counts = Counts()

    @property
    def format(self) -> WireFormat:
        """The wire format of its lines."""
        return ENDPOINTS[self.endpoint]


class ExpiresAfter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a file lasts."""

    anchor: Literal["created_at"]
    seconds: int


class BatchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /v1/batches`. Source: OpenAI API reference, "Create batch"."""

    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None = None
    output_expires_after: ExpiresAfter | None = None


_read = msgspec.json.Decoder(BatchRequest).decode


def read_batch_request(body: bytes) -> BatchRequest:
    """Read and check what a batch is asked to be; raises InvalidRequest."""
    try:
        wanted = _read(body)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$.")
        param = path.rstrip("`") or None
        raise InvalidRequest(f"{param or 'the body'}: {text}", param=param, code="invalid_type") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"found a body that is not JSON ({error}), expected a JSON object") from None
    _check_word("endpoint", wanted.endpoint, tuple(ENDPOINTS))
    _check_word("completion_window", wanted.completion_window, (WINDOW,))
    _check_metadata(wanted.metadata or {})
    if wanted.output_expires_after is not None:
        check_life(wanted.output_expires_after.seconds, "output_expires_after")
    return wanted


def _check_word(name: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise InvalidRequest(f"{name}: found {found[:64]!r}, expected {' or '.join(known)}", param=name)


def _check_metadata(metadata: Mapping[str, str]) -> None:
    if len(metadata) > MOST_METADATA:
        raise InvalidRequest(
            f"metadata: found {len(metadata)} pairs, expected at most {MOST_METADATA}", param="metadata"
        )
    for key, value in metadata.items():
        if len(key) > LONGEST_METADATA_KEY or len(value) > LONGEST_METADATA_VALUE:
            raise InvalidRequest(
                f"metadata: found a key of {len(key)} characters with a value of {len(value)},"
                f" expected at most {LONGEST_METADATA_KEY} and {LONGEST_METADATA_VALUE}",
                param="metadata",
            )


def describe_batch(batch: Batch) -> dict[str, Any]:
    """Return OpenAI's batch object, JSON-ready; `fen.next_line_at` tells until when it waits."""
    errors = {"object": "list", "data": msgspec.to_builtins(batch.errors)} if batch.errors else None
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": errors,
        "input_file_id": batch.input_file_id,
        "completion_window": WINDOW,
        "status": batch.state,
        "output_file_id": batch.output_file_id,
        "error_file_id": batch.error_file_id,
        **{name: _seconds(getattr(batch, name)) for name in TIMES},
        "request_counts": msgspec.to_builtins(batch.counts),
        "metadata": batch.metadata,
        "fen": {"next_line_at": _seconds(batch.next_at)},
    }


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
