"""A finished call, as telemetry is told of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fen.wire.money import Money
from fen.wire.ports import CallRecord
from fen.wire.usage import Usage

CALL = CallRecord(
    request_id="req_1",
    format="openai.chat",
    status=200,
    started_ns=1_000_000_000,
    ended_ns=1_300_000_000,
    stream=True,
    first_ns=1_040_000_000,
    key_id="key_1",
    model="fake/gpt-4o-mini",
    upstream="fake",
    upstream_model="gpt-4o-mini",
    usage=Usage(input=7, cached_input=3, output=20, reasoning=5),
    cost=Money(Decimal("0.000015"), "USD"),
)


def call(**members: Any) -> CallRecord:
    """Return the call with some members changed."""
    return replace(CALL, **members)
