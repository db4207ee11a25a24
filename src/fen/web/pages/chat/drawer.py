# pyright: reportUnknownMemberType=false
"""The conversations at the left: those that are kept, a new one, and whether they are kept at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

from nicegui import ui

from fen.app.talks import Talk
from fen.conversations import Summary
from fen.web.pages.chat.acting import guarded
from fen.web.pages.visit import Visit


class Drawer:
    """The list of an owner's conversations, and the switch of consent.

    choose: is told what the owner wants, keep or not.
    """

    def __init__(
        self, visit: Visit, owner: str, talk: Talk, choose: Callable[[bool], Awaitable[None]]
    ) -> None:
        self.say = visit.say
        self._visit = visit
        self._owner = owner
        self._talk = talk
        self._choose = choose
        self._told: Sequence[Summary] = ()
        say = visit.say
        with (
            ui.element("aside")
            .classes("fen-talks")
            .props(f'id=talks aria-label="{say("Conversations")}"') as box
        ):
            ui.button(icon="close", on_click=self.toggle).classes("fen-menu self-end").props(
                f'flat round dense aria-label="{say("Close")}"'
            )
            ui.link(say("New chat"), "/").classes("fen-new")
            self._list = ui.element("ul").classes("fen-list")
            self._switch = ui.switch(say("Keep my conversations"), on_change=guarded(self._turn))
            self._switch.props("dense")
            ui.label(
                say("Kept in this server's database until you delete them. Otherwise a reload ends them.")
            ).classes("fen-quiet fen-small")
        self._box = box
        self._ready = False

    def toggle(self) -> None:
        """Show or hide it, where the screen is small."""
        self._box.classes(toggle="fen-open")

    def show_consent(self, keeps: bool) -> None:
        """Show what the owner wants, without asking anything."""
        self._ready = False
        self._switch.set_value(keeps)
        self._ready = True

    async def refresh(self) -> None:
        """Show the conversations that are kept now."""
        found = await self._visit.app.talks.list(self._owner)
        if found == self._told:
            return
        self._told = found
        self._list.clear()
        with self._list:
            for one in found:
                self._show(one)

    def _show(self, one: Summary) -> None:
        say = self.say
        title = one.title or say("Without a title")
        with ui.element("li"):
            link = ui.link(title, f"/?talk={quote(one.id)}").classes("fen-title")
            if one.id == self._talk.conversation.id:
                link.props("aria-current=page")
            with (
                ui.button(icon="more_vert").props(
                    f'flat round dense size=sm aria-label="{say("More about this conversation")}"'
                ),
                ui.menu(),
            ):
                ui.menu_item(say("Rename"), lambda: self._rename(one))
                ui.menu_item(say("Delete"), guarded(lambda: self._delete(one)))

    def _rename(self, one: Summary) -> None:
        say = self.say
        with ui.dialog(value=True) as dialog, ui.card().classes("fen-dialog"):
            field = ui.input(say("Title"), value=one.title).props("outlined")

            async def save() -> None:
                await self._visit.admit()
                await self._visit.app.talks.rename(one.id, self._owner, field.value or "")
                dialog.close()
                await self.refresh()

            with ui.row().classes("justify-end full-width"):
                ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
                ui.button(say("Rename"), on_click=guarded(save)).props("unelevated no-caps")

    async def _delete(self, one: Summary) -> None:
        await self._visit.admit()
        await self._visit.app.talks.delete(one.id, self._owner)
        if one.id == self._talk.conversation.id:
            ui.navigate.to("/")
        else:
            await self.refresh()

    async def _turn(self) -> None:
        if not self._ready:
            return
        keeps = bool(self._switch.value)
        await self._visit.admit()
        await self._choose(keeps)
        await self.refresh()
        if not keeps and self._told:
            self._ask_to_delete()

    def _ask_to_delete(self) -> None:
        say = self.say

        async def delete() -> None:
            await self._visit.admit()
            await self._visit.app.talks.delete_all(self._owner)
            dialog.close()
            await self.refresh()

        with ui.dialog(value=True) as dialog, ui.card().classes("fen-dialog"):
            ui.label(
                say(
                    "Nothing more is kept. {count} conversations are there from before.",
                    count=len(self._told),
                )
            )
            with ui.row().classes("justify-end full-width"):
                ui.button(say("Leave them"), on_click=dialog.close).props("flat no-caps")
                ui.button(say("Delete them"), on_click=guarded(delete)).props(
                    "unelevated no-caps color=negative"
                )
