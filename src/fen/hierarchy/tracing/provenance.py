"""Where a value comes from: from text that may give instructions, from text that may not, or from nowhere.

Whether a trusted text has a value is judged strictly (the whole value, at its boundaries, in one of its usual
spellings), or an attacker would choose a value that is a piece of a trusted one. Whether an untrusted text
has it is judged loosely: without case, spaces and punctuation, spelled out, encoded, or in pieces.
"""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal
from urllib.parse import quote

import msgspec

from fen.hierarchy.privilege import Piece
from fen.hierarchy.tracing.figures import has_figure, read_figure
from fen.hierarchy.tracing.hosts import Address, find_hosts, parse_address

Standing = Literal["given", "same_host", "untrusted", "nowhere"]
"""Of a value: a trusted text has it; it has its host alone; only untrusted texts have it; none has."""

_GONE = bytes(byte for byte in range(128) if not chr(byte).isalnum())  # what a squashed text lacks
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_COMPATIBLE = re.compile("[\x00-\x7f]?[^\x00-\x7f\u3001-\u3029\u4e00-\u9fff]+")  # the rest is normal already
_AT = re.compile(r"\s*[\[({<]\s*at\s*[\])}>]\s*|\s+at\s+(?=\S+\s+dot\s)|\s*艾特\s*", re.IGNORECASE)
_DOT = re.compile(r"\s*[\[({<]\s*dot\s*[\])}>]\s*|\s+dot\s+(?=\w)", re.IGNORECASE)
_SEPARATORS = r"[\s().+/_-]{0,3}"
_NUMBERED = re.compile(r"[a-z0-9\s().+/_-]+")
_SPELLED = (" dot ", "(dot)", "[dot]", "{dot}", "at)", "at]", "at}", "at >", "艾特")
_LEAST_SQUASHED = 5  # shorter values are looked for at their boundaries, even in untrusted texts
_LEAST_ENCODED = 8
_MOST_SPOTS = 8
_MOST_LOOKED_FOR = 500  # characters of a value
_MOST_TRIED = 64  # places of a value in one text
_LONGEST_NUMBER = 64


class Spot(msgspec.Struct, frozen=True):
    """A place of a value: `text` is the piece's folded text, and `start` and `end` are characters of it."""

    piece: Piece
    text: str
    start: int
    end: int


class Provenance(msgspec.Struct, frozen=True):
    """Where a value comes from; spots: its places in untrusted texts, where they could be located."""

    standing: Standing
    spots: tuple[Spot, ...] = ()


def fold(text: str) -> str:
    """Return a text without differences of case, width and invisible characters."""
    if text.isascii():
        return text.casefold()
    return _INVISIBLE.sub(
        "", _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    ).casefold()


def squash(text: str) -> bytes:
    """Return a folded text without its ASCII spaces and punctuation, as UTF-8."""
    return text.encode("utf-8", "replace").translate(None, _GONE)


class _Text:
    """One piece, in the forms in which values are looked for."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.folded = fold(piece.text)

    @cached_property
    def squashed(self) -> bytes:
        return squash(self.folded)

    @cached_property
    def plain(self) -> str:
        """The folded text with `a at b dot c` written as `a@b.c`."""
        if not any(mark in self.folded for mark in _SPELLED):
            return self.folded
        return _DOT.sub(".", _AT.sub("@", self.folded))

    @cached_property
    def hosts(self) -> frozenset[str]:
        return find_hosts(self.plain)


class Texts:
    """The texts of one request, to look values up in."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        texts = [_Text(piece) for piece in pieces if piece.text]
        self._trusted = [text for text in texts if text.piece.privilege.trusted]
        self._untrusted = [text for text in texts if not text.piece.privilege.trusted]

    def trace(self, value: str, kind: str) -> Provenance:
        """Return where a value comes from; of the kind `amount` it is compared as a number."""
        if kind == "amount":
            return self._trace_figure(value)
        needle = fold(value[:_MOST_LOOKED_FOR]).strip()
        if not needle:
            return Provenance("given")
        address = parse_address(needle)
        if any(_states(text, needle, address) for text in self._trusted):
            return Provenance("given")
        if address is not None and address.scheme and self._trusts_host(address):
            return Provenance("same_host", self._locate(needle, address))
        wanted = _variants(needle, value, address)
        found = [text for text in self._untrusted if _holds(text, needle, wanted)]
        if found or self._holds_parts(needle):
            return Provenance("untrusted", self._locate(needle, address))
        return Provenance("nowhere")

    def _trusts_host(self, address: Address) -> bool:
        named = [text for text in self._trusted if address.host in text.plain or address.shown in text.plain]
        return any(address.host in text.hosts for text in named)

    def _trace_figure(self, value: str) -> Provenance:
        figure = read_figure(value)
        if figure is None:
            return Provenance("nowhere")
        if any(has_figure(text.folded, figure) for text in self._trusted):
            return Provenance("given")
        found = [text for text in self._untrusted if has_figure(text.folded, figure)]
        if not found:
            return Provenance("nowhere")
        return Provenance("untrusted", tuple(_spots_of_figure(found, figure)))

    def _holds_parts(self, needle: str) -> bool:
        """Whether untrusted texts have every part of a value that none has as a whole."""
        parts = [squash(part) for part in re.split(r"[\W_]+", needle) if len(part) >= 3]
        if len(parts) < 2 or sum(map(len, parts)) < _LEAST_ENCODED:
            return False
        return all(any(part in text.squashed for text in self._untrusted) for part in parts)

    def _locate(self, needle: str, address: Address | None) -> tuple[Spot, ...]:
        spots: list[Spot] = []
        for text in self._untrusted:
            for form in _written_forms(needle, address):
                found = list(_find(text, form))
                if found:
                    spots += found
                    break
        return tuple(spots[:_MOST_SPOTS])


