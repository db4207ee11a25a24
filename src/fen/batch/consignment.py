"""Lines on their way to a vendor as values: the vendor's batch, and what is known of each."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from fen.gateway.deferral import Deferral

ConsignmentState = Literal["gathering", "sending", "sent", "ended"]
"""gathering: lines are held and put in. sending: the vendor may have it. sent: its id there is known."""

MOST_LINES = 10_000
MOST_BYTES = 16 * 1024 * 1024
"""Of one vendor's batch: it is put together in memory. OpenAI takes 50,000 requests and 200 MB."""


class Consignment(msgspec.Struct, frozen=True):
    """One batch at a vendor. id: Fen's token for it. vendor_id: the vendor's, once known.

    due_at: when the vendor is asked to end it, so that what is left can still be sent line by line.
    """

    id: str
    batch_id: str
    upstream: str
    state: ConsignmentState
    vendor_id: str | None
    created_at: datetime
    due_at: datetime


def advance(consignment: Consignment, state: ConsignmentState, vendor_id: str | None = None) -> Consignment:
    """Return a consignment in its next state, with the vendor's id where that is new."""
    return replace(consignment, state=state, vendor_id=vendor_id or consignment.vendor_id)


class Consigned(msgspec.Struct, frozen=True):
    """A line that waits for a vendor. sent: the request as the vendor gets it, None where it was not read."""

    number: int
    deferral: Deferral
    sent: bytes | None = None


_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder(Deferral).decode


def write_deferral(deferral: Deferral) -> str:
    """Return a deferral as it is stored."""
    return _encode(deferral).decode()


def read_deferral(text: str) -> Deferral:
    """Read a stored deferral."""
    return _decode(text)
