"""Instructions about how an answer starts and ends."""

from __future__ import annotations

from fen.evals.ifeval.instruction import Instruction, Reader


class EndChecker(Instruction, frozen=True):
    """Certain words at the end, and nothing after them."""

    end_phrase: str

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether it ends so; case, blanks and double quotation marks around the answer do not count."""
        return text.strip().strip('"').lower().endswith(self.end_phrase.strip().lower())


class Quotation(Instruction, frozen=True):
    """Double quotation marks around all of it."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether it starts with one and ends with another."""
        inside = text.strip()
        return len(inside) > 1 and inside.startswith('"') and inside.endswith('"')
