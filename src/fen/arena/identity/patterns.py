"""The patterns of `data/claims.toml`, put together and compiled once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

_PLACE = re.compile(r"<([a-z_]+)>")


class Patterns(msgspec.Struct, frozen=True):
    """Compiled, each as the data describes it."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    maker_before: re.Pattern[str]
    maker_before_zh: re.Pattern[str]
    maker_after_zh: re.Pattern[str]
    speaker: re.Pattern[str]
    speaker_zh: re.Pattern[str]
    other: re.Pattern[str]
    probes: re.Pattern[str]


@lru_cache(maxsize=1)
def read_patterns() -> Patterns:
    """Return the patterns that Fen comes with."""
    text = resources.files("fen.arena").joinpath("data/claims.toml").read_text("utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    parts = {name: "(?:" + "|".join(words.split()) + ")" for name, words in data["words"].items()}
    for name, part in data["parts"].items():
        parts[name] = _fill(part, parts)
    claims: dict[str, Any] = data["claims"]

    def make(given: str | Iterable[str]) -> re.Pattern[str]:
        several = [given] if isinstance(given, str) else given
        return re.compile("|".join(f"(?:{_fill(one, parts)})" for one in several))

    return Patterns(
        before=make(claims["before"]),
        after=make(claims["after"]),
        maker_before=make(claims["maker_before"]),
        maker_before_zh=make(claims["maker_before_zh"]),
        maker_after_zh=make(claims["maker_after_zh"]),
        speaker=make(claims["speaker"]),
        speaker_zh=make(claims["speaker_zh"]),
        other=make(claims["other"]),
        probes=make(data["probes"]["patterns"]),
    )


def _fill(pattern: str, parts: dict[str, str]) -> str:
    return _PLACE.sub(lambda match: parts[match[1]], pattern)
