"""Amounts, however they are written: `1,200.00`, `1.200,00`, `1200`, `1.2k`, `一千二百`, `1.2万`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

_WRITTEN = re.compile(
    r"(?<![a-z0-9_.])(\d(?:[\d.,'\u2009 ]{0,24}\d)?)(?!\d)(?:\s?(k|m|million)(?![a-z])|\s?(百万|万|千|亿))?"
)
_CHINESE = re.compile("[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+")
_TIMES = {
    "k": 1000,
    "千": 1000,
    "万": 10_000,
    "百万": 1_000_000,
    "million": 1_000_000,
    "m": 1_000_000,
    "亿": 10**8,
}
_DIGITS = {char: number % 10 for number, char in enumerate("零一二三四五六七八九〇壹贰叁肆伍陆柒捌玖")} | {
    "两": 2
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MOST_DIGITS = 18
_MARKS = {ord(mark): None for mark in ".,'-"}


def read_figure(text: str) -> Decimal | None:
    """Return the number that a text is, with or without a currency; None where it is none, or several."""
    found = set(_find(text.casefold(), None))
    return found.pop() if len(found) == 1 else None


def has_figure(text: str, figure: Decimal) -> bool:
    """Whether a folded text has a number, however it is written."""
    return any(found == figure for found in _find(text, _significant(f"{figure:f}")))


def _find(text: str, wanted: str | None) -> Iterator[Decimal]:
    """Yield the numbers of a text; with `wanted` digits, those that may have them and be no others."""
    for digits, unit, chinese in _WRITTEN.findall(text):
        sure = not unit and not chinese and " " not in digits and "\u2009" not in digits
        if wanted is None or not sure or _significant(digits) == wanted:
            yield from _read(digits, unit or chinese)
    if not text.isascii():
        yield from (
            Decimal(_read_chinese(found)) for found in _CHINESE.findall(text) if len(found) <= _MOST_DIGITS
        )


def _significant(digits: str) -> str:
    return digits.translate(_MARKS).strip("0")


def _read(digits: str, unit: str | None) -> list[Decimal]:
    """Return what a number's digits say; several numbers where spaces may or may not part them."""
    groups = re.split("[\u2009 ]", digits)
    whole = len(groups) > 1 and all(len(group.split(",")[0].split(".")[0]) == 3 for group in groups[1:])
    texts = ["".join(groups)] if whole or len(groups) == 1 else groups
    return [number * _TIMES.get(unit or "", 1) for number in map(_plain, texts) if number is not None]


def _plain(digits: str) -> Decimal | None:
    digits = digits.replace("'", "").strip(".,")
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma > dot:  # the comma is the decimal's, unless it parts thousands
        thousands = len(digits) - comma == 4 and (dot < 0 or digits.count(",") > 1)
        digits = digits.replace(",", "") if thousands else digits.replace(".", "").replace(",", ".", 1)
    elif digits.count(".") > 1 and len(digits) - dot == 4:
        digits = digits.replace(".", "")
    else:
        digits = digits.replace(",", "")
    if len(digits) > _MOST_DIGITS:
        return None
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def _read_chinese(text: str) -> int:
    """Return what a Chinese numeral says: `一千二百` 1200, `三万五` 35000 (the unit's tenth goes unsaid)."""
    total = part = digit = last = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
            continue
        if char in _UNITS:
            last = _UNITS[char]
            part += (digit or 1) * last
        else:
            last = 10_000 if char == "万" else 10**8
            total, part = (total + part + digit) * last, 0
        digit = 0
    trailing = digit * last // 10 if last >= 100 and text[-1] in _DIGITS and "零" not in text else digit
    return total + part + trailing
