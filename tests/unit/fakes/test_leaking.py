"""The transforms say what their names say."""

import codecs
from base64 import b64decode, urlsafe_b64decode

import pytest

from tests.fakes.leaking import CLOSED, base64, escaped, hexed, shifted

TEXT = "aB-9"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("upper", "AB-9"),
        ("swapped", "Ab-9"),
        ("reversed", "9-Ba"),
        ("dashes", "a-B---9-"),
        ("hex with 0x", "0x61, 0x42, 0x2d, 0x39, "),
        ("hex with \\x", "\\x61\\x42\\x2d\\x39"),
        ("rot13", "nO-9"),
        ("spelled", "Alpha, capital Bravo, dash, nine"),
        ("spelled as in", "a as in Alpha; capital B as in Bravo; dash; nine"),
        ("spelled letters", "a B dash nine"),
    ],
)
def test_each_says_the_text_in_its_way(name: str, said: str) -> None:
    assert CLOSED[name](TEXT) == said


def test_codes_can_be_read_again() -> None:
    assert b64decode(base64(TEXT)) == TEXT.encode()
    assert b64decode(shifted(2)(TEXT))[2:] == TEXT.encode()
    assert urlsafe_b64decode(CLOSED["base64 for URLs"](TEXT) + "==") == TEXT.encode()
    assert b64decode(CLOSED["base64 wrapped"](TEXT * 9)) == (TEXT * 9).encode()
    assert bytes.fromhex(hexed(TEXT)) == TEXT.encode()
    assert codecs.decode(escaped(TEXT), "unicode_escape") == TEXT
