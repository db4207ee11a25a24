"""Which language a text is in, told by its script alone: enough for English against Chinese."""

from __future__ import annotations

import re

_SCRIPTS = {
    "ar": "\u0600-\u06ff\u0750-\u077f",
    "bn": "\u0980-\u09ff",
    "cyrillic": "\u0400-\u04ff",
    "devanagari": "\u0900-\u097f",
    "en": "A-Za-z\u00c0-\u024f",
    "gu": "\u0a80-\u0aff",
    "ja": "\u3040-\u30ff",
    "kn": "\u0c80-\u0cff",
    "ko": "\uac00-\ud7af",
    "pa": "\u0a00-\u0a7f",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "th": "\u0e00-\u0e7f",
    "zh": "\u3400-\u9fff\uf900-\ufaff",
}
_PATTERNS = {script: re.compile(f"[{characters}]") for script, characters in _SCRIPTS.items()}
_CODE = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+", re.DOTALL)
_WEIGHT = 4  # a Chinese character says about as much as four Latin letters


def share(text: str, script: str) -> float:
    """Return the part, 0 to 1, of a text's letters in a script; Chinese characters count four times.

    Code and addresses are left out. A text without letters has a share of 0.
    """
    bare = _CODE.sub(" ", text)
    counts = {name: len(pattern.findall(bare)) for name, pattern in _PATTERNS.items()}
    counts["zh"] *= _WEIGHT
    total = sum(counts.values())
    return counts[script] / total if total else 0.0


def is_in(text: str, script: str, least: float = 0.7) -> bool:
    """Whether most of a text's letters are of that script."""
    return share(text, script) >= least
