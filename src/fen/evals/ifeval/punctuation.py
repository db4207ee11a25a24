"""Instructions about punctuation."""

from __future__ import annotations

from fen.evals.ifeval.instruction import Instruction, Reader


class NoComma(Instruction, frozen=True):
    """No comma of the Latin script; others are not looked for."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether none is found."""
        return "," not in text
