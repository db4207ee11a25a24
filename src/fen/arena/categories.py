"""Categories: which boards a battle belongs on, by rules that are data (`data/categories.toml`).

Only what the voter wrote is looked at: what a model answered must not decide on which board it is judged.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources

import msgspec

from fen.arena.battle import Battle
from fen.arena.judging import list_prompts

_MOST = 20_000  # characters of a conversation that are looked at
_CODE = re.compile(r"^ *(```|~~~).*?^ *\1|`[^`\n]+`|https?://\S+", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SCRIPTS: Mapping[str, str] = {
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
    "kana": "\u3040-\u30ff\u31f0-\u31ff",
    "hangul": "\u1100-\u11ff\uac00-\ud7af",
    "latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "arabic": "\u0600-\u06ff\u0750-\u077f",
    "hebrew": "\u0590-\u05ff",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
}


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of categories.toml, whose head says what each test means; one that is None is not made."""

    name: str
    title: str
    title_zh: str = ""
    scripts: tuple[str, ...] = ()
    share: float = 0.5
    without: tuple[str, ...] = ()
    without_share: float = 0.05
    words: tuple[str, ...] = ()
    words_share: float = 0.1
    patterns: tuple[str, ...] = ()
    hits: int = 1
    criteria: tuple[tuple[str, ...], ...] = ()
    needed: int = 1
    turns: int | None = None
    characters: int | None = None
    image: bool | None = None


class Prompts(msgspec.Struct, frozen=True):
    """What a voter wrote. text: of all turns. turns: so many. longest: characters of the longest text."""

    text: str
    turns: int
    longest: int
    image: bool

    @property
    def prose(self) -> str:
        """The text without code and addresses, whose letters say nothing of its language."""
        return _CODE.sub(" ", self.text)


def find_categories(battle: Battle, rules: Sequence[Category] | None = None) -> tuple[str, ...]:
    """Return the names of the categories that a battle belongs to, of Fen's own or of others."""
    prompts = read_prompts(battle)
    return tuple(rule.name for rule in (read_categories() if rules is None else rules) if fits(rule, prompts))


def fits(rule: Category, prompts: Prompts) -> bool:
    """Whether every test of a rule holds."""
    return (
        _has_shape(rule, prompts)
        and _is_written_in(rule, prompts)
        and _count(rule.patterns, prompts.text) >= (rule.hits if rule.patterns else 0)
        and _meet(rule.criteria, prompts.text) >= (rule.needed if rule.criteria else 0)
    )


def read_prompts(battle: Battle) -> Prompts:
    """Return what a battle's voter wrote, its first 20,000 characters."""
    texts = list_prompts(battle)
    image = any(
        part.get("type") in ("image_url", "image", "input_image")
        for turn in battle.turns
        if not isinstance(turn.content, str)
        for part in turn.content
    )
    longest = max((len(text) for text in texts), default=0)
    return Prompts("\n".join(texts)[:_MOST], len(battle.turns), longest, image)


@lru_cache(maxsize=1)
def read_categories() -> tuple[Category, ...]:
    """Return the categories that come with Fen."""
    text = resources.files("fen.arena").joinpath("data/categories.toml").read_text("utf-8")
    return parse_categories(text)


def parse_categories(text: str) -> tuple[Category, ...]:
    """Read categories from TOML; raises ValueError for an unknown script or a wrong member."""
    found = msgspec.convert(tomllib.loads(text)["category"], tuple[Category, ...])
    for rule in found:
        unknown = [name for name in (*rule.scripts, *rule.without) if name not in _SCRIPTS]
        if unknown:
            raise ValueError(f"{rule.name}: found the script {unknown[0]}, expected {', '.join(_SCRIPTS)}")
    return found


def measure_share(text: str, scripts: Sequence[str]) -> float:
    """Return which share of a text's letters is of some scripts, 0 for a text without letters.

    A letter of Han, Kana or Hangul weighs as many as two of an alphabet: it says as much.
    """
    weights = {name: 2 if name in ("han", "kana", "hangul") else 1 for name in _SCRIPTS}
    found = {name: weights[name] * len(_letters(name).findall(text)) for name in _SCRIPTS}
    whole = sum(found.values())
    return sum(found[name] for name in scripts) / whole if whole else 0.0


def _has_shape(rule: Category, prompts: Prompts) -> bool:
    return (
        (rule.turns is None or prompts.turns >= rule.turns)
        and (rule.characters is None or prompts.longest >= rule.characters)
        and (rule.image is None or prompts.image == rule.image)
    )


def _is_written_in(rule: Category, prompts: Prompts) -> bool:
    if not rule.scripts:
        return True
    prose = prompts.prose
    if measure_share(prose, rule.scripts) < rule.share:
        return False
    if rule.without and measure_share(prose, rule.without) >= rule.without_share:
        return False
    if not rule.words:
        return True
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(prose)]
    known = frozenset(rule.words)
    return sum(word in known for word in words) >= max(1.0, rule.words_share * len(words))


def _count(patterns: Sequence[str], text: str) -> int:
    return sum(_compile(pattern).search(text) is not None for pattern in patterns)


def _meet(criteria: Sequence[Sequence[str]], text: str) -> int:
    return sum(any(_compile(pattern).search(text) for pattern in patterns) for patterns in criteria)


@lru_cache(maxsize=512)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


@lru_cache(maxsize=32)
def _letters(script: str) -> re.Pattern[str]:
    return re.compile(f"[{_SCRIPTS[script]}]")
