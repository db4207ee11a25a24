# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""Showing the turns of a talk: what is new is put behind what is there already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from nicegui import ui
from nicegui.element import Element

from fen.app.attaching import name_part
from fen.app.talks import Talk, Talks
from fen.conversations import Receipt, Turn
from fen.conversations.turn import Said
from fen.web.pages.chat.acting import guarded
from fen.web.pages.chat.answers import COPY_CODE, GrowingAnswer, render_answer
from fen.web.pages.chat.figures import tell_details, tell_finding, tell_receipt
from fen.web.pages.words import Words
from fen.wire.message import ImagePart

Edit = Callable[[int, str], Awaitable[None]]
"""Says something else in a turn's place."""


class TurnsView:
    """The turns of a talk on one page; `refresh` shows what changed."""

    def __init__(self, say: Words, talks: Talks, edit: Edit) -> None:
        self.say = say
        self._talks = talks
        self._edit = edit
        self._shown = list[tuple[Turn, Element]]()
        self._growing: tuple[GrowingAnswer, ui.label, Element] | None = None
        self._box = ui.element("div").classes("fen-turns")
        self._box.on("click", js_handler=COPY_CODE)

    def refresh(self, talk: Talk) -> None:
        """Show a talk's turns as they are now, and the answer on its way."""
        turns = talk.turns
        kept = 0
        while kept < min(len(turns), len(self._shown)) and turns[kept] is self._shown[kept][0]:
            kept += 1
        for _, element in self._shown[kept:]:
            element.delete()
        del self._shown[kept:]
        if len(turns) > kept or talk.answering is None:
            self._drop_growing()
        with self._box:
            for number, turn in enumerate(turns[kept:], kept):
                element = self._show_own(number, turn) if turn.speaker == "user" else self._show_answer(turn)
                self._shown.append((turn, element))
        self.grow(talk)

    def grow(self, talk: Talk) -> None:
        """Show as much of the answer on its way as there is."""
        answering = talk.answering
        if answering is None:
            return
        if self._growing is None:
            with self._box, ui.element("article").classes("fen-answer") as element:
                thoughts = ui.label().classes("fen-thoughts fen-quiet")
                self._growing = (GrowingAnswer(self.say), thoughts, element)
                ui.spinner("dots", size="1.5rem").props(f'aria-label="{self.say("The answer is coming")}"')
        growing, thoughts, _ = self._growing
        thoughts.set_text("" if answering.text else answering.thoughts[-400:])
        growing.grow(answering.text)

    def _drop_growing(self) -> None:
        if self._growing is not None:
            self._growing[2].delete()
            self._growing = None

    def _show_own(self, number: int, turn: Turn) -> Element:
        say = self.say
        with ui.element("article").classes("fen-own").props(f'aria-label="{say("You")}"') as element:
            with ui.element("div").classes("fen-bubble") as bubble:
                ui.label(turn.text).classes("fen-said")
                for part in turn.attached:
                    show_part(say, part)

            async def save(text: str) -> None:
                await self._edit(number, text)

            def begin() -> None:
                bubble.set_visibility(False)
                pencil.set_visibility(False)
                with element, ui.element("div").classes("fen-edit") as form:
                    field = ui.textarea(say("Edit your message"), value=turn.text).props("outlined autogrow")
                    with ui.row().classes("q-mt-sm justify-end"):
                        ui.button(say("Cancel"), on_click=lambda: end(form)).props("flat no-caps")
                        ui.button(say("Send again"), on_click=guarded(lambda: save(field.value or ""))).props(
                            "unelevated no-caps"
                        )

            def end(form: Element) -> None:
                form.delete()
                bubble.set_visibility(True)
                pencil.set_visibility(True)

            pencil = ui.button(icon="edit", on_click=begin).props(
                f'flat round dense size=sm aria-label="{say("Edit")}"'
            )
        return element

    def _show_answer(self, turn: Turn) -> Element:
        say, receipt = self.say, turn.receipt
        name = receipt.model if receipt is not None else say("Answer")
        with ui.element("article").classes("fen-answer") as element:
            element.props["aria-label"] = name
            if turn.thoughts:
                with ui.expansion(say("Reasoning")).classes("fen-quiet").props("dense"):
                    ui.label(turn.thoughts).classes("fen-said")
            if turn.text:
                ui.html(render_answer(turn.text, say), sanitize=False).classes("fen-text")
            if turn.error is not None:
                ui.label(turn.error).classes("fen-error").props("role=alert")
            if turn.stopped:
                ui.label(say("You stopped this answer.")).classes("fen-quiet")
            with ui.element("div").classes("fen-receipt fen-quiet"):
                if turn.text:
                    script = f"() => Quasar.copyToClipboard({msgspec.json.encode(turn.text).decode()})"
                    ui.button(icon="content_copy").on("click", js_handler=script).on(
                        "click", lambda: ui.notify(say("Copied"), type="positive", timeout=1500), []
                    ).props(f'flat round dense size=sm aria-label="{say("Copy the answer")}"')
                if receipt is not None:
                    ui.label(tell_receipt(say, receipt))
            if receipt is not None:
                self._show_details(turn, receipt)
        return element

    def _show_details(self, turn: Turn, receipt: Receipt) -> None:
        say = self.say
        with ui.expansion(say("Details")).classes("fen-details fen-quiet").props("dense") as details:
            with ui.element("dl"):
                for name, value in tell_details(say, receipt):
                    with ui.element("dt"):
                        ui.label(name)
                    with ui.element("dd"):
                        ui.label(value)
            found = ui.element("ul")
        looked = False

        async def look() -> None:
            nonlocal looked
            if looked or not details.value:
                return
            looked = True
            findings = await self._talks.find_findings(turn)
            with found:
                for one in findings:
                    with ui.element("li"):
                        ui.label(tell_finding(say, one))
                if not findings:
                    with ui.element("li"):
                        ui.label(say("The guard found nothing, or does not look here."))

        details.on_value_change(guarded(look))


def show_part(say: Words, part: Said) -> Element:
    """Show something that is attached: an image as it is, all else by its name."""
    if isinstance(part, ImagePart):
        image = ui.element("img").classes("fen-attached")
        image.props["src"] = part.image_url.url
        image.props["alt"] = say("The image that you attached")
        return image
    with ui.element("span").classes("fen-file") as chip:
        ui.icon("description").props("aria-hidden=true")
        ui.label(name_part(part) or say("a file"))
    return chip
