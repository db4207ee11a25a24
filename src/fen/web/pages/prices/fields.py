# pyright: reportUnknownMemberType=false
"""Fields whose values stand in the page's address, and the part of the page that follows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from fen.web.pages.prices.asked import Asked
from fen.web.pages.shell import show_error
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError

Draw = Callable[[], None]
"""Puts elements where it is called."""

Look = Callable[[], Awaitable[Draw]]
"""Reads what is wanted, and returns how it is shown; raises FenError."""


class Results:
    """The part of a view that is made anew whenever a field changes; of two changes the last one counts."""

    def __init__(self, visit: Visit, asked: Asked, look: Look) -> None:
        self._visit, self._asked, self._look = visit, asked, look
        self._turn = 0
        self._box = ui.element("div").classes("fen-results")

    async def refresh(self) -> None:
        """Look again, in the name of who is signed in now, and show what is found or why nothing is."""
        self._turn += 1
        turn, draw, error = self._turn, None, None
        try:
            await self._visit.admit()
            draw = await self._look()
        except FenError as failed:
            error = failed
        if turn != self._turn or self._box.is_deleted:
            return
        self._box.clear()
        with self._box:
            if draw is not None:
                draw()
            if error is not None:
                show_error(self._visit, error)

    async def put(self, name: str, value: object) -> None:
        """Ask for something else, from its first page on."""
        self._asked["page"] = ""
        self._asked[name] = value
        self._asked.remember()
        await self.refresh()

    async def follow(self, link: str) -> None:
        """Take over what a link of this view asks for."""
        self._asked.take(link)
        self._asked.remember()
        await self.refresh()


class Fields:
    """A row of fields over results; each has a label, and its value stands in the address."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.results: Results | None = None
        self.row = ui.element("div").classes("fen-fields")

    def text(self, name: str, label: str, usual: str = "", *, wide: bool = False) -> None:
        """Add a line of text, which counts when the hand rests."""
        with self.row:
            field = ui.input(label, value=self._asked[name] or usual, on_change=self._on(name, usual))
        field.props("outlined dense debounce=350 maxlength=500").classes("fen-wide" if wide else "fen-field")

    def day(self, name: str, label: str) -> None:
        """Add a day; the browser shows a calendar."""
        with self.row:
            field = ui.input(label, value=self._asked[name], on_change=self._on(name, ""))
        field.props("outlined dense type=date stack-label debounce=350").classes("fen-field")

    def choose(self, name: str, label: str, options: Mapping[str, str], *, multiple: bool = False) -> None:
        """Add a choice; the first option is the usual one, of several choices none is."""
        asked = self._asked
        value: Any = [one for one in asked.list(name) if one in options]
        if not multiple:
            value = asked[name] if asked[name] in options else next(iter(options))
        with self.row:
            field = ui.select(
                dict(options),
                label=label,
                value=value,
                multiple=multiple,
                with_input=len(options) > 20,
                on_change=self._on(name, next(iter(options))),
            )
        field.props(f'outlined dense options-dense popup-content-class=fen-options aria-label="{label}"')
        field.classes("fen-field")

    def switch(self, name: str, label: str) -> None:
        """Add a switch, off as a rule."""
        with self.row:
            ui.checkbox(label, value=self._asked[name] == "1", on_change=self._on(name, ""))

    def _on(self, name: str, usual: str) -> Callable[[Any], Awaitable[None]]:
        async def change(event: Any) -> None:
            value = event.value
            if isinstance(value, list):
                value = ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
            if self.results is not None:
                await self.results.put(name, "" if value == usual else value)

        return change
