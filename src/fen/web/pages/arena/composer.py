# pyright: reportUnknownMemberType=false
"""The composer: a prompt is written here, with images where two models see them, and sent to both."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from fen.arena.prompt import Content
from fen.web.pages.arena.stage import show_image
from fen.web.pages.words import Words

TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
MOST_BYTES = 5 * 1024 * 1024
MOST_IMAGES = 4

_SEND_ON_ENTER = "(e) => { if (!e.shiftKey && !e.isComposing) { e.preventDefault(); emit() } }"


class Composer:
    """A field, images beside it, and a button that sends or stops."""

    def __init__(
        self,
        say: Words,
        send: Callable[[Content], Awaitable[None]],
        stop: Callable[[], None],
        *,
        sees: bool,
    ) -> None:
        self.say = say
        self._send = send
        self._images: list[str] = []
        self._sees = sees
        with ui.element("div").classes("fen-composer") as self.box:
            self._thumbs = ui.row().classes("fen-thumbs")
            with ui.row().classes("items-end no-wrap full-width"):
                self._make_upload()
                self._field = ui.textarea(say("Ask both models")).classes("col")
                self._field.props("outlined dense autogrow maxlength=200000")
                self._field.on("keydown.enter", self._submit, js_handler=_SEND_ON_ENTER)
                self._go = _make_button("send", say("Send"), self._submit)
                self._halt = _make_button("stop", say("Stop"), stop)
        self.open(say("Ask both models"))

    def open(self, label: str, *, images: bool = True) -> None:
        """Take a prompt. label: what it would do. images: whether it may have some."""
        self._field.set_label(label)
        self._field.enable()
        self._go.set_visibility(True)
        self._halt.set_visibility(False)
        self._attach.set_visibility(self._sees and images)

    def close(self) -> None:
        """Take nothing while both answer."""
        self._field.disable()
        self._go.set_visibility(False)
        self._halt.set_visibility(True)
        self._attach.set_visibility(False)

    def fill(self, content: Content) -> None:
        """Put a prompt back that came to nothing."""
        if isinstance(content, str):
            self._field.value = content
            return
        self._field.value = "\n".join(part["text"] for part in content if part["type"] == "text")
        self._images = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
        self._show_images()

    def focus(self) -> None:
        """Let the person write."""
        self._field.run_method("focus")

    async def _submit(self) -> None:
        text = (self._field.value or "").strip()
        if not text or not self._field.enabled:
            return
        content: Content = text
        if self._images:
            images = [{"type": "image_url", "image_url": {"url": url}} for url in self._images]
            content = [{"type": "text", "text": text}, *images]
        self._field.value = ""
        self._images = []
        self._show_images()
        await self._send(content)

    def _make_upload(self) -> None:
        upload = ui.upload(multiple=True, auto_upload=True, on_upload=self._take, on_rejected=self._refuse)
        upload.props(f'accept="{",".join(TYPES)}" max-file-size={MOST_BYTES}').classes("hidden")
        self._attach = _make_button("add_photo_alternate", self.say("Add an image"), None)
        self._attach.on("click", js_handler=f"() => getElement({upload.id}).$refs.qRef.pickFiles()")
        self._upload = upload

    async def _take(self, event: UploadEventArguments) -> None:
        file = event.file
        self._upload.reset()
        fits = file.content_type in TYPES and file.size() <= MOST_BYTES and len(self._images) < MOST_IMAGES
        if not (fits and self._attach.visible):
            self._refuse()
            return
        data = base64.b64encode(await file.read()).decode()
        self._images.append(f"data:{file.content_type};base64,{data}")
        self._show_images()

    def _refuse(self) -> None:
        say = self.say
        told = say("Images: PNG, JPEG, WebP or GIF, up to {size} MB each, at most {count}.",
                   size=MOST_BYTES // 2**20, count=MOST_IMAGES)  # fmt: skip
        ui.notify(told, type="negative")

    def _show_images(self) -> None:
        self._thumbs.clear()
        with self._thumbs:
            for at, url in enumerate(self._images):
                with ui.element("div").classes("fen-thumb"):
                    show_image(url, self.say("Image {number}", number=at + 1))
                    drop = _make_button("close", self.say("Remove image {number}", number=at + 1), None)
                    drop.on_click(lambda _, at=at: self._drop(at))

    def _drop(self, at: int) -> None:
        del self._images[at]
        self._show_images()


def _make_button(icon: str, name: str, act: Callable[..., Any] | None) -> ui.button:
    button = ui.button(icon=icon, color=None, on_click=act).props("round unelevated")
    return button.props(f'aria-label="{name}" title="{name}"').classes("fen-round")
