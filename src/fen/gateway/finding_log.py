"""Where findings go: a port, and the one that keeps none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fen.hierarchy.finding import Finding


class FindingLog(Protocol):
    """Keeps what guards found."""

    def note(self, request_id: str, key_id: str | None, findings: Sequence[Finding]) -> None:
        """Keep a call's findings; returns at once, and a fault of the log's costs nobody an answer."""
        ...


class NoLog:
    """Keeps nothing."""

    def note(self, request_id: str, key_id: str | None, findings: Sequence[Finding]) -> None:
        """Keep nothing."""
