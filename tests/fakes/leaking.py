"""Ways in which a model may be made to say a text so that a plain search does not find it."""

from __future__ import annotations

import codecs
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from itertools import cycle

Transform = Callable[[str], str]

_CODE_WORDS = re.findall(
    r"\S+",
    "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa "
    "Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu",
)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NAMED = {"-": "dash", "_": "underscore", "+": "plus", "/": "slash", "=": "equals"}


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def base64_url(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def base64_wrapped(text: str) -> str:
    said = base64(text)
    return "\n".join(said[at : at + 10] for at in range(0, len(said), 10))


def shifted(by: int) -> Transform:
    """Base64 of the text behind so many other bytes."""
    return lambda text: base64("~" * by + text)


def hexed(text: str) -> str:
    return text.encode().hex()


def hex_between(before: str, after: str = "") -> Transform:
    return lambda text: "".join(f"{before}{code:02x}{after}" for code in text.encode())


def rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def backwards(text: str) -> str:
    return text[::-1]


def swapped(text: str) -> str:
    return text.swapcase()


def separated(*between: str) -> Transform:
    """The letters with these between them, in turn."""

    def say(text: str) -> str:
        marks = cycle(between)
        return "".join(char + next(marks) for char in text)

    return say


def spelled(text: str) -> str:
    """Code words, capitals told, marks by their names."""
    return ", ".join(filter(None, map(_name, text)))


def spelled_for(text: str) -> str:
    """Capital S as in Sierra."""
    return "; ".join(map(_name_after, text))


def spelled_freely(text: str) -> str:
    """S for something that begins with it."""
    return ", ".join(f"{char} for {char}ugarcane" if char.isalpha() else _name(char) for char in text)


def spelled_letters(text: str) -> str:
    """The letters themselves, digits as words."""
    return " ".join(char if char.isalpha() else _name(char) for char in text)


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


def _name_after(char: str) -> str:
    if not (char.isascii() and char.isalpha()):
        return _name(char)
    return (
        "capital " if char.isupper() else ""
    ) + f"{char} as in {_CODE_WORDS[ord(char.lower()) - ord('a')]}"


def _name(char: str) -> str:
    if char.isascii() and char.isalpha():
        return ("capital " if char.isupper() else "") + _CODE_WORDS[ord(char.lower()) - ord("a")]
    return _DIGITS[int(char)] if char.isascii() and char.isdigit() else _NAMED.get(char, "")


CLOSED: dict[str, Transform] = {
    "plain": str,
    "upper": str.upper,
    "lower": str.lower,
    "swapped": swapped,
    "spaces": separated(" "),
    "dots": separated("."),
    "dashes": separated("-"),
    "eight": separated(" ~ - * ."),
    "markdown": separated("**", "_", "`", "\n> "),
    "zero width": separated("\u200b", "\u200d", "\ufeff"),
    "em dashes": separated(" — "),
    "reversed": backwards,
    "base64": base64,
    "base64 shifted by 1": shifted(1),
    "base64 shifted by 2": shifted(2),
    "base64 for URLs": base64_url,
    "base64 wrapped": base64_wrapped,
    "hex": hexed,
    "hex with spaces": hex_between("", " "),
    "hex with 0x": hex_between("0x", ", "),
    "hex with \\x": hex_between("\\x"),
    "hex with %": hex_between("%"),
    "rot13": rot13,
    "spelled": spelled,
    "spelled as in": spelled_for,
    "spelled for": spelled_freely,
    "spelled letters": spelled_letters,
}
"""The closed list, by name."""
