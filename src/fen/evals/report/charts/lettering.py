"""How wide a text is, before anything has drawn it."""

from __future__ import annotations

import unicodedata

SIZE = 13.0
"""Height of a chart's letters, in units of its picture."""

_NARROW = 0.56  # of the height: the mean of a sans serif's letters, on the safe side
_CAPITAL = 0.7


def width(text: str, size: float = SIZE) -> float:
    """Return about how wide a text is, in units of the picture."""
    return size * sum(_letter(letter) for letter in text)


def _letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return _CAPITAL if letter.isupper() or letter in "%@&mwMW" else _NARROW


def shorten(text: str, room: float, size: float = SIZE) -> str:
    """Return a text that fits, with an ellipsis where letters went from its middle; ends tell names apart."""
    if width(text, size) <= room:
        return text
    keep = len(text) - 1
    while keep > 1 and width(_halve(text, keep), size) > room:
        keep -= 1
    return _halve(text, keep)


def _halve(text: str, keep: int) -> str:
    tail = keep // 2
    return text[: keep - tail] + "…" + (text[-tail:] if tail else "")


def wrap(text: str, room: float, size: float = SIZE) -> list[str]:
    """Return a text in lines that fit; a word that is too long alone is shortened."""
    lines: list[str] = []
    for word in _split(text):
        joined = lines[-1] + word if lines else word
        if lines and width(joined.strip(), size) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return [shorten(line.strip(), room, size) for line in lines] or [""]


def _split(text: str) -> list[str]:
    """Words with the space before them; Chinese has none, so that each of its characters is a word."""
    found: list[str] = []
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in "WF"
        if letter == " " or wide or not found:
            found.append(letter)
        else:
            found[-1] += letter
    return found
