"""Words that occur nowhere else: an answer that has one has it from the prompt."""

from __future__ import annotations

from random import Random

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"
_NAMES = ("Mira", "Jonas", "Leila", "Tomas", "Ines", "Oskar", "Priya", "Bruno", "Hanna", "Emil")
_NAMES_ZH = ("王敏", "李强", "张静", "刘洋", "陈杰", "杨芳", "赵磊", "黄丽", "周涛", "吴霞")


def make_word(random: Random, syllables: int = 4) -> str:
    """Return a word that no language has, such as `tovigaku`."""
    return "".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(syllables))


def make_canary(random: Random) -> str:
    """Return a word in capitals with a number, such as `TOVIGA-4821`."""
    return f"{make_word(random, 3).upper()}-{random.randint(1000, 9999)}"


def pick_name(random: Random, language: str) -> str:
    """Return a first name, or in Chinese a whole one."""
    return random.choice(_NAMES_ZH if language == "zh" else _NAMES)
