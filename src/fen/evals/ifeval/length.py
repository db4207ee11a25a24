"""Instructions about length: sentences, words, paragraphs, and how one paragraph starts."""

from __future__ import annotations

import re

from fen.evals.ifeval.instruction import Instruction, Reader, Relation, holds

_WORD = re.compile(r"\w+")
_DIVIDER = "***"
_ENDS_WORD = frozenset(".,?!'\"")


class NumberSentences(Instruction, frozen=True):
    """So many sentences, as Punkt splits them."""

    needs_punkt = True

    num_sentences: int
    relation: Relation

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many as asked."""
        return holds(self.relation, len(reader.split_sentences(text)), self.num_sentences)


class NumberWords(Instruction, frozen=True):
    """So many words: runs of letters, digits and underscores, so that `don't` is two."""

    num_words: int
    relation: Relation

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many as asked."""
        return holds(self.relation, len(_WORD.findall(text)), self.num_words)


class NumberParagraphs(Instruction, frozen=True):
    """Exactly so many paragraphs, with `***` between them."""

    num_paragraphs: int

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many; a divider at either end is allowed, an empty paragraph within is not."""
        filled = [bool(part.strip()) for part in text.split(_DIVIDER)]
        return all(filled[1:-1]) and sum(filled) == self.num_paragraphs


class NthParagraphFirstWord(Instruction, frozen=True):
    """Exactly so many paragraphs, with an empty line between them, one of which starts with a word."""

    num_paragraphs: int
    nth_paragraph: int
    first_word: str

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many, and the one starts so.

        Blank paragraphs are not counted, yet they have a place: after three line ends and more, the next
        paragraph is one further on. The published checker has it so.
        """
        paragraphs = [part.strip() for part in text.split("\n\n")]
        filled = sum(bool(part) for part in paragraphs)
        if filled != self.num_paragraphs or self.nth_paragraph > filled:
            return False
        return _first_word(paragraphs[self.nth_paragraph - 1]) == self.first_word.lower()


def _first_word(paragraph: str) -> str | None:
    """Return its first word in small letters, without the marks around it; None of a blank one."""
    if not paragraph:
        return None
    word = paragraph.split(maxsplit=1)[0].lstrip("'").lstrip('"')
    ends = (place for place, character in enumerate(word) if character in _ENDS_WORD)
    return "".join(character.lower() for character in word[: next(ends, len(word))])
