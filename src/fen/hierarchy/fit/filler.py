"""What grammars cannot list: phrases, tokens, names, numbers, padding and encodings, all by seeded chance."""

from __future__ import annotations

import base64
import codecs
import string
from collections.abc import Callable, Mapping
from random import Random

from fen.hierarchy.fit.words import parse_symbols, read_words

_LISTS = parse_symbols(read_words("lists.txt"))
_ADJECTIVES, _NOUNS, _VERBS = (_LISTS[name] for name in ("adjectives", "nouns", "verbs"))
_SYMBOLS = "!@#$%^&*()_+-=[]{};:'\",.<>/?\\|`~§±€£¥•¶«»™©®†‡…–—░▒▓█■□●○★☆♥♦←→↑↓∆∑√∞≈≠≤≥🔥😀😈🚨🔒🔓🤖💀⚠️🎉"
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"


def phrase(chance: Random) -> str:
    """Return what an attacker wants said."""
    kind = chance.random()
    if kind < 0.35:
        said = chance.choice(_LISTS["lines"])
    elif kind < 0.55:
        said = f"{chance.choice(_ADJECTIVES)} {chance.choice(_NOUNS)}"
    elif kind < 0.7:
        said = f"{chance.choice(_NOUNS)} {chance.choice(_VERBS)}ed"
    elif kind < 0.85:
        words = _ADJECTIVES + _NOUNS + _VERBS
        said = " ".join(chance.choice(words) for _ in range(chance.randint(1, 5)))
    elif kind < 0.93:
        said = token(chance)
    else:
        said = f"{chance.choice(_LISTS['names'])} is {chance.choice(_ADJECTIVES)}"
    return chance.choice((said, said, said.title(), said.capitalize(), said.upper(), said + "!", said + "."))


def chinese_phrase(chance: Random) -> str:
    """Return the same in Chinese, or now and then not."""
    return chance.choice(_LISTS["chinese_lines"]) if chance.random() < 0.8 else phrase(chance)


def token(chance: Random) -> str:
    """Return a word that may mean nothing."""
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(_NOUNS)
    if kind < 0.6:
        parts = (chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(2, 5)))
        return "".join(parts)
    letters = string.ascii_letters + string.digits + "_-"
    return "".join(chance.choice(letters) for _ in range(chance.randint(3, 14)))


def noise(chance: Random) -> str:
    """Return padding: repeated signs, words or lines, or gibberish."""
    kind, many = chance.randrange(8), chance.choice((3, 8, 20, 40, 100))
    if kind == 0:
        return chance.choice(_SYMBOLS) * many
    if kind == 1:
        return f"{token(chance)} " * many
    if kind == 2:
        return "\n" * min(many, 20)
    if kind == 3:
        return "".join(chance.choice(_SYMBOLS + " ") for _ in range(many))
    if kind == 4:
        return " ".join(token(chance) for _ in range(many // 2 + 1))
    if kind == 5:
        return (chance.choice(_SYMBOLS) + chance.choice(_SYMBOLS) + " ") * many
    if kind == 6:
        return " ".join(chance.choice(_ADJECTIVES + _NOUNS) for _ in range(many // 2 + 1))
    return "".join(chance.choice(string.ascii_letters) for _ in range(many))


def encoded(chance: Random) -> str:
    """Return a phrase in base64 or hex."""
    data = phrase(chance).encode()
    return base64.b64encode(data).decode() if chance.random() < 0.7 else data.hex()


def reverse(chance: Random) -> str:
    """Return a phrase backwards, or in ROT13."""
    said = phrase(chance)
    return said[::-1] if chance.random() < 0.6 else codecs.encode(said, "rot13")


FILLER: Mapping[str, Callable[[Random], str]] = {
    "phrase": phrase,
    "token": token,
    "noise": noise,
    "encoded": encoded,
    "reversed": reverse,
    "number": lambda chance: str(chance.choice((1, 2, 3, 5, 7, 10, 12, 20, 50, 100, 250))),
    "digits": lambda chance: str(chance.randint(1000, 99_999_999)),
    "name": lambda chance: chance.choice(_LISTS["names"]),
    "language": lambda chance: chance.choice(_LISTS["languages"]),
    "rule": lambda chance: chance.choice(_LISTS["rules"]),
    "foreign": lambda chance: chance.choice(_LISTS["foreign"]),
}
CHINESE_FILLER = dict(FILLER) | {"phrase": chinese_phrase}
