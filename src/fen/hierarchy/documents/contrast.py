"""Colours, and whether a person tells one from another."""

from __future__ import annotations

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

CONTRAST = 32
"""The difference in one of them from which two colours are told apart (about 1.3 : 1 by WCAG 2)."""

WHITE: Colour = (255, 255, 255)


def blends(one: Colour, other: Colour) -> bool:
    """Whether nobody tells two colours apart."""
    return max(abs(mine - theirs) for mine, theirs in zip(one, other, strict=True)) < CONTRAST


def parse_colour(text: str | None) -> Colour | None:
    """Return a colour of six hexadecimal digits, with or without `#`; None for anything else."""
    digits = (text or "").strip().removeprefix("#")
    try:
        return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)) if len(digits) == 6 else None
    except ValueError:
        return None


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Return a colour of which `part` (0 to 1) is the first one."""
    red, green, blue = (
        round(mine * part + theirs * (1 - part)) for mine, theirs in zip(one, other, strict=True)
    )
    return red, green, blue
