# pyright: reportUnknownMemberType=false
"""A board that follows the votes: one open page reads the editions that all pages of the board share."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from functools import partial
from urllib.parse import urlencode

from nicegui import background_tasks, ui

from fen.app.arena import Arena
from fen.arena.editions import Edition
from fen.arena.tally import ALL
from fen.web.api.arena_board import read_wish
from fen.web.pages.board.parts import Parts, show_empty, show_meanings
from fen.web.pages.board.view import View, make_view
from fen.web.pages.visit import Visit
from fen.web.pages.words import Words
from fen.wire.errors import FenError

_FIRST_SECONDS = (
    2.0  # NiceGUI gives a page three; a board of many votes takes longer, and comes when it is made
)
_ADMIT_SECONDS = 60.0  # how long an open page is believed to be its visitor's still


class LivePage:
    """One open page; it begins with the board that its address names, and raises InvalidRequest for none."""

    def __init__(self, visit: Visit, arena: Arena) -> None:
        self._visit = visit
        self._arena = arena
        self._say = visit.say
        self._category, self._style = read_wish(visit.request.scope, arena.boards.categories)
        self._parts: Parts | None = None
        self._view: View | None = None
        self._following: asyncio.Task[None] | None = None
        self._drawn = asyncio.Event()
        self._admitted = time.monotonic()

    async def open(self) -> None:
        """Put the page together, and follow its board until the browser is gone."""
        say = self._say
        self._show_controls()
        self._place = ui.element("div").classes("fen-board")
        with self._place:
            ui.label(say("The board is being made …")).props("role=status")
        show_meanings(say)
        ui.context.client.on_delete(self._end)
        self._begin()
        try:
            await asyncio.wait_for(self._drawn.wait(), _FIRST_SECONDS)
        except TimeoutError:
            return

    def _show_controls(self) -> None:
        say = self._say
        ui.label(say("Two answers without names, and a vote: many votes make the board.")).classes(
            "fen-quiet"
        )
        with ui.row().classes("items-end full-width fen-controls"):
            self._select = (
                ui.select(
                    self._name_categories(),
                    value=self._category,
                    label=say("Category"),
                    on_change=lambda event: self._choose(category=str(event.value)),
                )
                .props("outlined dense options-dense")
                .classes("fen-category")
            )
            ui.switch(
                say("Style control"),
                value=self._style,
                on_change=lambda event: self._choose(style=event.value),
            ).tooltip(say("Rates models as if their answers were of equal length and form."))
            ui.space()
            with ui.element("nav").props(f'aria-label="{say("Downloads")}"').classes("fen-downloads"):
                names = {"board.csv": "CSV", "board.json": "JSON"}
                self._links = {name: ui.link(text, "") for name, text in names.items()}
                if self._visit.is_admin:
                    ui.link(say("Votes (JSON lines)"), "/board/votes.jsonl")
                    ui.link(say("Votes (Parquet)"), "/board/votes.parquet")
        self._point_links()

    async def _choose(self, *, category: str | None = None, style: bool | None = None) -> None:
        try:
            await self._visit.admit()
        except FenError as error:
            ui.notify(error.message, type="negative")
            return
        self._category = self._category if category is None else category
        self._style = self._style if style is None else style
        self._point_links()
        ui.navigate.history.replace(f"/board?{self._query()}")
        self._begin()

    def _begin(self) -> None:
        self._end()
        self._following = background_tasks.create(self._follow(), name="board")

    def _end(self) -> None:
        if self._following is not None:
            self._following.cancel()

    async def _follow(self) -> None:
        editions = self._arena.editions.follow(self._category, style=self._style)
        async with aclosing(editions):
            async for edition in editions:
                if time.monotonic() - self._admitted > _ADMIT_SECONDS and not await self._is_still_admitted():
                    return
                self._draw(edition)
                self._drawn.set()

    async def _is_still_admitted(self) -> bool:
        try:
            await self._visit.admit()
        except FenError as error:
            self._place.clear()
            with self._place, ui.card().props("role=alert"):
                ui.label(error.message)
            return False
        self._admitted = time.monotonic()
        return True

    def _draw(self, edition: Edition) -> None:
        view = edition.render(("page", self._say.language), partial(make_view, say=self._say))
        categories = self._name_categories()
        if categories != self._select.options:
            self._select.set_options(categories, value=self._category)
        if self._parts is not None and self._view is not None and self._view.shape == view.shape:
            self._parts.change(view)
        else:
            self._place.clear()
            with self._place:
                self._parts = Parts(view, self._say) if view.votes else None
                if not view.votes:
                    show_empty(self._visit, in_category=self._category != ALL)
        self._view = view

    def _name_categories(self) -> dict[str, str]:
        voted = dict.fromkeys((*self._arena.boards.categories, self._category))
        return {name: _name_category(name, self._say) for name in voted}

    def _point_links(self) -> None:
        for name, link in self._links.items():
            link.props["href"] = f"/board/{name}?{self._query()}"

    def _query(self) -> str:
        return urlencode({"category": self._category, "style": str(self._style).lower()})


def _name_category(name: str, say: Words) -> str:
    """Return what a category is called; one that a file brought has its own name."""
    names = {
        ALL: say("All votes"),
        "zh": say("Chinese"),
        "en": say("English"),
        "coding": say("Coding"),
        "maths": say("Maths"),
        "long_query": say("Long prompts"),
        "multi_turn": say("Several turns"),
        "image": say("With images"),
        "hard": say("Hard prompts"),
    }
    return names.get(name, name)
