r"""Escapes that stand near each other: `%69`, `&#105;`, `\u0069`, `\x69`, `\151`, `U+0069`, `0x69`, `=69`.

Sources: RFC 3986, 2.1; HTML, 13.5; RFC 2045, 6.7; the string literals of C, JSON and JavaScript.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import msgspec

from fen.hierarchy.unseen.draft import Decoded
from fen.hierarchy.unseen.language import is_printable
from fen.hierarchy.unseen.neighbours import Nearness

_CLOSE = Nearness(near=60, least=3, around=60)


class _Notation(msgspec.Struct, frozen=True):
    """A way to write characters. sign: what it cannot do without."""

    name: str
    sign: str
    pattern: re.Pattern[str]
    decode: Callable[[str], str]


def _decode_literal(part: str) -> str:
    """Backslash escapes; neighbours in bytes are UTF-8, neighbours in code units may be surrogates."""
    text = re.sub(r"(?:\\x[0-9A-Fa-f]{2})+", lambda found: _join_bytes(found[0], 16), part)
    text = re.sub(r"(?:\\[0-3][0-7]{2})+", lambda found: _join_bytes(found[0], 8), text)
    text = re.sub(r"\\[uU]\{?([0-9A-Fa-f]{4,8})\}?", lambda found: _char(found[1]), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _join_bytes(run: str, base: int) -> str:
    return bytes(int(code, base) for code in re.findall(r"[0-9A-Fa-f]{2,3}", run)).decode("utf-8", "replace")


def _char(code: str) -> str:
    value = int(code, 16)
    return chr(value) if value <= 0x10FFFF else "\ufffd"


def _decode_points(part: str) -> str:
    return re.sub(r"U\+([0-9A-Fa-f]{4,6})[ ,;]*", lambda found: _char(found[1]), part)


def _decode_numbers(part: str) -> str:
    run = re.sub(r"(0x[0-9A-Fa-f]{2})[ ,;]*", r"\1", part)
    return re.sub(r"(?:0x[0-9A-Fa-f]{2})+", lambda found: _join_bytes(found[0].replace("0x", " "), 16), run)


def _decode_quoted(part: str) -> str:
    whole = re.sub(r"=\r?\n", "", part)
    return re.sub(r"(?:=[0-9A-F]{2})+", lambda found: _join_bytes(found[0], 16), whole)


_ENTITY = re.compile(r"&(?:#\d{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,8};)")
_LITERAL = re.compile(r"\\(?:u\{?[0-9A-Fa-f]{4,6}\}?|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0-3][0-7]{2})")
_NOTATIONS = (
    _Notation("url", "%", re.compile(r"%[0-9A-Fa-f]{2}"), lambda part: unquote(part, errors="replace")),
    _Notation("html", "&", _ENTITY, html.unescape),
    _Notation("escape", "\\", _LITERAL, _decode_literal),
    _Notation("code_points", "U+", re.compile(r"U\+[0-9A-Fa-f]{4,6}"), _decode_points),
    _Notation("hex", "0x", re.compile(r"0x[0-9A-Fa-f]{2}(?![0-9A-Fa-f])"), _decode_numbers),
    _Notation("quoted_printable", "=", re.compile(r"=[0-9A-F]{2}"), _decode_quoted),
)


def find_escapes(text: str) -> Iterator[Decoded]:
    """Yield what groups of escapes say, where that is printable."""
    for notation in _NOTATIONS:
        if notation.sign in text:
            spans = [found.span() for found in notation.pattern.finditer(text)]
            for start, end in _CLOSE.group(text, spans):
                plain = notation.decode(text[start:end])
                if is_printable(plain) and plain != text[start:end]:
                    yield Decoded(plain, (notation.name,), start, end)
