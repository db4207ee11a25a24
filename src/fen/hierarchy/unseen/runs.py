"""Runs of letters and digits that may be text: base64, base32, hexadecimal, binary, character codes, Morse.

A text is looked at through masks: a translation to one byte a character, in which a fixed run of bytes is
found in microseconds. Sources: RFC 4648; ITU-R M.1677 (Morse).
"""

from __future__ import annotations

import binascii
import codecs
import re
from base64 import b32decode
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType

from fen.hierarchy.unseen.draft import Decoded
from fen.hierarchy.unseen.language import is_printable, reads_as_language

SHORTEST = 16
"""Characters of the shortest base64 or hexadecimal run that is tried, its padding among them."""


def _mask(members: str, separators: str = "", padding: str = "") -> bytes:
    """Return a table: members to `a`, separators to a space, padding and line breaks to themselves."""
    table = bytearray(b"." * 256)
    for chars, mark in ((members, "a"), (separators, " "), (padding, None), ("\r\n", None)):
        for char in chars:
            table[ord(char)] = ord(mark or char)
    return bytes(table)


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE64 = _mask(_LETTERS + "0123456789+/-_", " \t", "=")
_PAIRS = _mask("0123456789abcdefABCDEF", " :,-")
_BITS = _mask("01", " ")
_CODES = _mask("0123456789", " ,")
_LONG = re.compile(rb"=*a{14,}(?:\r?\n[ ]*a{4,})*=*")
_GROUPS = re.compile(rb"(?<!a)(?:aaaa(?:aaaa)? ){4,}(?:aaaa(?:aaaa)?(?!a))=*")
_SPACED = re.compile(rb"(?:aa[ \r\n]{1,2}){7,}aa(?!a)")
_BINARY = re.compile(rb"(?:a{7,8} ?[\r\n]{0,2}){6,}")
_NUMBERS = re.compile(rb"(?<!a)(?:a{2,3}[ \r\n]{1,2}){7,}a{2,3}(?!a)")
_MORSE = re.compile(r"(?:[.\-·•−–—]{1,6}[ /|\n]{1,3}){8,}[.\-·•−–—]{1,6}")
_DASHED = re.compile(r"[.·•][ ]?[\-−–—][ .·•\-−–—]")
_HEX = re.compile(r"(?:0x)?([0-9a-fA-F]+)")
_BASE32 = re.compile(r"[A-Z2-7]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff01-\uff5e\x20-\x7e\n]{8,}")
_FREQUENT = re.compile("[的一是不了有在人我他这们你个上来到时和以指令前所说请出内]")
_URL_SAFE = str.maketrans("-_", "+/")
_SIGNS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .--"
    " -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. .----."
    " -.-.-- -....-"
)
_MORSE_LETTERS = MappingProxyType(
    dict(zip(re.findall(r"\S+", _SIGNS), "abcdefghijklmnopqrstuvwxyz0123456789.,?'!-", strict=True))
)
Plain = tuple[tuple[str, ...], str]
"""How something was decoded, and what it says."""

Reader = Callable[[str], Iterator[Plain]]

_DOTS = str.maketrans("·•−–—\n|", "..---//")


def find_runs(text: str, raw: bytes) -> Iterator[Decoded]:
    """Yield what the text's runs decode to, where that is printable. raw: the text as Latin-1, with `?`."""
    letters = raw.translate(_BASE64)
    if b"a" * (SHORTEST - 2) in letters:
        yield from _scan(text, _spans(_LONG, letters), _read_long)
    if b"aaaa aaaa aaaa aaaa" in letters:
        yield from _scan(text, _spans(_GROUPS, letters), _read_groups)
    pairs = raw.translate(_PAIRS)
    if b"aa aa aa aa aa" in pairs or b"aa  aa  aa" in pairs:
        yield from _scan(text, _spans(_SPACED, pairs), _read_pairs)
    if b"1" in raw:
        yield from _scan_digits(text, raw)
    if _DASHED.search(text):
        yield from _scan(text, (found.span() for found in _MORSE.finditer(text)), _read_morse)


def _scan_digits(text: str, raw: bytes) -> Iterator[Decoded]:
    bits = raw.translate(_BITS)
    if b"aaaaaaa" in bits:
        yield from _scan(text, _spans(_BINARY, bits), _read_bits)
    codes = raw.translate(_CODES)
    if b"aa aa" in codes or b"aaa aa" in codes:
        yield from _scan(text, _spans(_NUMBERS, codes), _read_codes)


