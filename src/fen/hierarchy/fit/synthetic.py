"""Attacks and innocent texts of our own: the grammars' texts, disguised and joined as people do it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from fen.hierarchy.fit.filler import CHINESE_FILLER, FILLER, noise
from fen.hierarchy.fit.grammar import Grammar
from fen.hierarchy.fit.words import read_words

_LEET = str.maketrans({"e": "3", "a": "4", "o": "0", "i": "1", "s": "5", "t": "7"})
_SHARE_OF_CHINESE, _SHARE_OF_OTHERS = 0.12, 0.07


def write_attacks(count: int, seed: int) -> Iterator[str]:
    """Yield attacks; the same seed brings the same ones."""
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    english = Grammar(read_words("attacks_en.txt"), FILLER)
    chinese = Grammar(read_words("attacks_zh.txt"), CHINESE_FILLER)
    others = Grammar(read_words("attacks_other.txt"), FILLER)
    made = 0
    while made < count:
        kind = chance.random()
        if kind < _SHARE_OF_CHINESE:
            said = chinese.expand(chance)
        elif kind < _SHARE_OF_CHINESE + _SHARE_OF_OTHERS:
            said = others.expand(chance)
        else:
            said = _compose(english, chance)
        said = _disguise(" ".join(said.split(" ")).strip(" "), chance)
        if len(said.strip()) >= 4:
            made += 1
            yield said


def write_innocent(count: int, seed: int) -> Iterator[str]:
    """Yield what people ask and write; the same seed brings the same texts."""
    chance = Random(seed)  # noqa: S311  seeded on purpose: not a secret
    grammar = Grammar(read_words("benign.txt"), FILLER)
    for _ in range(count):
        said = grammar.expand(chance).strip()
        many = chance.choice((1, 1, 1, 2, 3, 6))
        said = "\n".join([said, *(grammar.expand(chance).strip() for _ in range(many - 1))])
        yield _type_badly(said, chance) if chance.random() < 0.3 else said


def _compose(grammar: Grammar, chance: Random) -> str:
    parts = [grammar.expand(chance)]
    while chance.random() < 0.3 and len(parts) < 4:
        parts.append(grammar.expand(chance))
    said = chance.choice((" ", ". ", "\n", "\n\n", ", ")).join(parts)
    if chance.random() < 0.04:
        said = noise(chance) + said
    return said


def _disguise(said: str, chance: Random) -> str:
    kind = chance.random()
    if kind < 0.35:
        said = said[:1].upper() + said[1:]
    elif kind < 0.45:
        said = said.upper()
    elif kind < 0.6:
        said = _type_badly(said, chance)
    elif kind < 0.64:
        said = chance.choice(('"{}"', "({})", "[{}]", "*{}*", "'{}'", "<{}>", "```{}```")).replace("{}", said)
    elif kind < 0.66:
        said = said.lower().translate(_LEET)
    elif kind < 0.67 and len(said) < 120:
        said = chance.choice((" ", "-", ".")).join(said)
    elif kind < 0.69:
        said = said.replace(" ", chance.choice(("_", "  ", "\n", "")))
    return said


def _type_badly(said: str, chance: Random) -> str:
    """Return the text in lower case, without some signs, and with a few letters lost, doubled or swapped."""
    letters = list(said.lower() if chance.random() < 0.7 else said)
    for at in range(len(letters) - 1):
        slip = chance.random()
        if slip < 0.01:
            letters[at] = ""
        elif slip < 0.017:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif slip < 0.022:
            letters[at] *= 2
        elif letters[at] in ",.!'\":" and slip < 0.4:
            letters[at] = ""
    return "".join(letters)
