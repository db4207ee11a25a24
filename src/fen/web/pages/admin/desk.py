# pyright: reportUnknownMemberType=false
"""What the parts of administration share: the records, and how something is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui

from fen.app import Records
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError

T = TypeVar("T")


class Desk:
    """An open page of administration. records: of this process, whose keyring forgets what is revoked."""

    def __init__(self, visit: Visit, records: Records) -> None:
        self.visit = visit
        self.say = visit.say
        self.records = records

    async def change(self, act: Callable[[str], Awaitable[T]]) -> T | None:
        """Do something in the visitor's name, which `act` is given for the audit log.

        Returns None where it was refused, and shows why.
        """
        try:
            return await act(await self.visit.admit_admin())
        except FenError as error:
            ui.notify(error.message, type="negative", multi_line=True, timeout=10_000)
            return None

    async def confirm(self, question: str, verb: str) -> bool:
        """Ask before something that cannot be taken back."""
        with ui.dialog() as dialog, ui.card():
            dialog.props["aria-label"] = verb
            ui.label(question).classes("fen-text")
            with ui.row().classes("full-width justify-end"):
                ui.button(self.say("Cancel"), on_click=lambda: dialog.submit(False)).props("flat no-caps")
                ui.button(verb, on_click=lambda: dialog.submit(True)).props("no-caps color=negative")
        answer = await dialog
        dialog.delete()
        return answer is True
