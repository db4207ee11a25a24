"""Letters that look like others: a mixed word is found, and what it looks like is given to the scorer.

The tables are our own. Compatibility forms (full width, mathematical, enclosed, raised) and small capitals
come from the names and decompositions of Unicode's character data; look-alikes of Cyrillic, Greek, Armenian
and Cherokee are listed by eye. A word of one script is never a finding, nor is a symbol of science at a
word's edge (`TNFα`, `kΩ`, `μm`). Source for the method: Unicode Technical Standard 39, section 4 (skeletons).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType

import msgspec

from fen.hierarchy.unseen.draft import Decoded, Hidden, gather, has_astral
from fen.hierarchy.unseen.language import reads_as_language
from fen.hierarchy.unseen.neighbours import Nearness

_MIXED = Nearness(near=200, least=1, around=200)
_DRESSED = Nearness(near=200, least=3, around=200)
_UPSIDE_DOWN = Nearness(near=200, least=4, around=200)

_ALIKE = MappingProxyType({  # what is hard to tell from the Latin letter
    "a": "аα", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ց", "h": "һհᏂ", "i": "іιᎥ", "j": "јϳյ", "k": "кκ",
    "l": "ӏǀ", "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛզ", "s": "ѕ", "u": "υս", "v": "ν", "w": "ԝ", "x": "хχ",
    "y": "уүγᎩ", "A": "АΑᎪꓮ", "B": "ВΒᏴꓐ", "C": "СᏟꓚϹ", "D": "Ꭰꓓ", "E": "ЕΕᎬꓰ", "F": "ꓝϜ", "G": "ԌᏀꓖ",
    "H": "НΗᎻꓧ", "I": "ІΙӀꓲ", "J": "ЈᎫꓙ", "K": "КΚᏦꓗ", "L": "ԼᏞꓡ", "M": "МΜᎷꓟ", "N": "Νꓠ", "O": "ОΟՕꓳ",
    "P": "РΡᏢꓑ", "Q": "Ԛ", "R": "ᏒꓣᎡ", "S": "ЅՍᏚꓢ", "T": "ТΤᎢꓔ", "U": "ꓴ", "V": "ᏙꓦѴ", "W": "ԜᎳꓪ",
    "X": "ХΧꓫ", "Y": "УΥҮꓬ", "Z": "ΖᏃꓜԶ",
})  # fmt: skip
_LOOSELY = MappingProxyType({  # what reads as the letter among others that do
    "t": "тτ", "m": "м", "h": "н", "n": "пη", "r": "г", "b": "вбβ", "e": "εє", "w": "ωш", "o": "σ", "u": "μи",
    "d": "δ", "f": "ƒ", "a": "ɑ", "g": "ɡ", "i": "ıɩ",
})  # fmt: skip
_TURNED = MappingProxyType(
    dict(zip("ɐqɔpǝɟƃɓɥᴉıɾʞןlɯuodbɹsʇnʌʍxʎz", "abcdefgghiijkllmnopqrstuvwxyz", strict=True))
)
_TELLING = re.compile("[ɐɔǝɟƃɥɹʇʌʍʎ]")  # turned letters that are nothing else in an English text
_SMALL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])\Z")
_BOXED = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL|REGIONAL INDICATOR SYMBOL) LETTER ([A-Z])\Z"
)
_STYLED = (  # blocks whose letters are Latin ones in another dress
    (0x0250, 0x02FF), (0x1D00, 0x1DBF), (0x2070, 0x209C), (0x2100, 0x214F), (0x249C, 0x24E9),
    (0xA720, 0xA7FF), (0xFF21, 0xFF5A), (0x1D400, 0x1D7FF), (0x1F110, 0x1F1FF),
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile("[A-Za-z]")
_FOREIGN = re.compile("[\u0370-\u058f\u13a0-\u13ff]")
_GREEK = re.compile("[α-ω]")


class _Tables(msgspec.Struct, frozen=True):
    """What is made of the character data once, when the first text that is not ASCII comes.

    odd: a letter of any table. mixed: a Latin letter beside a look-alike. styled: three letters or more in
    another dress.
    """

    strict: frozenset[str]
    skeleton: dict[int, str]
    odd: re.Pattern[str]
    mixed: re.Pattern[str]
    styled: re.Pattern[str]


@lru_cache(maxsize=2)
def _tables(*, astral: bool) -> _Tables:
    """astral: whether the patterns know letters beyond the basic plane too, and are slower."""
    strict = {look: plain for plain, looks in _ALIKE.items() for look in looks}
    loose = {look: plain for plain, looks in _LOOSELY.items() for look in looks}
    styled = _dress()
    alike = "".join(strict)
    dressed = "".join(char for char in styled if astral or not has_astral(char))
    turned = "".join(char for char in _TURNED if not char.isascii())
    return _Tables(
        frozenset(strict),
        {ord(char): plain for char, plain in (styled | loose | strict).items()},
        re.compile(f"[{alike}{dressed}{turned}]"),
        re.compile(f"[A-Za-z][{alike}]|[{alike}][A-Za-z]"),
        re.compile(f"[{dressed}]{{3,}}"),
    )


def _dress() -> dict[str, str]:
    """Return the Latin letter or digit behind each styled one."""
    found: dict[str, str] = {}
    for first, last in _STYLED:
        for char in map(chr, range(first, last + 1)):
            plain = unicodedata.normalize("NFKC", char).strip("()")
            if not (plain.isascii() and plain.isalnum()):
                name = unicodedata.name(char, "")
                match = _SMALL.match(name) or _BOXED.match(name)
                plain = match[1].lower() if match else ""
            if plain:
                found[char] = plain
    return found


def find_confusables(text: str) -> tuple[list[Hidden], list[Decoded]]:
    """Return the words that mix Latin letters with look-alikes, and what odd letters read as.

    Places are those of the given text.
    """
    if text.isascii():
        return [], []
    tables = _tables(astral=has_astral(text))
    if tables.odd.search(text) is None:
        return [], []
    words = _find_mixed(text, tables) if tables.mixed.search(text) else []
    dressed = [found.span() for found in tables.styled.finditer(text)]
    telling = [found.span() for found in _TELLING.finditer(text)]
    odd = sorted({*words, *_find_whole(text, tables)})
    decoded = [_read(text, span, tables, "homoglyph") for span in _MIXED.group(text, odd)]
    styled = [_read(text, span, tables, "styled") for span in _DRESSED.group(text, dressed)]
    styled += [_turn(text, span) for span in _UPSIDE_DOWN.group(text, telling)]
    decoded += [one for one in styled if reads_as_language(one.text)]
    return gather([_name(text, span, tables) for span in words], " "), decoded


def untangle(text: str) -> str:
    """Return the text with each word that mixes Latin letters with look-alikes read as the Latin one."""
    if text.isascii():
        return text
    tables = _tables(astral=has_astral(text))
    if tables.mixed.search(text) is None:
        return text
    return _WORD.sub(
        lambda word: word[0].translate(tables.skeleton) if _is_mixed(word[0], tables) else word[0], text
    )


def _find_mixed(text: str, tables: _Tables) -> list[tuple[int, int]]:
    words = (word for word in _WORD.finditer(text) if not word[0].isascii())
    return [word.span() for word in words if _is_mixed(word[0], tables)]


def _find_whole(text: str, tables: _Tables) -> list[tuple[int, int]]:
    """Words of look-alikes alone in a text that is Latin for the most part: no finding, but to be scored."""
    words = [word for word in _WORD.finditer(text) if len(word[0]) > 2 and tables.strict.issuperset(word[0])]
    if not words or 3 * len(_FOREIGN.findall(text)) > len(_LATIN.findall(text)):
        return []
    return [word.span() for word in words]


def _is_mixed(word: str, tables: _Tables) -> bool:
    """Whether all that is not ASCII in the word looks like it, and is no symbol of science."""
    foreign = [char for char in word if not char.isascii()]
    if len(word) < 3 or len(foreign) == len(word) or any(char not in tables.strict for char in foreign):
        return False
    if all(_GREEK.match(char) for char in foreign):
        inside = word[1:-1]
        return not inside.isascii() and sum("a" <= char <= "z" for char in word) >= 2
    return True


def _name(text: str, span: tuple[int, int], tables: _Tables) -> Hidden:
    return Hidden("homoglyph", *span, text[slice(*span)].translate(tables.skeleton))


def _read(text: str, span: tuple[int, int], tables: _Tables, via: str) -> Decoded:
    return Decoded(text[slice(*span)].translate(tables.skeleton), (via,), *span)


def _turn(text: str, span: tuple[int, int]) -> Decoded:
    turned = "".join(_TURNED.get(char, char) for char in reversed(text[slice(*span)].lower()))
    return Decoded(turned, ("upside_down",), *span)
