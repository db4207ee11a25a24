"""What invisible characters say: letters in tag characters, bytes in selectors, bits in zero-width ones.

Sources: Rehberger 2024, "ASCII Smuggler" (tag characters); Butler 2025, "Smuggling arbitrary data through an
emoji" (variation selectors); the zero-width alphabets are those of common steganography programs.
"""

from __future__ import annotations

from itertools import permutations

from fen.hierarchy.unseen.language import SAMPLE, reads_as_language

_LONGEST = 65_536  # characters of a run that are tried as bits
_READABLE = range(0x20, 0x7F)


def read_smuggled(kind: str, run: str) -> str:
    """Return what a run of invisible characters says; empty where it says nothing legible."""
    if kind == "tag_characters":
        return "".join(chr(ord(char) & 0x7F) for char in run if 0x20 <= ord(char) - 0xE0000 < 0x7F)
    if kind == "variation_selectors":
        return _decode(bytes(value for char in run if (value := _value(ord(char))) is not None))
    if kind == "private_use":
        return _read_offsets(run)
    return _read_bits(run[:_LONGEST]) if len(run) >= 24 else ""


def _value(code: int) -> int | None:
    """The byte that a variation selector stands for."""
    if 0xFE00 <= code <= 0xFE0F:
        return code - 0xFE00
    return code - 0xE0100 + 16 if 0xE0100 <= code <= 0xE01EF else None


def _read_offsets(run: str) -> str:
    letters = "".join(chr(ord(char) & 0xFF) for char in run if ord(char) & 0xFF in _READABLE)
    return letters if len(letters) * 2 > len(run) else ""


def _read_bits(run: str) -> str:
    """Try the run's characters as binary digits, with a separator or without, or as digits to base four."""
    symbols = sorted(set(run))
    if len(symbols) == 2:
        return _read_digits(run, symbols, 1)
    if len(symbols) == 3:
        for apart in symbols:
            digits = [symbol for symbol in symbols if symbol != apart]
            padded = "".join(part.rjust(-(-len(part) // 8) * 8, digits[0]) for part in run.split(apart))
            text = _read_digits(padded, digits, 1)
            if text:
                return text
    return _read_digits(run, symbols, 2) if len(symbols) in (3, 4) else ""


def _read_digits(run: str, symbols: list[str], bits: int) -> str:
    """bits: how many one character stands for."""
    for width in (8, 7, 16):
        for values in permutations(range(2**bits), len(symbols)):
            table = {
                ord(symbol): format(value, f"0{bits}b") for symbol, value in zip(symbols, values, strict=True)
            }
            beginning = _read_values(run[: SAMPLE * width // bits].translate(table), width)
            if reads_as_language(beginning):
                return _read_values(run.translate(table), width)
    return ""


def _read_values(digits: str, width: int) -> str:
    whole = len(digits) - len(digits) % width
    values = [int(digits[at : at + width], 2) for at in range(0, whole, width)]
    return (_decode(bytes(values)) if width == 8 else "".join(map(chr, values))).strip("\0")


def _decode(data: bytes) -> str:
    """Return the bytes as text without what is broken; empty where most is."""
    text = data.decode("utf-8", "ignore")
    return text if text and len(text.encode()) * 10 >= len(data) * 9 else ""
