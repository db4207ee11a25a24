"""Claims: the words around a name that make it the speaker's own, in English and Chinese."""

from __future__ import annotations

import re

from fen.arena.identity.patterns import read_patterns

_ARTICLE = re.compile(r"\b(?:a|an)\s+\Z")


def is_claim(before: str, after: str, *, ordinary: bool) -> bool:
    """Whether a name is said to be the speaker's own, or their maker's.

    before, after: the name's sentence up to it and from its end on, folded. ordinary: the name is a word of
    everyday texts, so that "I am a gemini" says nothing.
    """
    patterns = read_patterns()
    if patterns.other.search(after) or (ordinary and _ARTICLE.search(before)):
        return False
    if patterns.before.search(before) or patterns.after.search(after):
        return True
    if patterns.maker_before.search(before):
        return bool(patterns.speaker.search(before) or patterns.speaker.search(after))
    if patterns.maker_before_zh.search(before) and patterns.maker_after_zh.search(after):
        speaks = patterns.speaker_zh.search(before) or patterns.speaker_zh.search(after)
        return bool(speaks) or before.lstrip(" ,，是").startswith("由")
    return False
