# pyright: reportUnknownMemberType=false
"""The chat's screen: conversations at the left, the talk in the middle, the composer at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from fen.app import EMBEDDED
from fen.app.talks import Talk
from fen.conversations import LOCAL, to_json, to_markdown
from fen.conversations.turn import Said
from fen.gateway import Caller
from fen.gateway.headroom import list_askable
from fen.web.pages.chat.acting import guarded
from fen.web.pages.chat.composer import Composer
from fen.web.pages.chat.drawer import Drawer
from fen.web.pages.chat.figures import tell_costs
from fen.web.pages.chat.turns import TurnsView
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError, NotFound

_TICK = 0.1  # seconds between two looks at an answer on its way
_LOOKS = 4  # of which each fourth looks ahead at what is being written
_FIRST = ("fen/auto", EMBEDDED)


async def show(visit: Visit) -> None:
    """Show the conversation that the address names, or a new one."""
    caller = await visit.admit()
    owner = caller.key.id if caller.key is not None else LOCAL
    talks = visit.app.talks
    models = list_askable(visit.tier, visit.app.pipeline.parts)
    wanted = visit.request.query_params.get("talk")
    if wanted is None:
        model = next((name for name in _FIRST if name in models), models[0] if models else "")
        talk = talks.begin(owner, model)
    else:
        try:
            talk = await talks.open(wanted, owner)
        except NotFound:
            ui.navigate.to("/")
            return
    consent = await talks.conversations.find_consent(owner)
    if consent:
        talk.keeps = True
    screen = Screen(visit, owner, talk, caller)
    screen.build(models, consent)
    await screen.drawer.refresh()


class Screen:
    """One page's view of a talk."""

    def __init__(self, visit: Visit, owner: str, talk: Talk, caller: Caller) -> None:
        self._visit = visit
        self._owner = owner
        self._talk = talk
        self._caller = caller
        self._seen = -1
        self._ticks = 0
        self._named = False

    def build(self, models: Sequence[str], consent: bool | None) -> None:
        """Put all of it on the page, and keep it as the talk is until the page goes."""
        say = self._visit.say
        with ui.element("div").classes("fen-chat"):
            self.drawer = Drawer(self._visit, self._owner, self._talk, self._choose)
            with ui.element("section").classes("fen-talk"):
                self._show_head(models)
                scroll = ui.element("div").classes("fen-scroll").props("tabindex=0 role=log")
                with scroll, ui.element("div").classes("fen-column"):
                    self._welcome = ui.label(say("What would you like to know?")).classes("fen-welcome")
                    self._turns = TurnsView(say, self._visit.app.talks, self._edit)
                    self._retry_button = ui.button(
                        say("Retry"), icon="refresh", on_click=guarded(self._retry)
                    ).props("flat no-caps dense")
                with ui.element("div").classes("fen-column"):
                    self._question = self._ask_consent()
                    self._composer = Composer(self._visit, self._send, self._talk.stop)
        self._question.set_visibility(consent is None)
        self.drawer.show_consent(bool(consent))
        self._refresh()
        ui.timer(_TICK, self._tick)
        ui.context.client.on_delete(lambda: self._visit.app.talks.leave(self._talk))

    def _show_head(self, models: Sequence[str]) -> None:
        say, now = self._visit.say, self._talk.conversation
        names = list(models) if now.model in models or not now.model else [now.model, *models]
        with ui.element("div").classes("fen-head"):
            ui.button(icon="menu", on_click=self.drawer.toggle).classes("fen-menu").props(
                f'flat round aria-label="{say("Conversations")}" aria-controls=talks'
            )
            self._model = (
                ui.select(
                    names,
                    value=now.model or None,
                    label=say("Model"),
                    with_input=True,
                    on_change=guarded(self._change),
                )
                .props("outlined dense options-dense")
                .classes("fen-model")
            )
            tuned = ui.button(icon="tune").props(f'flat round aria-label="{say("System prompt")}"')
            with tuned, ui.menu().classes("fen-system"):
                self._system = ui.textarea(
                    say("System prompt"), value=now.system, on_change=guarded(self._change)
                ).props("outlined autogrow debounce=300")
            with ui.button(icon="download").props(f'flat round aria-label="{say("Export")}"'), ui.menu():
                ui.menu_item(say("As Markdown"), lambda: self._export("md"))
                ui.menu_item(say("As JSON"), lambda: self._export("json"))

    def _ask_consent(self) -> ui.element:
        say = self._visit.say
        with ui.element("div").classes("fen-consent").props("role=group") as box:
            ui.label(
                say(
                    "May this server keep your conversations, so that they are here after a reload? "
                    "You can delete them at any time."
                )
            )
            with ui.row().classes("gap-1"):
                ui.button(say("Keep them"), on_click=guarded(lambda: self._choose(True))).props(
                    "unelevated no-caps dense padding='xs sm'"
                )
                ui.button(say("Do not keep them"), on_click=guarded(lambda: self._choose(False))).props(
                    "flat no-caps dense padding='xs sm'"
                )
        return box

    async def _choose(self, keeps: bool) -> None:
        await self._visit.admit()
        await self._visit.app.talks.conversations.choose(self._owner, keeps)
        if keeps:
            await self._talk.keep()
        else:
            self._talk.let_go()
        self._question.set_visibility(False)
        self.drawer.show_consent(keeps)
        await self.drawer.refresh()

    async def _send(self, parts: Sequence[Said]) -> None:
        self._caller = await self._visit.admit()
        await self._talk.say(self._caller, parts)

    async def _edit(self, number: int, text: str) -> None:
        self._caller = await self._visit.admit()
        await self._talk.edit(self._caller, number, text)

    async def _retry(self) -> None:
        self._caller = await self._visit.admit()
        await self._talk.retry(self._caller)

    async def _change(self) -> None:
        await self._talk.change(model=self._model.value, system=str(self._system.value or ""))
        self._composer.changed = True

    def _export(self, kind: str) -> None:
        conversation = self._talk.conversation
        name = f"{conversation.id}.{kind}"
        content = to_json(conversation) if kind == "json" else to_markdown(conversation).encode()
        ui.download.content(content, name)

    async def _tick(self) -> None:
        talk = self._talk
        self._ticks += 1
        if talk.version != self._seen:
            self._refresh()
            await self.drawer.refresh()
        elif talk.answering is not None:
            self._turns.grow(talk)
        if self._composer.changed and self._ticks % _LOOKS == 0:
            self._look_ahead()

    def _refresh(self) -> None:
        talk = self._talk
        self._seen = talk.version
        self._turns.refresh(talk)
        busy = talk.answering is not None
        self._composer.show_busy(busy)
        self._composer.changed = True
        self._welcome.set_visibility(not talk.turns)
        self._retry_button.set_visibility(bool(talk.turns) and not busy)
        if talk.kept and not self._named:
            self._named = True
            ui.navigate.history.replace(f"/?talk={talk.conversation.id}")

    def _look_ahead(self) -> None:
        try:
            ahead = self._talk.look_ahead(self._caller, self._composer.parts)
        except FenError as error:
            self._composer.changed = False
            self._composer.warn(error.message)
            return
        costs = tell_costs(self._visit.say, self._talk.turns)
        self._composer.show_room(ahead, costs)
        if self._talk.trouble is not None:
            self._composer.warn(self._talk.trouble)
