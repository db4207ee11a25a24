"""Numbers as models state them: "128K tokens", "4,096", "about one million", "12.8万", "一百万"."""

from __future__ import annotations

import re
from decimal import Decimal

SMALLEST = 16
"""A smaller number is believed to be no limit: it counts something else."""

_SCALES = {
    "k": 10**3,
    "m": 10**6,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}

_DIGITS = re.compile(
    r"(?<![A-Za-z\d])(?<!\d[.,，])(?<![A-Za-z]-)(?P<number>\d{1,3}(?:[,，\u2009\u202f]\d{3})+|\d+(?:\.\d+)?)"
    r"[\s-]?(?P<scale>(?:k|m|thousand|million|billion)(?![a-z])|百万|千万|[千万萬亿])?(?![A-Za-z]*\d|\s?[gmkt]?b\b)",
    re.IGNORECASE,
)
_ONES = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}
_WORD = "|".join(sorted({*_SMALL, "hundred", "thousand", "million", "billion"}, key=len, reverse=True))
_WORDS = re.compile(
    rf"\b(?:half\s+a\s+|a\s+(?=hundred|thousand|million|billion))?(?:{_WORD})(?:[\s-]+(?:and\s+)?(?:{_WORD}))*\b",
    re.IGNORECASE,
)
_CHINESE_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "〇": 0,
}
_SMALL_SCALES = {"十": 10, "百": 100, "千": 1000}
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十百千万亿]{2,}")
_UNIT = re.compile(r"[\s-]*(?:个)?\s*(?:context\s+|output\s+)?(?:tokens?\b|令牌|标记|词元)", re.IGNORECASE)
_ELSE = re.compile(
    r"\s*(?:years?|pages?|languages?|percent|%|页|年|种语言|parameters?|个?参数)", re.IGNORECASE
)
_MIXED = re.compile(r"(\d+)\s*万\s*(\d)\s*千")
_YEARS = range(1990, 2040)


def read_count(text: str) -> int | None:
    """Return the number of tokens that a text states; None where it states none.

    The first number with "tokens" after it counts, else the first one that is no year and counts nothing
    else. K is 1,000.
    """
    found = _find(_MIXED.sub(_join, text))
    with_unit = [value for value, _, end in found if _UNIT.match(text, end)]
    if with_unit:
        return with_unit[0]
    bare = [
        value for value, plain, end in found if not (plain and value in _YEARS) and not _ELSE.match(text, end)
    ]
    return bare[0] if bare else None


def _find(text: str) -> list[tuple[int, bool, int]]:
    """Return numbers from `SMALLEST` on with whether they are bare digits and where they end, in order."""
    found: list[tuple[int, int, bool, int]] = []
    for match in _DIGITS.finditer(text):
        scale = _SCALES[match["scale"].lower()] if match["scale"] else 1
        value = int(Decimal(re.sub(r"[^\d.]", "", match["number"])) * scale)
        found.append((match.start(), value, match["number"].isdigit() and scale == 1, match.end()))
    found += [(match.start(), read_words(match[0]), False, match.end()) for match in _WORDS.finditer(text)]
    found += [
        (match.start(), read_chinese(match[0]), False, match.end()) for match in _CHINESE.finditer(text)
    ]
    return [(value, plain, end) for _, value, plain, end in sorted(found) if value >= SMALLEST]


def _join(match: re.Match[str]) -> str:
    """Return a number such as "12万8千" in digits."""
    return str(int(match[1]) * 10**4 + int(match[2]) * 1000)


def read_words(text: str) -> int:
    """Return the value of an English number in words, such as "one hundred and twenty-eight thousand"."""
    total, part = Decimal(0), Decimal(0)
    for word in re.findall("[a-z]+", text.lower()):
        if word in _SMALL:
            part += _SMALL[word]
        elif word == "half":
            part = Decimal("0.5")
        elif word == "hundred":
            part = (part or Decimal(1)) * 100
        elif word in _SCALES:
            total += (part or Decimal(1)) * _SCALES[word]
            part = Decimal(0)
    return int(total + part)


def read_chinese(text: str) -> int:
    """Return the value of a Chinese number in characters, such as "十二万八千"."""
    total, section, digit = 0, 0, 0
    for character in text:
        if character in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[character]
        elif character in _SMALL_SCALES:
            section += (digit or 1) * _SMALL_SCALES[character]
            digit = 0
        elif character == "万":
            total += (section + digit or 1) * 10**4
            section, digit = 0, 0
        else:
            total = (total + section + digit or 1) * 10**8
            section, digit = 0, 0
    return total + section + digit