def _scan(text: str, spans: Iterable[tuple[int, int]], read: Reader) -> Iterator[Decoded]:
    for start, end in spans:
        for via, plain in read(text[start:end]):
            yield Decoded(plain, via, start, end)


def _spans(pattern: re.Pattern[bytes], mask: bytes) -> Iterator[tuple[int, int]]:
    return (found.span() for found in pattern.finditer(mask))


def _read_long(run: str) -> Iterator[Plain]:
    """A run may be wrapped over lines, or its next line may be prose."""
    lines = run.split()
    whole = "".join(lines)
    plain = _read_alphabets(whole)
    if plain is None and len(lines) > 1:
        shorter = "".join(lines[:-1])
        plain = _read_alphabets(shorter)
    if plain is not None:
        yield plain
    elif len(lines) > 1:
        yield from filter(None, map(_read_alphabets, lines))


def _read_alphabets(run: str) -> Plain | None:
    if len(run) < SHORTEST:
        return None
    digits = _HEX.fullmatch(run)
    if digits is not None:
        plain = _decode(bytes.fromhex(digits[1][: len(digits[1]) // 2 * 2]))
        return None if plain is None else (("hex",), plain)
    bare = run.strip("=")
    plain = _read_base64(bare)
    if plain is not None:
        return ("base64",), plain
    if _BASE32.fullmatch(bare) and (plain := _read_base32(bare)) is not None:
        return ("base32",), plain
    for via, turned in (("reversed", bare[::-1]), ("rot13", codecs.encode(bare, "rot13"))):
        plain = _read_base64(turned, offsets=1)
        if plain is not None:
            return (via, "base64"), plain
    return None


def _read_base64(run: str, offsets: int = 4) -> str | None:
    """Try the run as it is, and without its first letters: something may stand before it."""
    digits = run.translate(_URL_SAFE)
    for offset in range(offsets):
        part = digits[offset:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        plain = _decode(binascii.a2b_base64(part + "=" * (-len(part) % 4)))
        if plain is not None and (offset == 0 or reads_as_language(plain)):
            return plain
    return None


def _read_base32(run: str) -> str | None:
    part = run[: len(run) - (len(run) % 8 in (1, 3, 6))]
    return _decode(b32decode(part + "=" * (-len(part) % 8)))


def _read_groups(run: str) -> Iterator[Plain]:
    plain = _read_base64("".join(run.split()).strip("="))
    if plain is not None:
        yield ("base64",), plain


def _read_pairs(run: str) -> Iterator[Plain]:
    plain = _decode(bytes.fromhex(re.sub(r"[^0-9a-fA-F]", "", run)))
    if plain is not None:
        yield ("hex",), plain


def _read_bits(run: str) -> Iterator[Plain]:
    digits = "".join(run.split())
    for width in (8, 7):
        if len(digits) % width == 0:
            plain = _decode(bytes(int(digits[at : at + width], 2) for at in range(0, len(digits), width)))
            if plain is not None:
                yield ("binary",), plain
                return


def _read_codes(run: str) -> Iterator[Plain]:
    codes = [int(code) for code in re.findall(r"\d+", run)]
    plain = _decode(bytes(codes)) if max(codes) < 256 else None
    if plain is not None:
        yield ("decimal",), plain


def _read_morse(run: str) -> Iterator[Plain]:
    words = re.split(r" ?/+ ?|  +", run.translate(_DOTS))
    yield (
        ("morse",),
        " ".join("".join(_MORSE_LETTERS.get(sign, "") for sign in word.split()) for word in words),
    )


def _decode(data: bytes) -> str | None:
    """Return the bytes as printable text in UTF-8 or UTF-16; None where they are not."""
    wide = len(data) >= 8 and data[1:64:2].count(0) * 10 >= len(data[1:64:2]) * 9
    read = codecs.utf_16_le_decode if wide else codecs.utf_8_decode
    try:
        text, _ = read(data, "strict", False)  # not final: the run's end may be cut
    except UnicodeDecodeError:
        text = data.decode("utf-16-le", "replace") if len(data) % 2 == 0 else ""
        return text if _CHINESE.fullmatch(text, 0, 64) and _FREQUENT.search(text, 0, 64) else None
    return text if len(text) >= 4 and is_printable(text) else None
