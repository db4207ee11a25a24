# pyright: reportUnknownMemberType=false
"""Writing a message: text, what is attached, how full the context is, and the button that sends or stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from nicegui import events, ui
from nicegui.element import Element

from fen.app.attaching import attach
from fen.conversations.turn import Said
from fen.gateway.headroom import Headroom
from fen.web.pages.chat.acting import guarded
from fen.web.pages.chat.figures import tell_fullness, tell_room
from fen.web.pages.chat.turns import show_part
from fen.web.pages.visit import Visit
from fen.wire.errors import TooLarge
from fen.wire.message import TextPart

Send = Callable[[Sequence[Said]], Awaitable[None]]
"""Says parts; raises FenError where they cannot be said, and then they stay here."""

_SENDING = (
    "e => { if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;"
    " e.preventDefault(); emit(e.target.value) }"
)
"""Enter sends and Shift+Enter does not; one that ends a word of an input method is neither."""


class Composer:
    """The form below a talk. changed: whether what it holds is another since the last look."""

    def __init__(self, visit: Visit, send: Send, stop: Callable[[], None]) -> None:
        self.changed = True
        self.say = visit.say
        self._visit = visit
        self._send = send
        self._attached = list[tuple[Said, Element]]()
        self._largest = visit.app.settings.server.max_body_bytes * 3 // 4  # base64 makes 4 bytes of 3
        with ui.element("div").classes("fen-composer"):
            self._warning = ui.label().classes("fen-warning").props("role=status")
            self._chips = ui.element("div").classes("fen-chips")
            with ui.element("div").classes("fen-write"):
                self._upload()
                self._field = ui.textarea(self.say("Message"), on_change=self._touch)
                self._field.props("autogrow outlined dense rows=1 input-style=max-height:30vh")
                self._field.classes("fen-grow").on("keydown", guarded(self._on_enter), js_handler=_SENDING)
                self._send_button = ui.button(icon="arrow_upward", on_click=guarded(self._on_click))
                self._send_button.props(f'round unelevated aria-label="{self.say("Send")}"')
                self._stop_button = ui.button(icon="stop", on_click=stop)
                self._stop_button.props(f'round unelevated aria-label="{self.say("Stop")}"')
            with ui.element("div").classes("fen-room fen-quiet"):
                self._meter = ui.element("meter").props("min=0 max=1 low=0.8 high=0.95 optimum=0 value=0")
                self._meter.props["aria-label"] = self.say("How full the context is")
                self._told = ui.label()
                self._costs = ui.label().classes("fen-costs")

    @property
    def parts(self) -> list[Said]:
        """What would be sent now; empty where there is nothing."""
        text = str(self._field.value or "")
        attached = [part for part, _ in self._attached]
        return [TextPart(text), *attached] if text.strip() or attached else []

    def show_room(self, ahead: Headroom, costs: str) -> None:
        """Show what a request would meet, and what the conversation cost so far."""
        self.changed = False
        share = min(1.0, ahead.used / ahead.window) if ahead.window else 0.0
        self._meter.props(f"value={share:.4f}")
        self._meter.set_visibility(ahead.window is not None)
        self._told.set_text(tell_room(self.say, ahead))
        self._costs.set_text(costs)
        self.warn(tell_fullness(self.say, ahead))

    def warn(self, text: str) -> None:
        """Show a warning above the message; an empty one goes."""
        self._warning.set_text(text)
        self._warning.set_visibility(bool(text))

    def show_busy(self, busy: bool) -> None:
        """Offer to stop while an answer is on its way, else to send."""
        self._send_button.set_visibility(not busy)
        self._stop_button.set_visibility(busy)

    def focus(self) -> None:
        """Put the cursor where the message is written."""
        self._field.run_method("focus")

    def _touch(self) -> None:
        self.changed = True

    async def _on_enter(self, event: events.GenericEventArguments) -> None:
        self._field.value = str(event.args or "")
        await self._on_click()

    async def _on_click(self) -> None:
        parts = self.parts
        if not parts:
            self.focus()
            return
        await self._send(parts)
        self._field.set_value("")
        for _, chip in self._attached:
            chip.delete()
        self._attached.clear()
        self._touch()

    def _upload(self) -> None:
        say = self.say
        upload = ui.upload(
            multiple=True,
            auto_upload=True,
            max_file_size=self._largest,
            on_upload=guarded(self._on_upload),
            on_rejected=lambda: ui.notify(self._tell_largest(say("a larger one")), type="negative"),
            label=say("Files"),
        ).classes("fen-away")
        upload.props("aria-hidden=true tabindex=-1")
        ui.button(icon="attach_file", on_click=lambda: upload.run_method("pickFiles")).props(
            f'flat round aria-label="{say("Attach an image or a file")}"'
        )
        self._uploader = upload

    async def _on_upload(self, event: events.UploadEventArguments) -> None:
        await self._visit.admit()
        size = event.file.size()
        if size > self._largest:
            raise TooLarge(self._tell_largest(self.say.number(size)))
        part = attach(event.file.name, await event.file.read())
        self._uploader.reset()
        with self._chips, ui.element("span").classes("fen-chip") as chip:
            show_part(self.say, part)
            entry = (part, chip)
            ui.button(icon="close", on_click=lambda: self._drop(entry)).props(
                f'flat round dense size=sm aria-label="{self.say("Remove")}"'
            )
        self._attached.append(entry)
        self._touch()

    def _drop(self, entry: tuple[Said, Element]) -> None:
        self._attached.remove(entry)
        entry[1].delete()
        self._touch()

    def _tell_largest(self, found: str) -> str:
        return self.say(
            "found a file of {found} bytes, expected at most {most}, which max_body_bytes allows",
            found=found,
            most=self.say.number(self._largest),
        )
