"""Characters that no person sees: found, told from legitimate ones, and taken out of the text.

Sources: Unicode Standard Annex 44 (Default_Ignorable_Code_Point), UTS 51 (emoji sequences), UTS 37
(ideographic variation sequences), the core specification's chapters 9 and 12 on joiners, and UTR 36 on
visual security. The emoji and script tables here are ranges of blocks, and so a little wider than Unicode's.
"""

from __future__ import annotations

import re

from msgspec import structs

from fen.hierarchy.unseen.draft import Draft, Hidden, gather, has_astral
from fen.hierarchy.unseen.smuggled import read_smuggled

_BEYOND = r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
_BASIC = (  # everything that may be invisible, legitimate or not; `bidi` has the rest
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2060-\u2065\u206a-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\ufffe\uffff"
)
_CONTROL_RUNS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")
_BASIC_RUNS = re.compile(f"[{_BASIC}]+")
_RUNS = re.compile(f"[{_BASIC}{_BEYOND}]+")
_MARKS = re.compile(  # of Latin; of Arabic and Thai, which stack two or three
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}"
    r"|[\u064b-\u065f\u0670\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{5,}"
)

_KINDS = tuple(
    (re.compile(f"[{members}]"), kind)
    for members, kind in (
        (r"\U000e0000-\U000e007f", "tag_characters"),
        (r"\ufe00-\ufe0f\U000e0100-\U000e01ef", "variation_selectors"),
        (r"\ud800-\udfff", "surrogate"),
        (r"\x00-\x1f\x7f-\x9f", "control"),
        (r"\ue000-\uf8ff\U000f0000-\U0010ffff", "private_use"),
        (r"\u200b-\u200d\u2060\ufeff", "zero_width"),
        (r"\u061c\u200e\u200f", "bidi"),
        (r"\u00ad", "soft_hyphen"),
    )
)

_EMOJI = re.compile(
    r"[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    r"\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_JOINING = re.compile(  # Arabic to N'Ko, the Indic scripts, Tibetan to Khmer, Mongolian, Balinese, forms
    r"[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1b7f\ua840-\ua8df\ufb50-\ufdff\ufe70-\ufefc]"
)
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf]"
)  # Thai, Lao, Myanmar, Khmer
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc]")
_MATHS = re.compile(r"[\u2200-\u22ff\u2a00-\u2aff0\u1000-\u109f\uaa60-\uaa7f]")
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f")
_FLAGS = frozenset(  # UTS 51's subdivisions, and three that are in use
    "".join(chr(0xE0000 + ord(letter)) for letter in code) + "\U000e007f"
    for code in ("gbeng", "gbsct", "gbwls", "gbnir", "usca", "ustx")
)
_OPERATORS = re.compile(r"[\u2061-\u2064]")
_HYPHENATION = re.compile(r"\w\w\Z"), re.compile(r"\w\w")


def uncover(draft: Draft) -> Draft:
    """Take out what is invisible and not legitimate where it stands; see `Hidden` for the kinds."""
    text = draft.text
    runs = _CONTROL_RUNS if text.isascii() else _RUNS if has_astral(text) else _BASIC_RUNS
    cut: list[tuple[int, int]] = []
    found: list[Hidden] = []
    for run in runs.finditer(text):
        kind = _judge(text, run.start(), run.end())
        if kind is None:
            continue
        cut.append(run.span())
        if kind != "hyphenation":
            found.append(Hidden(kind, *draft.locate(*run.span()), run[0]))
    read = [structs.replace(one, text=read_smuggled(one.kind, one.text)) for one in gather(found)]
    return _calm(draft.without(cut, read) if cut else draft)


def _calm(draft: Draft) -> Draft:
    """Take away floods of combining marks: no script has four on one letter."""
    if draft.text.isascii():
        return draft
    cut = [flood.span() for flood in _MARKS.finditer(draft.text)]
    if not cut:
        return draft
    return draft.without(cut, gather(Hidden("combining_marks", *draft.locate(*span)) for span in cut))


