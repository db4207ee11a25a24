"""Instructions about format: bullets, highlights, sections, a title, JSON, or one of three answers."""

from __future__ import annotations

import json
import re

from fen.evals.ifeval.instruction import Instruction, Reader

# Blanks before a bullet stay within its line, else a long run of line ends takes its length squared.
_STAR_BULLET = re.compile(r"^[^\S\n]*\*[^*].*$", re.MULTILINE)
_DASH_BULLET = re.compile(r"^[^\S\n]*-", re.MULTILINE)
_HIGHLIGHT = re.compile(r"\*([^*\n]*)\*")
_DOUBLE_HIGHLIGHT = re.compile(r"\*\*([^*\n]*)\*\*")
_TITLE = re.compile(r"<<([^\n]+)>>")
_FENCES = ("```json", "```Json", "```JSON", "```")
_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


class NumberBulletLists(Instruction, frozen=True):
    """Exactly so many points that start with `*` or `-`.

    A line of one `*` alone takes the next line with it, as the published checker has it.
    """

    num_bullets: int

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many lines that start so."""
        return len(_STAR_BULLET.findall(text)) + len(_DASH_BULLET.findall(text)) == self.num_bullets


class ConstrainedResponse(Instruction, frozen=True):
    """One of three answers, in these words."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether one is found anywhere."""
        return any(answer in text for answer in _ANSWERS)


class NumberHighlightedSections(Instruction, frozen=True):
    """At least so many stretches within `*` or `**`.

    One within `**` counts twice where a single `*` comes before it, as the published checker has it.
    """

    num_highlights: int

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many that are not blank."""
        stretches = _HIGHLIGHT.findall(text) + _DOUBLE_HIGHLIGHT.findall(text)
        return sum(bool(stretch.strip()) for stretch in stretches) >= self.num_highlights


class MultipleSections(Instruction, frozen=True):
    """At least so many sections, each with a word and a number over it, such as `Section 1`."""

    section_spliter: str
    num_sections: int

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there are as many headings, in the case that was asked for."""
        heading = re.escape(self.section_spliter.strip()) + r"\s?\d+"
        return len(re.findall(heading, text)) >= self.num_sections


class JsonFormat(Instruction, frozen=True):
    """All of it is JSON; Markdown's ticks around it are allowed."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether what is within the ticks can be read as JSON."""
        inside = text.strip()
        for fence in _FENCES:
            inside = inside.removeprefix(fence)
        try:
            json.loads(inside.removesuffix("```").strip())
        except (ValueError, RecursionError):
            return False
        return True


class Title(Instruction, frozen=True):
    """A title in double angular brackets, such as `<<poem of joy>>`."""

    def is_followed(self, text: str, reader: Reader) -> bool:
        """Whether there is one that is not blank."""
        return any(title.lstrip("<").rstrip(">").strip() for title in _TITLE.findall(text))
