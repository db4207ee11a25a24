"""What kind of text a text is, as far as marks between its words would break it."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Shape = Literal["prose", "json", "code", "url"]

_SAMPLE = 16_384  # characters of a text that are looked at
_URL = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{1,20}://|www\.|data:)\S+\s*", re.IGNORECASE)
_CODE_LINE = re.compile(
    r"""\s*(?:
        (?:def|class|import|from|return|func|fn|let|const|var|public|private|static|void|int|package|using|
        struct|impl|async|await|export|elif|else:|try:|except|SELECT|INSERT|UPDATE|DELETE|CREATE)\b(?=.*[\w(){};:=*,])
        |[}\])]+[;,]?\s*$ | .*[{;]\s*$ | \#include\b | \#! | //|/\*|\*/ | @\w+ | <\/?[a-zA-Z][^>]*>\s*$ |
        \w[\w.\[\]]*\s*(?:[-+*/|&]?=|:=|->)\s*\S | (?:if|for|while)\b.*[:{]\s*$ | [$%]\s+\w |
        \+\+\+\s|---\s|@@\s
    )""",
    re.VERBOSE,
)


def tell_shape(text: str) -> Shape:
    """Return a text's shape: one JSON value, one URL, code where most of its lines look so, or prose.

    It decides how a text is marked, and nothing about whether: prose that poses as code is marked as code
    is.
    """
    bare = text.strip()
    if bare[:1] in ("{", "[") and _is_json(bare):
        return "json"
    if _URL.fullmatch(bare):
        return "url"
    lines = [line for line in text[:_SAMPLE].splitlines() if line.strip()]
    looking = sum(1 for line in lines if _CODE_LINE.match(line[:200]))
    return "code" if len(lines) >= 2 and looking * 5 >= len(lines) * 3 else "prose"


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True
