"""An answer's length: Chinese characters plus Latin words.

As LongWriter counts (https://arxiv.org/abs/2408.07055), but for words with an apostrophe or a hyphen,
which are one here and two there.
"""

from __future__ import annotations

import re

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""Chinese characters, as the inside of a regular expression's class."""

_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"

_UNIT = re.compile(rf"[{HAN}]|[{_LATIN}]+(?:['’-][{_LATIN}]+)*")
_HAN = re.compile(f"[{HAN}]")


def find_units(text: str) -> list[str]:
    """Return what is counted, in its order; "don't" is one word, a number is none."""
    return _UNIT.findall(text)


def count_length(text: str) -> int:
    """Return the number of Chinese characters and Latin words."""
    return len(find_units(text))


def tell_language(text: str) -> str:
    """Return `zh` where most of what is counted is Chinese characters, else `en`; a tie is `en`."""
    units = find_units(text)
    return "zh" if 2 * sum(1 for unit in units if _HAN.match(unit)) > len(units) else "en"
