"""The last defence: secrets that got into a log line are struck out. Nothing should ever need it."""

from __future__ import annotations

import re

STRUCK = "[redacted]"

_MARKS = ("sk-", "fen-", "earer", "EARER", "://", "api", "API")
"""Each pattern needs one of these; looking for them is fast, and few lines have any."""

_PATTERNS = (
    (re.compile(r"(?i)\b(bearer\s+)[^\s\"'\\,]+"), r"\1" + STRUCK),
    (re.compile(r"\b(?:sk|fen)-[A-Za-z0-9_-]{8,}"), STRUCK),
    (re.compile(r"(://[^\s/:@\"']*:)[^\s/@\"']+@"), r"\1" + STRUCK + "@"),
    (re.compile(r"(?i)(api[-_]?key[\"'\\]*\s*[:=]\s*[\"'\\]*)[^\s\"'\\,}]+"), r"\1" + STRUCK),
)


def redact(line: str) -> str:
    """Return a line without bearer tokens, keys (`sk-...`, `fen-...`, `api_key=...`) and URLs' passwords."""
    for mark in _MARKS:
        if mark in line:
            break
    else:
        return line
    for pattern, instead in _PATTERNS:
        line = pattern.sub(instead, line)
    return line
