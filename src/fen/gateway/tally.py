"""What a call has come to, over all its attempts."""

from __future__ import annotations

from fen.accounts.rate import Verdict
from fen.accounts.slots import Slot
from fen.catalogue import Card
from fen.ledger import add_usage
from fen.wire.errors import FenError
from fen.wire.money import Money
from fen.wire.usage import Usage


class Tally:
    """One per call, used by its task alone.

    attempts: entries of the books. segments: attempts whose answer goes to the client. spent: what the
    vendors bill for all of them; None where nothing was used yet, where a price is unknown, or where the
    attempts were in different currencies. most: what the answer may cost, None where that is not known.
    exact: whether every upstream reported its usage. card: the model of the last attempt. clamped: output
    tokens to which the budget cut the request. status: how the last attempt, or the call, ended; 0 while that
    is open. slot, verdict: what the call holds of its tier.
    """

    __slots__ = (
        "attempts",
        "card",
        "clamped",
        "closed",
        "exact",
        "first_ns",
        "most",
        "priced",
        "reason",
        "segments",
        "slot",
        "spent",
        "status",
        "usage",
        "verdict",
    )

    def __init__(self) -> None:
        self.attempts = self.segments = self.status = 0
        self.usage = Usage()
        self.spent: Money | None = None
        self.most: Money | None = None
        self.exact = self.priced = True
        self.card: Card | None = None
        self.first_ns: int | None = None
        self.reason: str | None = None
        self.clamped: int | None = None
        self.slot: Slot | None = None
        self.verdict: Verdict | None = None
        self.closed = False

    def add(self, usage: Usage, spent: Money | None, *, exact: bool) -> None:
        """Add what an attempt used."""
        self.exact = self.exact and exact
        if self.priced and self.spent is None:
            self.usage = usage if self.usage.total_tokens == 0 else add_usage((self.usage, usage))
            self.spent, self.priced = spent, spent is not None
            return
        self.usage = add_usage((self.usage, usage))
        if spent is None or self.spent is None or spent.currency != self.spent.currency:
            self.spent, self.priced = None, False
        else:
            self.spent += spent

    def end(self, status: int, reason: str | None = None, first_ns: int | None = None) -> None:
        """Note how an attempt ended, which is how the call ends unless another one follows."""
        self.status, self.reason = status, reason
        if self.first_ns is None:
            self.first_ns = first_ns

    def fail(self, error: FenError) -> None:
        """Note the error that the client is told."""
        self.end(error.status, error.code or error.type)
