# pyright: reportUnknownMemberType=false
"""Which days, and whose: what the query string says, and the way to say something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import msgspec
from nicegui import ui

from fen.accounts import Key
from fen.app.spending import Days
from fen.web.pages.visit import Visit
from fen.wire.errors import InvalidRequest

SAID = {1: "Today", 7: "7 days", 30: "30 days"}
"""Days that are offered, up to today, and their English names."""

Finder = Callable[[str], Awaitable[Key]]
"""Finds a key by id or name; raises NotFound."""

_USUAL = 7
_LONGEST_KEY = 80


class Choice(msgspec.Struct, frozen=True):
    """What is looked at. preset: one of SAID, None for own dates. key: None is everybody's."""

    days: Days
    preset: int | None
    key: Key | None

    def link(self, **changes: str | None) -> str:
        """Return the address of this look, changed; None takes a word out."""
        said: dict[str, str | None] = {"key": self.key.id if self.key is not None else None}
        if self.preset is not None:
            said["days"] = str(self.preset)
        else:
            said |= {"from": self.days.first.isoformat(), "to": self.days.last.isoformat()}
        said |= changes
        return "/usage?" + urlencode({name: value for name, value in said.items() if value})


def read_days(query: Mapping[str, str], today: date) -> tuple[Days, int | None]:
    """Return the days that a query string asks for, and their name; the last 7 where it says nothing.

    Raises InvalidRequest for dates that are none, or in the wrong order.
    """
    if "from" in query or "to" in query:
        last = _read_date(query.get("to"), today)
        return Days(_read_date(query.get("from"), last), last), None
    asked = query.get("days", str(_USUAL))
    for preset in SAID:
        if str(preset) == asked:
            return Days(today - timedelta(days=preset - 1), today), preset
    raise InvalidRequest(f"days: found {asked[:20]!r}, expected one of {', '.join(map(str, SAID))}")


async def read_choice(visit: Visit, find_key: Finder) -> Choice:
    """Return what is looked at: of a plain key, its own rows alone, whatever the query string says."""
    query = visit.request.query_params
    days, preset = read_days(query, datetime.now(UTC).date())
    if not visit.is_admin:
        return Choice(days, preset, visit.key)
    wanted = query.get("key", "")[:_LONGEST_KEY]
    return Choice(days, preset, await find_key(wanted) if wanted else None)


def show_choice(visit: Visit, choice: Choice, keys: list[Key]) -> None:
    """Show the days that are looked at and those that could be; keys: from which one may be chosen."""
    say = visit.say
    with ui.row().classes("items-center full-width fen-choice"):
        with ui.element("nav").props(f'aria-label="{say("Days")}"').classes("row"):
            for preset, name in SAID.items():
                link = ui.link(say(name), choice.link(**{"days": str(preset), "from": None, "to": None}))
                link.classes("fen-chip")
                if preset == choice.preset:
                    link.props("aria-current=true")
        first = ui.input(say("From"), value=choice.days.first.isoformat())
        last = ui.input(say("To"), value=choice.days.last.isoformat())
        for field in (first, last):
            field.props("type=date dense outlined").classes("fen-date")

        def go() -> None:
            ui.navigate.to(choice.link(**{"days": None, "from": first.value, "to": last.value}))

        ui.button(say("Show"), on_click=go).props("outline no-caps")
        if keys:
            _show_keys(visit, choice, keys)


def _show_keys(visit: Visit, choice: Choice, keys: list[Key]) -> None:
    say = visit.say
    names = {"": say("All keys")} | {key.id: _name(key, say("revoked")) for key in keys}
    chosen = choice.key.id if choice.key is not None else ""
    select = ui.select(
        names,
        label=say("Key"),
        value=chosen,
        with_input=len(keys) > 12,
        on_change=lambda event: ui.navigate.to(choice.link(key=event.value)),
    )
    select.props("dense outlined options-dense").classes("fen-key")


def _name(key: Key, revoked: str) -> str:
    return key.name if key.revoked_at is None else f"{key.name} ({revoked})"


def _read_date(text: str | None, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"found the date {text[:20]!r}, expected YYYY-MM-DD") from None
