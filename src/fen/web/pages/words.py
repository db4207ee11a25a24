"""The pages' words in the reader's language: English is in the code, others in gettext's catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import resources

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = {"en": "English", "zh": "中文"}
"""Each language's code, as HTML and gettext have it, and its own name for itself."""


class Words:
    """Says things in one language; a text without a translation stays English."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = read_texts(language)
        self._locale = Locale.parse(language)

    def __call__(self, text: str, /, **values: object) -> str:
        """Return a text in this language, with values in the places of their names in braces."""
        found = self._texts.get(text, text)
        return found.format(**values) if values else found

    def number(self, value: Decimal | float, digits: int | None = None) -> str:
        """Return a number with the language's separators; digits: how many stand after the point."""
        pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self._locale)

    def share(self, value: float, digits: int = 1) -> str:
        """Return a share of 1 as a percentage."""
        return format_percent(value, format="#,##0." + "0" * digits + "%", locale=self._locale)

    def day(self, value: date) -> str:
        """Return a day."""
        return format_date(value, format="medium", locale=self._locale)

    def moment(self, value: datetime) -> str:
        """Return a moment, in its own zone."""
        return format_datetime(value, format="medium", locale=self._locale)


@cache
def read_texts(language: str) -> Mapping[str, str]:
    """Return a language's catalogues as one table; of English, an empty one."""
    folder = resources.files("fen.web.pages") / "locale" / language
    if not folder.is_dir():
        return {}
    found = dict[str, str]()
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po"):
            with file.open("rb") as opened:
                for message in read_po(opened, locale=language):
                    if message.id and message.string and not message.fuzzy:
                        found[str(message.id)] = str(message.string)
    return found


@cache
def find_words(language: str) -> Words:
    """Return the words of a language; English for one that there is none of."""
    return Words(language if language in LANGUAGES else "en")


def choose_language(preferred: str | None, accepted: str | None) -> str:
    """Return the language to speak: the one that was chosen, or the browser's first that is spoken here.

    accepted: the header `Accept-Language` (RFC 9110, 12.5.4).
    """
    if preferred in LANGUAGES:
        return str(preferred)
    asked = list[tuple[float, str]]()
    for part in (accepted or "").split(",")[:32]:
        tag, _, weight = part.strip().partition(";q=")
        try:
            asked.append((-float(weight or 1), tag.strip().replace("-", "_")))
        except ValueError:
            continue
    found = negotiate_locale([tag for _, tag in sorted(asked, key=lambda one: one[0])], list(LANGUAGES))
    return found or "en"
