"""Where a reply goes on with a text: how much of the reply says again what the text has said."""

from __future__ import annotations

import re

PREAMBLE = 200
"""Characters of introduction that a model may put before it goes on."""

WINDOW = 16_384
"""Characters of the text's end in which a repetition is looked for."""

_ENOUGH = 8  # a shorter overlap may be chance; wide characters (CJK, emoji) count twice
_WIDE = 0x2E80
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)$", re.MULTILINE)
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)[ \t]*")
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；", "…")
_INTRODUCES = (":", "：", '"', "`", "“", "「", ">")


def choose_anchor(text: str, length: int) -> str:
    """Return the last characters of the text, at most `length`, from a word's beginning where one is near."""
    tail = text[-length:]
    if len(tail) < len(text):
        for at in range(1, min(24, len(tail) // 2)):
            if tail[at - 1].isspace() and not tail[at].isspace():
                return tail[at:]
    return tail


def find_anchor(text: str, anchor: str, reply: str) -> int | None:
    """Return where the reply goes on after the anchor; None without an anchor near its beginning."""
    if reply.startswith(anchor):
        return len(anchor)
    at = reply.find(anchor, 0, PREAMBLE + len(anchor)) if _weigh(anchor) >= _ENOUGH else -1
    if at < 0:
        return None
    before = reply[:at].strip()
    introduced = not before or before.endswith(_INTRODUCES) or not _repeats(text, anchor)
    return at + len(anchor) if introduced else None


def overlap(text: str, reply: str) -> int:
    """Return the length of the longest end of the text with which the reply begins; 0 where it may be chance.

    Where the text ends in white space, a reply that has less or more of it overlaps too.
    """
    exact = _longest(text, reply)
    if exact:
        return exact
    bare = text.rstrip()
    core = _longest(bare, reply) if bare != text else 0
    return core + common_prefix(text[len(bare) :], reply[core:]) if core else 0


def common_prefix(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def open_fence(text: str) -> str | None:
    """Return the marks of the code fence that the text leaves open (```` ``` ````, `~~~`); None without."""
    marks: str | None = None
    for found in _FENCE.finditer(text):
        if marks is None:
            marks = found[1]
        elif found[1].startswith(marks) and not found[2].strip():
            marks = None
    return marks


def closes_fence(text: str) -> str | None:
    """Return the marks of the fence that the text's last line closes, if no line break follows it."""
    last = _FENCE.match(text[text.rfind("\n") + 1 :])
    return last[1] if last is not None and open_fence(text) is None else None


def reopened(reply: str, marks: str) -> tuple[int, bool] | None:
    """Return where the line after a fence that opens anew begins, and whether it names a language.

    The fence stands at the reply's beginning or after an introduction; None without one.
    """
    for found in _FENCE.finditer(reply, 0, PREAMBLE):
        if found[1][0] == marks[0]:
            after = found.end() + 1
            return (after, bool(found[2].strip())) if after <= len(reply) else None
    return None


def mend_list(text: str, reply: str) -> str:
    """Return the reply without the marker that it sets again for a list item that the text has begun.

    A marker of the next item gets the line break that was lost. A reply that goes on in the sentence begins
    with a space, so that its dash is no marker.
    """
    line = text[text.rfind("\n") + 1 :].lstrip(" \t")
    fresh = reply.lstrip("\n")
    item, again = _ITEM.match(line), _ITEM.match(fresh)
    if item is None or again is None:
        return reply
    broken = fresh != reply
    if fresh.startswith(line) and (not broken or _weigh(line) >= _ENOUGH):
        return fresh[len(line) :]
    rest = fresh[again.end() :]
    if broken or (line[-1].isspace() and line != item[0]):
        return reply
    if line == item[0]:  # nothing but the marker
        return rest if line[-1].isspace() else " " + rest
    if item[0].strip() != again[0].strip() or line.endswith(_SENTENCE_ENDS):
        return "\n" + reply
    return rest


def _longest(text: str, reply: str) -> int:
    for length in range(min(len(text), len(reply)), 0, -1):
        if text.endswith(reply[:length]):
            return length if _weigh(reply[:length]) >= _ENOUGH else 0
    return 0


def _weigh(part: str) -> int:
    return len(part) + sum(ord(char) >= _WIDE for char in part)


def _repeats(text: str, anchor: str) -> bool:
    end = len(text) - len(anchor)
    return text.find(anchor, max(0, end - WINDOW), len(text) - 1) >= 0
