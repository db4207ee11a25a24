"""A long answer, read: sections under headings, with their paragraphs and bullets."""

from __future__ import annotations

import re

import msgspec

_HEADING = re.compile(r"^##(?!#)\s*(.*?)\s*$")
_BULLET = re.compile(r"^\s*[-*•]\s+\S")


class Section(msgspec.Struct, frozen=True):
    """A heading's text, and the lines below it up to the next one, without empty ones at the ends."""

    heading: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All below the heading."""
        return "\n".join(self.lines)

    @property
    def bullets(self) -> list[str]:
        """Lines that begin with a bullet."""
        return [line for line in self.lines if _BULLET.match(line)]

    @property
    def paragraphs(self) -> list[str]:
        """Runs of lines that are neither empty, nor bullets, nor in brackets from end to end.

        The last are remarks about the text, such as a mark that a section ends with.
        """
        found: list[str] = []
        within = False
        for line in self.lines:
            stripped = line.strip()
            if not stripped or _BULLET.match(line) or is_remark(stripped):
                within = False
            elif within:
                found[-1] += f"\n{stripped}"
            else:
                found.append(stripped)
                within = True
        return found

    @property
    def last(self) -> str:
        """The last line."""
        return self.lines[-1].strip() if self.lines else ""


def is_remark(line: str) -> bool:
    """Whether a line is in square brackets from end to end."""
    return line.startswith("[") and line.endswith("]")


def read_document(text: str) -> list[Section]:
    """Return the sections under headings of the second level; what stands before the first is left out."""
    sections: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is not None:
            sections.append((heading[1], []))
        elif sections:
            sections[-1][1].append(line)
    return [Section(heading, _trim(lines)) for heading, lines in sections]


def _trim(lines: list[str]) -> tuple[str, ...]:
    full = [place for place, line in enumerate(lines) if line.strip()]
    return tuple(lines[full[0] : full[-1] + 1]) if full else ()
