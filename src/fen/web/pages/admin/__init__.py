# pyright: reportUnknownMemberType=false
"""Administration: keys, budgets, tiers, upstreams, codenames, and who changed what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from fen.app import Records
from fen.web.pages.admin import audit, budgets, codenames, keys, tiers, upstreams
from fen.web.pages.admin.desk import Desk
from fen.web.pages.shell import show_error
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError

SAID = ("Keys", "Budgets", "Tiers", "Upstreams", "Codenames", "Audit log")
"""The page's parts, in their order."""

_PARTS: dict[str, Callable[[Desk], Awaitable[None]]] = dict(
    zip(SAID, (keys.show, budgets.show, tiers.show, upstreams.show, codenames.show, audit.show), strict=True)
)


async def show(visit: Visit) -> None:
    """Show the page; raises Forbidden for whoever is no administrator."""
    await visit.admit_admin()
    app = visit.app
    desk = Desk(visit, Records(app.storage, app.pipeline.parts.tiers, app.keyring, app.book))
    places = dict[str, ui.column]()

    async def draw(part: str) -> None:
        places[part].clear()
        with places[part]:
            try:
                await visit.admit_admin()
                await _PARTS[part](desk)
            except FenError as error:
                show_error(visit, error)

    # A part is read when it is turned to, so it is always of now.
    with ui.tabs() as tabs:
        tabs.props("no-caps align=left outside-arrows mobile-arrows dense").classes("full-width")
        for part in SAID:
            ui.tab(part, label=visit.say(part))
    with ui.tab_panels(tabs, value=SAID[0], animated=False).classes("full-width fen-panels"):
        for part in SAID:
            with ui.tab_panel(part).classes("q-pa-none"):
                places[part] = ui.column().classes("full-width")
    tabs.on_value_change(lambda event: draw(str(event.value)))
    await draw(SAID[0])