def _states(text: _Text, needle: str, address: Address | None) -> bool:
    """Whether a trusted text has the value itself, whole."""
    if _stands_alone(text.plain, needle):
        return True
    if address is not None:
        return any(_stands_alone(text.plain, form) for form in address.forms)
    if not _is_numbered(needle):
        return False
    compact = re.sub(r"[\W_]", "", needle).removeprefix("00")
    if compact.encode() not in text.squashed:
        return False
    pattern = _SEPARATORS.join(map(re.escape, compact))
    return re.search(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", text.folded) is not None


def _is_numbered(text: str) -> bool:
    """Whether it is a number of an account, a telephone or the like, which people write in groups."""
    if len(text) > _LONGEST_NUMBER:
        return False
    return sum(map(str.isdigit, text)) >= _LEAST_SQUASHED and _NUMBERED.fullmatch(text) is not None


def _stands_alone(text: str, needle: str) -> bool:
    """Whether a text has the value with nothing beside it that would make it part of a longer one."""
    at = text.find(needle)
    for _ in range(_MOST_TRIED):
        if at < 0:
            break
        end = at + len(needle)
        if not _joins(text, at - 1, needle[0], -1) and not _joins(text, end, needle[-1], 1):
            return True
        at = text.find(needle, at + 1)
    return False


def _joins(text: str, at: int, beside: str, step: int) -> bool:
    """Whether the character there belongs to the same word, address or path as the one beside it."""
    if not 0 <= at < len(text) or ord(beside) >= 0x2E80:
        return False
    char = text[at]
    if ord(char) >= 0x2E80:
        return False
    if char.isalnum() or char in "_@/":
        return char != "/" or step > 0
    after = at + step
    return char in ".-+%:?=&#" and 0 <= after < len(text) and text[after].isalnum() and text[after].isascii()


def _variants(needle: str, value: str, address: Address | None) -> tuple[bytes, ...]:
    """Return what an untrusted text may have in place of a value, squashed."""
    forms = {needle}
    if "@" in needle:
        forms |= {needle.replace("@", "at").replace(".", "dot"), needle.replace("@", "at")}
    if address is not None:
        forms |= {*address.forms, address.host, address.shown}
    if len(needle) >= _LEAST_ENCODED:
        raw = value.strip()
        forms |= {needle[::-1], codecs.encode(needle, "rot13"), needle.encode().hex(), quote(needle, safe="")}
        forms |= {_base64_core(text, shift) for text in {raw, needle} for shift in range(3)}
    return tuple(found for found in map(squash, forms) if len(found) >= _LEAST_SQUASHED)


def _base64_core(text: str, shift: int) -> str:
    """Return the characters that a text's base64 has for certain when `shift` bytes stand before it."""
    data = b"\0" * shift + text.encode()
    first = (0, 2, 3)[shift]
    return base64.b64encode(data).decode()[first : len(data) // 3 * 4].casefold()


def _holds(text: _Text, needle: str, wanted: tuple[bytes, ...]) -> bool:
    if any(form in text.squashed for form in wanted):
        return True
    return len(needle) < 2 * _LEAST_SQUASHED and _stands_alone(text.plain, needle)


def _written_forms(needle: str, address: Address | None) -> Iterator[str]:
    """Yield what may stand in a text for a value, the most telling first."""
    yield needle
    if address is not None:
        yield from address.forms
        yield address.host
        yield address.shown
    yield from sorted(re.split(r"[\W_]+", needle), key=len, reverse=True)[:1]


def _find(text: _Text, form: str) -> Iterator[Spot]:
    if len(form) < 2:
        return
    if _is_numbered(form):
        compact = re.sub(r"[\W_]", "", form)
        if compact.encode() in text.squashed:
            pattern = _SEPARATORS.join(map(re.escape, compact))
            for found in re.finditer(pattern, text.folded):
                yield Spot(text.piece, text.folded, found.start(), found.end())
        return
    at = text.folded.find(form)
    while at >= 0:
        yield Spot(text.piece, text.folded, at, at + len(form))
        at = text.folded.find(form, at + len(form))


def _spots_of_figure(texts: list[_Text], figure: object) -> Iterator[Spot]:
    for text in texts:
        for found in re.finditer(r"\d[\d.,']*", text.folded):
            if read_figure(found[0].rstrip(".,")) == figure:
                yield Spot(text.piece, text.folded, found.start(), found.end())
