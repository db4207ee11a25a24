# pyright: reportUnknownMemberType=false
"""The votes: four buttons with a key each, and what is told once one was pressed."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import KeyEventArguments

from fen.arena.ballots import Outcome
from fen.arena.battle import SIDES
from fen.arena.vote import VoidReason
from fen.web.pages.words import Words

KEYS: Mapping[str, Outcome] = {"1": "left", "2": "tie", "3": "both_bad", "4": "right"}
NEXT_KEY = "n"
"""Keys of a keyboard, in the order in which the buttons stand."""

ICONS = {"left": "arrow_back", "tie": "drag_handle", "both_bad": "thumb_down", "right": "arrow_forward"}

NAMES = ("Left is better", "Tie", "Both are bad", "Right is better")
OUTCOMES: Mapping[str, str] = dict(zip(KEYS.values(), NAMES, strict=True))
"""What each outcome is called."""

_REASONS: Sequence[VoidReason] = (
    "identity_leak",
    "identity_probe",
    "too_many",
    "too_soon",
    "outlier",
    "withdrawn",
)
SAID = (
    "An answer said who wrote it.",
    "A prompt asked who was answering.",
    "You, or others at your address, have cast as many votes as count within the hour or so.",
    "It came before both answers had been shown long enough to be read.",
    "Your votes are not those of a person who reads.",
    "An administrator has withdrawn it.",
)
REASONS: Mapping[str, str] = dict(zip(_REASONS, SAID, strict=True))
"""Why a vote does not count, by what the arena calls it."""


class Votes:
    """Four buttons while there is something to vote on, and then the reveal."""

    def __init__(
        self,
        say: Words,
        vote: Callable[[Outcome], Awaitable[None]],
        go_next: Callable[[], Awaitable[None]],
    ) -> None:
        self.say = say
        self._vote = vote
        self._go_next = go_next
        self._opening: asyncio.TimerHandle | None = None
        self._keys = True
        with ui.element("div").classes("fen-votes") as self._box:
            self._buttons = [self._make_button(key, outcome) for key, outcome in KEYS.items()]
            self._note = ui.checkbox(say("Vote by keys: 1 to 4"), value=True).classes("fen-keys")
            self._note.props("dense size=sm").on_value_change(lambda event: self._use_keys(event.value))
        self._told = ui.element("div").classes("fen-reveal")
        ui.keyboard(self._press, repeating=False, ignore=["input", "select", "textarea"])
        self.clear()

    @property
    def open(self) -> bool:
        """Whether a vote is taken now."""
        return self._buttons[0].enabled and self._box.visible

    def clear(self) -> None:
        """Show neither votes nor a reveal."""
        self.close()
        self._box.set_visibility(False)
        self._told.clear()
        self._told.set_visibility(False)

    def close(self) -> None:
        """Take no vote."""
        self._box.set_visibility(True)
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        for button in self._buttons:
            button.disable()

    def open_in(self, seconds: float) -> None:
        """Take a vote, after so many seconds."""
        self.close()
        self._opening = asyncio.get_running_loop().call_later(seconds, self._open)

    def reveal(self, told: Mapping[str, Any]) -> None:
        """Show who it was and what it cost. told: as fen.arena.reveal.describe_reveal has it."""
        say = self.say
        self.clear()
        self._told.set_visibility(True)
        with self._told:
            ui.label(self._sum_up(told)).props("role=status").classes("text-weight-bold")
            for reason in told["reasons"]:
                ui.label(say(REASONS[reason]))
            ui.html(self._write_table(told), sanitize=False).classes("overflow-auto").props("tabindex=0")
            with ui.row().classes("items-center q-mt-xs"):
                again = ui.button(say("Next battle"), on_click=self._go_next).props("no-caps unelevated")
                with again.props(f"aria-keyshortcuts={NEXT_KEY}"):
                    _show_key(NEXT_KEY.upper())
                ui.link(say("See the board"), "/board").classes("fen-link")

    def _sum_up(self, told: Mapping[str, Any]) -> str:
        say = self.say
        outcome = OUTCOMES[told["outcome"]]
        voted = say("Your vote: {outcome}.", outcome=say(outcome))
        if not told["accepted"]:
            return f"{voted} {say('You had voted on this battle before; the first vote stands.')}"
        return f"{voted} {say('It counts.') if told['counted'] else say('It does not count.')}"

    def _write_table(self, told: Mapping[str, Any]) -> str:
        say = self.say
        heads = (say("Side"), say("Model"), say("Cost of all answers"), say("Tokens written"), say("Seconds"))
        rows = "".join(
            self._write_row(say("Left") if side == "left" else say("Right"), told[side]) for side in SIDES
        )
        head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
        return f'<table class="fen-revealed"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'

    def _write_row(self, side: str, told: Mapping[str, Any]) -> str:
        say, cost = self.say, told["cost"]
        cells = (
            told["name"],
            say("not known") if cost is None else f"{cost['amount']} {cost['currency']}",
            say.number(told["output_tokens"], 0),
            say.number(told["seconds"], 1),
        )
        told_cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        return f'<tr><th scope="row">{html.escape(side)}</th>{told_cells}</tr>'

    def _make_button(self, key: str, outcome: Outcome) -> ui.button:
        name = self.say(OUTCOMES[outcome])
        button = ui.button(name, icon=ICONS[outcome], color=None, on_click=lambda: self._vote(outcome))
        button.props(f'no-caps unelevated aria-keyshortcuts="{key}"')
        with button.classes(f"fen-vote fen-vote-{outcome}"):
            _show_key(key)
        return button

    def _open(self) -> None:
        for button in self._buttons:
            button.enable()

    def _use_keys(self, wanted: bool | None) -> None:
        self._keys = bool(wanted)

    async def _press(self, event: KeyEventArguments) -> None:
        held = event.modifiers
        if not (event.action.keydown and self._keys) or held.alt or held.ctrl or held.meta:
            return
        name = str(event.key.name).lower()
        if name in KEYS and self.open:
            await self._vote(KEYS[name])
        elif name == NEXT_KEY and self._told.visible:
            await self._go_next()


def _show_key(key: str) -> None:
    ui.html(html.escape(key), sanitize=False, tag="kbd").props("aria-hidden=true").classes("fen-key")
