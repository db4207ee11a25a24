# pyright: reportUnknownMemberType=false
"""The stage: what was asked, and both answers side by side, turn by turn; on a phone one side at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from fen.arena.battle import SIDES, Side
from fen.arena.prompt import Content
from fen.web.pages.arena.growing import Growing
from fen.web.pages.words import Words

SHARE = 0.1
"""The part of the time that may go into showing: after a piece that took 10 ms comes 90 ms of rest."""


class Stage:
    """Both sides of a battle; whatever is shown of one is shown of the other in the same message."""

    def __init__(self, say: Words) -> None:
        self.say = say
        self._names: Mapping[Side, str] = {"left": say("Left"), "right": say("Right")}
        self._heads: dict[Side, list[ui.label]] = {side: [] for side in SIDES}
        self._cards: dict[Side, list[ui.element]] = {side: [] for side in SIDES}
        self._growing: dict[Side, Growing] = {}
        self._next = 0.0
        with ui.element("div").classes("fen-stage fen-shows-left") as self._box:
            self._tabs = ui.tabs(on_change=lambda event: self._turn_to(str(event.value)))
            with self._tabs.classes("fen-tabs").props("no-caps align=justify"):
                for side in SIDES:
                    ui.tab(side, label=self._names[side])
            self._tabs.value = "left"
            self._turns = ui.element("div").classes("fen-turns")
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._turns.clear()
        self._tabs.set_visibility(False)
        for side in SIDES:
            self._heads[side].clear()
            self._cards[side].clear()

    def ask(self, content: Content) -> None:
        """Show what is asked, and room for two answers."""
        self._tabs.set_visibility(True)
        with self._turns:
            asked = ui.element("div").classes("fen-asked")
            with asked.props(f'role=group aria-label="{self.say("Prompt")}"'):
                _show_prompt(self.say, content)
            with ui.element("div").classes("fen-sides"):
                for side in SIDES:
                    self._growing[side] = self._make_card(side)
        self._next = 0.0
        last = "document.querySelector('.fen-turns > :nth-last-child(2)')"
        ui.run_javascript(f"{last}.scrollIntoView({{behavior: 'smooth'}})")

    def add(self, left: str, right: str) -> None:
        """Add a piece of each answer, and show both where the last showing was not just now."""
        self._growing["left"].add(left)
        self._growing["right"].add(right)
        begun = time.perf_counter()
        if begun >= self._next:
            for side in SIDES:
                self._growing[side].show()
            ended = time.perf_counter()
            self._next = ended + (ended - begun) * (1 / SHARE - 1)

    def finish(self, *, whole: bool) -> None:
        """Show both answers as far as they came; where they are not whole, both are said not to count."""
        for side in SIDES:
            self._growing[side].finish()
            card = self._cards[side][-1].props(remove="aria-busy")
            if not whole:
                with card.classes("fen-broken"):
                    ui.label(self.say("This turn does not count.")).classes("fen-quiet")

    def reveal(self, told: Mapping[str, Any]) -> None:
        """Show who it was, and whom the vote was for. told: as fen.arena.reveal.describe_reveal has it."""
        better = {"left": ("left",), "right": ("right",), "tie": SIDES}.get(told["outcome"], ())
        for side in SIDES:
            for head in self._heads[side]:
                head.set_text(told[side]["name"])
            for card in self._cards[side]:
                card.classes("fen-better" if side in better else "fen-not-better")

    def _make_card(self, side: Side) -> Growing:
        name = self._names[side]
        card = ui.element("section").classes(f"fen-answer fen-{side}")
        with card.props(f'aria-label="{name}" aria-busy=true'):
            with ui.element("div").classes("fen-answer-head"):
                ui.label(name).classes("fen-side")
                self._heads[side].append(ui.label("").classes("fen-who"))
            growing = Growing()
        self._cards[side].append(card)
        return growing

    def _turn_to(self, side: str) -> None:
        other = "right" if side == "left" else "left"
        self._box.classes(add=f"fen-shows-{side}", remove=f"fen-shows-{other}")


def _show_prompt(say: Words, content: Content) -> None:
    parts: list[dict[str, Any]] = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for part in parts:
        if part["type"] == "text":
            ui.label(part["text"]).classes("fen-asked-text")
        else:
            show_image(part["image_url"]["url"], say("Image of the prompt"))


def show_image(url: str, name: str) -> None:
    """Show an image that the visitor has sent, as a `data:` URL."""
    props = ui.element("img").props
    props["src"], props["alt"] = url, name