def _judge(text: str, start: int, end: int) -> str | None:
    """Return the kind of a run of invisible characters; None where it is legitimate."""
    run = text[start:end]
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    kind = next((kind for members, kind in _KINDS if members.search(run)), "invisible")
    if kind == "bidi" and len(run) <= 2 and set(run) <= _DIRECTION_MARKS:
        near = _RIGHT_TO_LEFT.search(text, max(0, start - 16), end + 16)
        return None if near else kind
    return None if _is_legitimate(kind, run, before, after) else _tell_hyphenation(kind, text, start, end)


def _tell_hyphenation(kind: str, text: str, start: int, end: int) -> str:
    """A soft hyphen between two syllables is a printer's: it goes, and is no finding."""
    left, right = _HYPHENATION
    plausible = left.search(text[max(0, start - 2) : start]) and right.match(text, end)
    return "hyphenation" if kind == "soft_hyphen" and end - start == 1 and plausible else kind


def _is_legitimate(kind: str, run: str, before: str, after: str) -> bool:
    if kind == "tag_characters":
        return before == "\U0001f3f4" and run in _FLAGS
    if kind == "variation_selectors":
        return _varies(run, before, after)
    if kind == "zero_width":
        return _joins(run, before, after)
    if kind == "control":
        return run == "\x1b" and after == "["  # a colour: other sequences are gone by now
    if kind == "private_use":  # one or two are icons, and characters that Unicode lacks
        return len(run) <= 3 and not (before.isalpha() and before.isascii() and after.isalpha())
    return kind == "invisible" and _belongs(run, before, after)


def _varies(run: str, before: str, after: str) -> bool:
    """An emoji or text selector, with a joiner or not, a keycap, a mathematical or an ideographic variant."""
    first, rest = run[0], run[1:]
    if first in "\ufe0e\ufe0f":
        keycap = before in "0123456789#*" and before != "" and after in ("\u20e3", "")
        pictured = _EMOJI.match(before) is not None
        return (pictured and rest in ("", "\u200d")) or (rest == "" and (keycap or before == "\u20e3"))
    if rest or not before:
        return False
    if first < "\ufe10":
        return _MATHS.match(before) is not None
    return first <= "\U000e011f" and _IDEOGRAPH.match(before) is not None


def _joins(run: str, before: str, after: str) -> bool:
    if run == "\u200d" and _EMOJI.match(before):
        return _EMOJI.match(after) is not None
    if run in ("\u200c", "\u200d"):
        return _touches(_JOINING, before, after)
    if run == "\u200b":
        return _touches(_SPACELESS, before, after)
    return run == "\ufeff" and before in ("", "\n")  # a byte order mark, of the text or of a part


def _belongs(run: str, before: str, after: str) -> bool:
    """Characters of a script among their own: fillers, Mongolian selectors, blanks of Braille, operators."""
    if set(run) <= set("\u115f\u1160\u3164\uffa0"):
        return len(run) <= 2 and _touches(_HANGUL, before, after)
    if "\u180b" <= run[0] <= "\u180f":
        return len(run) == 1 and "\u1800" <= before <= "\u18af"
    if run[0] == "\u2800":
        return len(run) <= 4 and ("\u2800" < before <= "\u28ff" or "\u2800" < after <= "\u28ff")
    if run[0] == "\u034f" or "\u17b4" <= run[0] <= "\u17b5":
        return len(run) == 1 and (_touches(_RIGHT_TO_LEFT, before, after) or "\u1780" <= before <= "\u17ff")
    letters = before.isalpha() and after.isalpha() and not "\U0001d400" <= before <= "\U0001d7ff"
    return len(run) == 1 and _OPERATORS.match(run) is not None and not letters and bool(before and after)


def _touches(members: re.Pattern[str], before: str, after: str) -> bool:
    return members.match(before) is not None or members.match(after) is not None
