"""The files of words and grammars that attacks and innocent texts are made of."""

from __future__ import annotations

import re
from importlib.resources import files

_BAR = re.compile(r"(?:^|\s)\|(?:\s|$|(?=\\n))")


def read_words(name: str) -> str:
    """Return one of the files in `words/`."""
    return (files("fen.hierarchy.fit.words") / name).read_text(encoding="utf-8")


def parse_symbols(text: str) -> dict[str, list[str]]:
    """Return the alternatives of each symbol that a file defines."""
    symbols: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            rest = line[1:].removeprefix("|")
        else:
            name, _, rest = line.partition(" = ")
        parts = [part.strip(" ").replace("\\n", "\n") for part in _BAR.split(rest)]
        symbols.setdefault(name.strip(), []).extend(parts)
    return symbols
