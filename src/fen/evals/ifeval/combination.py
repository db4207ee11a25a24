"""Instructions about several parts: two answers, or the request and then its answer."""

from __future__ import annotations

from fen.evals.ifeval.instruction import Instruction, Reader

_DIVIDER = "******"


class TwoResponses(Instruction, frozen=True):
    """Two answers that differ, with six asterisks between them."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are two; a divider at either end is allowed, an empty answer within is not."""
        parts = [part.strip() for part in text.split(_DIVIDER)]
        filled = [part for part in parts if part]
        return all(parts[1:-1]) and len(filled) == 2 and filled[0] != filled[1]


class RepeatPrompt(Instruction, frozen=True):
    """The request word for word, and then the answer."""

    prompt_to_repeat: str

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether it starts so; case does not count."""
        return text.strip().lower().startswith(self.prompt_to_repeat.strip().lower())
