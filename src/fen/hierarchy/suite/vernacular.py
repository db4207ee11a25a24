"""Languages that share a script, told apart by their commonest words: an approximation of a detector."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fen.hierarchy.suite.tongue import is_in

_SCRIPTS: Mapping[str, str] = {
    "ar": "ar",
    "bg": "cyrillic",
    "bn": "bn",
    "de": "en",
    "en": "en",
    "es": "en",
    "fa": "ar",
    "fi": "en",
    "fr": "en",
    "gu": "gu",
    "hi": "devanagari",
    "it": "en",
    "kn": "kn",
    "ko": "ko",
    "mr": "devanagari",
    "ne": "devanagari",
    "pa": "pa",
    "pt": "en",
    "ru": "cyrillic",
    "sw": "en",
    "ta": "ta",
    "te": "te",
    "th": "th",
    "ur": "ar",
    "vi": "en",
    "zh": "zh",
}

_WORDS: Mapping[str, str] = {
    "ar": "في من على إلى أن هذا هذه التي الذي عن مع كان هو هي",
    "bg": "и на да се за от не са е като това който със при ще",
    "de": "der die das und ist nicht ein eine zu mit für auf den von ich sie",
    "en": "the of and to in is that it for you with are on as this",
    "es": "el de que y en los se del las por un para con no una su al lo",
    "fa": "در از به که این است را با برای آن می های یک شود",
    "fi": "ja on ei että se hän oli ovat mutta kun myös tai jos joka",
    "fr": "de la le et les des en un du une que est pour qui dans il au ce",
    "hi": "है हैं का की के में और से को पर यह नहीं था",
    "it": "il di che è la un per non con sono una del le gli della",
    "mr": "आहे आहेत आणि च्या मध्ये हे ही तो ते या नाही होते",
    "ne": "छ छन् हो र को मा लाई यो पनि हुन्छ गर्न थियो",
    "pt": "o que de e não um uma para com os do da em é são",
    "ru": "и в не на что с я как это по но они из у к за",
    "sw": "na ya wa kwa ni katika za la cha hii kuwa yako ili au",
    "ur": "کے کی ہے میں اور سے کو کا پر یہ نہیں ہیں تھا",
    "vi": "và của là có không cho được trong một các người những với này",
}
LANGUAGES = frozenset(_SCRIPTS)
"""Codes, ISO 639-1, that `is_written_in` knows."""


def is_written_in(text: str, language: str) -> bool:
    """Whether a text is in a language; False for one that is not known."""
    script = _SCRIPTS.get(language)
    if script is None or not is_in(text, script):
        return False
    rivals = [one for one, other in _SCRIPTS.items() if other == script and one in _WORDS]
    if len(rivals) < 2:
        return True
    words = re.findall(r"[^\s.,;:!?()\"'،।]+", text.lower())
    counts = {one: sum(words.count(word) for word in _WORDS[one].split()) for one in rivals}
    return counts[language] > 0 and counts[language] == max(counts.values())
