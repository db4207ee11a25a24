"""The rules: how each is said in English and Chinese, and whether a section keeps it.

A rule is asked about one section at a time: its number, from 1 on, and its text. A section that was never
written keeps none.
"""

from __future__ import annotations

import re

import msgspec

from fen.evals.lengths.count import count_length, tell_language
from fen.evals.long_form.document import Section


class Numbered(msgspec.Struct, frozen=True, tag="numbered"):
    """Headings have their number, in order: `## 3. TITLE`."""

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return "每一节以二级标题开头，标题从 1 起依次编号，格式如“## 3. 标题”。"
        return 'Each section begins with a heading of the form "## 3. Title", numbered from 1 in order.'

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return re.match(rf"{number}[.．、](?!\d)", section.heading) is not None


class Sized(msgspec.Struct, frozen=True, tag="sized"):
    """Each section has from `least` to `most` words or Chinese characters, its heading left out."""

    least: int
    most: int

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return f"每一节（不含标题）为 {self.least} 到 {self.most} 字。"
        return (
            f"Each section has between {self.least} and {self.most} words, or Chinese characters, below its "
            "heading."
        )

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return self.least <= count_length(section.text) <= self.most


class Coded(msgspec.Struct, frozen=True, tag="coded"):
    """Each heading ends with its number times `factor`, in square brackets."""

    factor: int

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return (
                f"每个标题以方括号中的一个数结尾，该数等于节号乘以 {self.factor}："
                f"第 2 节以“[{2 * self.factor}]”结尾。"
            )
        return (
            f"Each heading ends with the section's number times {self.factor} in square brackets: "
            f'section 2 with "[{2 * self.factor}]".'
        )

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return section.heading.endswith(f"[{number * self.factor}]")


class Bulleted(msgspec.Struct, frozen=True, tag="bulleted"):
    """Each section has exactly `count` lines that begin with a bullet."""

    count: int

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return f"每一节都恰好有 {self.count} 个以“- ”开头的列表项。"
        return f'Each section has exactly {self.count} bullet points, lines that begin with "- ".'

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return len(section.bullets) == self.count


class Parted(msgspec.Struct, frozen=True, tag="parted"):
    """Each section has exactly `count` paragraphs, bullets and remarks left out."""

    count: int

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return f"除列表项和方括号中的行外，每一节恰好有 {self.count} 个段落，段落之间空一行。"
        return (
            f"Each section has exactly {self.count} paragraphs with an empty line between them, not counting "
            "bullet points and lines in square brackets."
        )

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return len(section.paragraphs) == self.count


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """Every paragraph begins with a word."""

    word: str

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return f"每个段落都以“{self.word}”开头（列表项除外）。"
        return f'Every paragraph begins with the word "{self.word}"; bullet points need not.'

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return bool(section.paragraphs) and all(
            _begins(paragraph, self.word) for paragraph in section.paragraphs
        )


class Closed(msgspec.Struct, frozen=True, tag="closed"):
    """Each section ends with a line `[WORD N]`, N its number counted down to 1.

    sections: how many there are.
    """

    word: str
    sections: int

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        first, last = f"[{self.word} {self.sections}]", f"[{self.word} 1]"
        if language == "zh":
            return f"每一节以单独一行倒数标记结尾：第 1 节为“{first}”，每节减一，最后一节为“{last}”。"
        return (
            f'Each section ends with a line of its own that counts down: "{first}" in section 1, one less in '
            f'each section, "{last}" in the last.'
        )

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return section.last == f"[{self.word} {self.sections + 1 - number}]"


class Absent(msgspec.Struct, frozen=True, tag="absent"):
    """A word appears nowhere."""

    word: str

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return f"全文任何地方都不得出现“{self.word}”。"
        return f'The word "{self.word}" appears nowhere, in headings neither.'

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return not _contains(section, self.word)


class Recurring(msgspec.Struct, frozen=True, tag="recurring"):
    """A word appears in every section whose number `every` divides, and in no other."""

    word: str
    every: int

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return (
                f"“{self.word}”一词必须出现在节号为 {self.every} 的倍数的每一节中，而不得出现在其他任何一节。"
            )
        return (
            f'The word "{self.word}" appears in every section whose number is a multiple of {self.every}, '
            "and in no other section."
        )

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return _contains(section, self.word) == (number % self.every == 0)


class Alternating(msgspec.Struct, frozen=True, tag="alternating"):
    """Sections with odd numbers are in English, the others in Chinese."""

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return "奇数节的正文用英文书写，偶数节的正文用中文书写。"
        return "Sections with odd numbers are written in English, those with even numbers in Chinese."

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return bool(section.lines) and tell_language(section.text) == ("en" if number % 2 else "zh")


class Quiet(msgspec.Struct, frozen=True, tag="quiet"):
    """No question is asked and nothing exclaimed: neither mark appears, in either width."""

    def say(self, language: str) -> str:
        """Return the rule as the model is told it."""
        if language == "zh":
            return "全文不使用问号和感叹号。"
        return "There are no question marks and no exclamation marks anywhere."

    def holds(self, number: int, section: Section) -> bool:
        """Whether a section keeps it."""
        return not re.search("[?!？！]", f"{section.heading}\n{section.text}")


Rule = (
    Numbered | Sized | Coded | Bulleted | Parted | Opened | Closed | Absent | Recurring | Alternating | Quiet
)


def name_rule(rule: Rule) -> str:
    """Return the name of a rule's kind."""
    return str(rule.__struct_config__.tag)


def _begins(text: str, word: str) -> bool:
    return re.match(_pattern(word), text.lstrip('*_"“「 \u3000'), re.IGNORECASE) is not None


def _contains(section: Section, word: str) -> bool:
    return re.search(_pattern(word), f"{section.heading}\n{section.text}", re.IGNORECASE) is not None


def _pattern(word: str) -> str:
    """Return what finds a word, in Latin letters as a whole one."""
    return rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" if word.isascii() else re.escape(word)
