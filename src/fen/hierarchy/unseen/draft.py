"""A text in the making: what is still in it, and where in the original each character stood."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

NEAR = 64
"""Characters between two findings of one kind that still belong together."""


class Hidden(msgspec.Struct, frozen=True):
    """Something in a text that no person sees.

    kind: how it is hidden: `zero_width`, `tag_characters`, `variation_selectors`, `bidi`, `bidi_override`,
    `invisible`, `private_use`, `soft_hyphen`, `control`, `surrogate`, `combining_marks`, `terminal`,
    `overstruck`; or, for what misleads by its look, `homoglyph`. start, end: its place in
    the original, in characters; several neighbours of one kind are one, with what is visible between them.
    text: what it says, for the guard to score; empty where it says nothing legible (it only breaks words up).
    """

    kind: str
    start: int
    end: int
    text: str = ""


class Decoded(msgspec.Struct, frozen=True):
    """What a part of a text says in other letters, for the guard to score; no finding by itself.

    via: the steps from the text to this, outermost first: `("base64", "rot13")`. start, end: the part's place
    in the original, in characters.
    """

    text: str
    via: tuple[str, ...]
    start: int
    end: int


class Draft(msgspec.Struct, frozen=True):
    """A text of which something was taken out.

    origins: each character's place in the original; None while nothing was taken out. findings: what was.
    """

    text: str
    origins: tuple[int, ...] | None = None
    findings: tuple[Hidden, ...] = ()

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that a span of this text, not empty, comes from."""
        if self.origins is None:
            return start, end
        places = self.origins[start:end]
        return min(places), max(places) + 1

    def without(self, spans: Iterable[tuple[int, int]], findings: Iterable[Hidden] = ()) -> Draft:
        """Return the draft without these spans, which are in order and do not overlap."""
        origins = self.origins if self.origins is not None else range(len(self.text))
        kept: list[str] = []
        places: list[int] = []
        at = 0
        for start, end in spans:
            kept.append(self.text[at:start])
            places += origins[at:start]
            at = end
        kept.append(self.text[at:])
        places += origins[at:]
        return Draft("".join(kept), tuple(places), (*self.findings, *findings))

    def ordered(self, order: list[int], findings: Iterable[Hidden]) -> Draft:
        """Return the draft with the characters of these places, in this order."""
        origins = self.origins if self.origins is not None else range(len(self.text))
        text = "".join([self.text[at] for at in order])
        return Draft(text, tuple([origins[at] for at in order]), (*self.findings, *findings))


def has_astral(text: str) -> bool:
    """Whether a character lies beyond the basic plane; `re` is slow on classes that have such characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)


def gather(found: Iterable[Hidden], joint: str = "") -> list[Hidden]:
    """Make neighbours of one kind one, their texts put together with the joint; returned in order."""
    groups: dict[str, list[tuple[int, int, list[str]]]] = {}
    for one in sorted(found, key=lambda one: one.start):
        group = groups.setdefault(one.kind, [])
        if group and one.start - group[-1][1] <= NEAR:
            start, end, parts = group[-1]
            parts.append(one.text)
            group[-1] = (start, max(end, one.end), parts)
        else:
            group.append((one.start, one.end, [one.text]))
    gathered = [
        Hidden(kind, start, end, joint.join(parts))
        for kind, group in groups.items()
        for start, end, parts in group
    ]
    return sorted(gathered, key=lambda one: one.start)
