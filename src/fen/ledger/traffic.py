"""Recorded traffic: what settled requests used, one by one, for whoever wants to price them anew."""

from __future__ import annotations

from datetime import datetime

import msgspec

from fen.wire.money import Money
from fen.wire.usage import Usage


class Used(msgspec.Struct, frozen=True):
    """What one settled attempt used and cost; None where its price is not known."""

    id: str
    at: datetime
    model: str
    tag: str | None
    usage: Usage
    cost: Money | None
