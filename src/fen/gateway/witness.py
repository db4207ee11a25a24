"""Who keeps an answer in the books' own transaction, so that no settled call is ever asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fen.ledger import Settlement
from fen.storage import Cursor
from fen.wire.answer import Whole

Operation = Callable[[Cursor], object]
"""What is written beside a settlement; it may run again, and must then change nothing."""


class Witness(Protocol):
    """Sees a whole answer before its settlement is written."""

    def __call__(self, answer: Whole, settlement: Settlement) -> Operation | None:
        """Return what is to be written with the settlement, all or nothing; None for nothing.

        answer: in OpenAI's format, as the client gets it.
        """
        ...
