# pyright: reportUnknownMemberType=false
"""What the address of the page asks for: what a reader chose stands in it, so that it can be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from nicegui import ui

from fen.wire.errors import InvalidRequest

T = TypeVar("T", bound=str)

PAGE = 50
"""So many rows are shown at once."""

_LONGEST = 500  # characters of a value; links are short


class Asked:
    """The query string as it is and as the reader changes it; what is not there is an empty text."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._values = _trim(query)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")

    def __setitem__(self, name: str, value: object) -> None:
        text = "" if value is None or value is False else "1" if value is True else str(value)
        self._values.pop(name, None)
        if text:
            self._values[name] = text[:_LONGEST]

    def link(self, **changes: object) -> str:
        """Return the page's address with some values changed; an empty one is left out."""
        changed = self._values | {name: str(value) for name, value in changes.items()}
        query = urlencode({name: value for name, value in changed.items() if value})
        return f"/prices?{query}" if query else "/prices"

    def take(self, link: str) -> None:
        """Ask for what a link of this page asks for."""
        self._values = _trim(dict(parse_qsl(urlsplit(link).query)))

    def remember(self) -> None:
        """Let the browser's address say what is asked for now."""
        ui.navigate.history.replace(self.link())

    @property
    def page(self) -> int:
        """Which page of rows, from 1."""
        text = self["page"]
        return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1

    def list(self, name: str) -> list[str]:
        """Return what stands between commas."""
        return [part.strip() for part in self[name].split(",") if part.strip()]

    def pick(self, name: str, choices: Sequence[T]) -> T | None:
        """Return which of some words is asked for; None where it is none of them."""
        return next((one for one in choices if one == self[name]), None)

    def whole(self, name: str, usual: int) -> int:
        """Return a whole number of 0 and more; raises InvalidRequest."""
        text = self[name].replace(",", "").strip()
        if not text:
            return usual
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise InvalidRequest(f"{name}: found {self[name]!r}, expected a whole number, such as 1000")
        return int(text)

    def number(self, name: str, usual: str) -> Decimal:
        """Return a number; raises InvalidRequest."""
        text = self[name].replace(",", "").strip() or usual
        try:
            found = Decimal(text)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            raise InvalidRequest(f"{name}: found {self[name]!r}, expected a number, such as 2.5")
        return found

    def day(self, name: str) -> datetime | None:
        """Return a day's midnight in UTC, None where none is asked for; raises InvalidRequest."""
        text = self[name].strip()
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise InvalidRequest(f"{name}: found {text!r}, expected a day, such as 2026-01-31") from None


def _trim(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:_LONGEST] for name, value in query.items() if value}
