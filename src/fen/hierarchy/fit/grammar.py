r"""Texts from a grammar: a file of symbols with alternatives, expanded by seeded chance.

`name = one | other` defines a symbol; a line that begins with a space goes on. `{name}` stands for one of the
symbol's alternatives, `{name?}` for one or nothing, `\n` for a line break. A symbol that the file does not
define is asked of the filler; what nobody knows stays as it is, in its braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random

from fen.hierarchy.fit.words import parse_symbols

_SYMBOL = re.compile(r"\{([a-z_0-9]+)(\??)\}")
_DEPTH = 24
_LONGEST = 4_000

Filler = Mapping[str, Callable[[Random], str]]


class Grammar:
    """A file's symbols. filler: how symbols are made that no file can list, such as numbers and names."""

    def __init__(self, text: str, filler: Filler) -> None:
        self.symbols = parse_symbols(text)
        self.filler = filler

    def expand(self, chance: Random, symbol: str = "start", depth: int = 0) -> str:
        """Return one of the symbol's texts."""
        made = self.filler.get(symbol)
        if made is not None:
            return made(chance)
        chosen = chance.choice(self.symbols[symbol])
        if depth > _DEPTH:  # what still nests so deep is left empty
            return _SYMBOL.sub("", chosen)
        said = _SYMBOL.sub(lambda found: self._replace(chance, found, depth), chosen)
        return said[:_LONGEST]

    def _replace(self, chance: Random, found: re.Match[str], depth: int) -> str:
        name, optional = found[1], bool(found[2])
        if name not in self.symbols and name not in self.filler:
            return found[0]
        if optional and chance.random() < 0.5:
            return ""
        return self.expand(chance, name, depth + 1)
