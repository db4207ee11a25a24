"""A report's own words, in English or Chinese; names of dimensions come from their own file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

from fen.evals.dimensions import read_dimensions
from fen.wire.errors import ConfigError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Words(msgspec.Struct, frozen=True):
    """The words of one language."""

    language: Language
    told: dict[str, str]

    def __call__(self, key: str, **parts: str) -> str:
        """Return what the key stands for, its `{parts}` filled in."""
        return self.told[key].format(**parts) if parts else self.told[key]

    def find(self, key: str, otherwise: str | None = None) -> str:
        """Return what the key stands for; where it is no key, `otherwise`, or the key itself."""
        return self.told.get(key, key if otherwise is None else otherwise)

    def dimension(self, name: str) -> str:
        """Return what a dimension is called; its own name where `dimensions.toml` has none."""
        try:
            found = read_dimensions().find(name)
        except ConfigError:
            return name
        return found.zh if self.language == "zh" else found.en


@cache
def read_words() -> dict[str, dict[Language, str]]:
    """Return what `words.toml` says: by key, the words of each language."""
    text = files("fen.evals.report").joinpath("words.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, dict[Language, str]])


@cache
def speak(language: Language) -> Words:
    """Return the words of a language, ISO 639-1."""
    return Words(language, {key: told[language] for key, told in read_words().items()})
