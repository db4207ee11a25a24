"""Instructions about the language."""

from __future__ import annotations

from fen.evals.ifeval.instruction import Instruction, Reader


class ResponseLanguage(Instruction, frozen=True):
    """All of it in one language, by its ISO 639-1 code."""

    language: str

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether that is the likeliest language, or none can be told."""
        return reader.detect_language(text) in {self.language, None}
