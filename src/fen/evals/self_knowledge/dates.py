"""Months as models state them: "October 2023", "2023-10", "2023年10月", "early 2024", "2021"."""

from __future__ import annotations

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {"early": 2, "mid": 6, "late": 11, "年初": 2, "年中": 6, "年底": 11, "年末": 11}
"""Months that stand for parts of a year."""

_YEAR = r"(?P<year>19[89]\d|20[0-3]\d)"
_NAMED = (
    r"(?P<name>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?,?\s+"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?(?:of\s+)?{_YEAR}"
)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}\s*年\s*(?P<month>\d{{1,2}})\s*月",
        rf"(?<!\d){_YEAR}[-/.](?P<month>0?[1-9]|1[0-2])(?!\d)",
        rf"(?<!\d)(?P<month>0?[1-9]|1[0-2])/{_YEAR}(?!\d)",
        rf"\b{_NAMED}",
        rf"\b(?P<season>early|mid|late)[\s-]+(?:in\s+)?{_YEAR}",
        rf"{_YEAR}\s*(?P<season>年初|年中|年底|年末)",
    )
)
_BARE = re.compile(rf"(?<![\d,.]){_YEAR}(?![\d,]|\.\d)")

Month = tuple[int, int | None]
"""A year, and a month from 1 to 12; None where it is not said."""


def read_month(text: str) -> Month | None:
    """Return the first month that a text states, else the first year; None where there is neither."""
    found = [match for form in _FORMS for match in form.finditer(text)]
    for match in sorted(found, key=lambda match: match.start()):
        month = _read(match)
        if 1 <= month <= 12:
            return int(match["year"]), month
    year = _BARE.search(text)
    return (int(year["year"]), None) if year else None


def _read(match: re.Match[str]) -> int:
    groups = match.groupdict()
    if groups.get("month"):
        return int(groups["month"])
    if groups.get("season"):
        return _SEASONS[groups["season"].lower()]
    return _MONTHS.index(groups["name"][:3].lower()) + 1


def months_apart(stated: Month, true: Month) -> int:
    """Return the months between two; of one year they are 0 apart where either names no month.

    A year without a month otherwise stands for its middle.
    """
    if stated[0] == true[0] and None in {stated[1], true[1]}:
        return 0
    return abs(_count(stated) - _count(true))


def _count(month: Month) -> int:
    return 12 * month[0] + (month[1] if month[1] is not None else 6)
