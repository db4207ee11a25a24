"""SVG as text: elements whose every attribute and word is escaped."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2s
from html import escape

_FORBIDDEN = re.compile("[\ufffe\uffff]")
_LEAST = 0.75  # of its size: a picture that is smaller cannot be read
SERIES = 8
"""So many series have a colour of their own; further ones begin anew, with dashes."""


def clean(text: str) -> str:
    """Return a text without what XML forbids, and without characters that turn the writing's direction."""
    shown = "".join(
        "\ufffd" if unicodedata.category(letter) in {"Cc", "Cf", "Cs"} and letter not in "\t\n" else letter
        for letter in text
    )
    return _FORBIDDEN.sub("\ufffd", shown)


def number(value: float) -> str:
    """Write a coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, content: str = "", /, **attributes: str | float | None) -> str:
    """Return an element; `content` is markup already. `class_` and `stroke_width` lose and turn their `_`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_write(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _write(value: str | float) -> str:
    return escape(clean(value)) if isinstance(value, str) else number(value)


def words(x: float, y: float, text: str, class_: str | None = None, anchor: str | None = None) -> str:
    """Return one line of text; `anchor` is `middle` or `end`, the start where it is left out."""
    return element("text", escape(clean(text)), x=x, y=y, class_=class_, text_anchor=anchor)


def path(points: list[tuple[float, float]], class_: str, *, closed: bool = False) -> str:
    """Return a line through points."""
    steps = "".join(f"{'L' if i else 'M'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
    return element("path", d=steps + ("Z" if closed else ""), class_=class_)


def picture(width: float, height: float, content: str, *, title: str, description: str) -> str:
    """Return the whole picture; a reader of screens is told its title and its description."""
    mark = blake2s(f"{title}\0{description}\0{content}".encode("utf-8", "replace"), digest_size=6).hexdigest()
    head = element("title", escape(clean(title)), id=f"t{mark}")
    head += element("desc", escape(clean(description)), id=f"d{mark}")
    return element(
        "svg",
        head + content,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        style=f"min-width:{number(width * _LEAST)}px",
        role="img",
        aria_labelledby=f"t{mark} d{mark}",
        xmlns="http://www.w3.org/2000/svg",
    )


def series_class(index: int) -> str:
    """Return the class that gives a series its colour, and dashes from the ninth on."""
    return f"s{index % SERIES}" + (" again" if index >= SERIES else "")


def marker(index: int, x: float, y: float, class_: str = "dot") -> str:
    """Return a series' mark at a point; shapes differ, so that colours are not needed to tell them apart."""
    class_ = f"{class_} {series_class(index)}"
    r = 4.5
    if index % 4 == 0:
        return element("circle", cx=x, cy=y, r=r, class_=class_)
    shapes = {
        1: [(-r, -r), (r, -r), (r, r), (-r, r)],
        2: [(0, -r - 1), (r + 1, r), (-r - 1, r)],
        3: [(0, -r - 1.5), (r + 1.5, 0), (0, r + 1.5), (-r - 1.5, 0)],
    }
    return path([(x + dx, y + dy) for dx, dy in shapes[index % 4]], class_, closed=True)
