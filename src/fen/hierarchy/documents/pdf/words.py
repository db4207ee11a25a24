"""The characters of a PDF's page written down: text that is seen, and runs that are not, with places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fen.hierarchy.documents.pdf.page import Box, Character
from fen.hierarchy.reading import Concealed


def write_visible(characters: tuple[Character, ...], kinds: list[str | None]) -> str:
    """Join what is seen; where something is left out, its neighbours do not grow together."""
    parts: list[str] = []
    for character, kind in zip(characters, kinds, strict=True):
        if kind is None:
            parts.append(character.text)
        elif parts and not parts[-1].isspace():
            parts.append(" ")
    lines = mend("".join(parts)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def write_hidden(
    characters: tuple[Character, ...], kinds: list[str | None], number: int
) -> Iterator[Concealed]:
    """Yield the runs of characters between which none is seen, parted where another way to hide begins.

    One text object is one run: its first words may have the paper's colour, and the last be off the page.
    """
    run = _Run()
    for character, kind in zip(characters, kinds, strict=True):
        if character.text.isspace() or not character.text:
            run.text.append(" ")
            continue
        if run.kinds and (kind is None or (kind not in run.kinds and character.owner != run.owner)):
            yield run.close(number)
            run = _Run()
        if kind is not None:
            run.take(character, kind)
    if run.kinds:
        yield run.close(number)


class _Run:
    """Hidden characters in a row."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.owner = -1
        self._box: Box | None = None

    def take(self, character: Character, kind: str) -> None:
        self.text.append(character.text)
        self.kinds[kind] += 1
        self.owner = character.owner
        self._box = self._box or character.box

    def close(self, number: int) -> Concealed:
        """Return the run under the kind that most of it has."""
        assert self._box is not None
        text = " ".join(mend("".join(self.text)).split())
        return Concealed(self.kinds.most_common(1)[0][0], place_of(number, self._box), text)


def place_of(number: int, box: Box) -> str:
    """Return a place as people read it: the page, counted from 1, and points from its lower left corner."""
    return f"page {number + 1} ({box[0]:.0f}, {box[1]:.0f})"


def mend(text: str) -> str:
    """Join the halves of characters beyond 16 bits; a half alone becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
