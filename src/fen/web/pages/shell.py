"""What stands around every page: its head, the way to the others, language and theme, and what went wrong."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from importlib import resources
from urllib.parse import quote

from nicegui import ui

from fen.web.pages.markdown import style_code
from fen.web.pages.visit import THEMES, Visit
from fen.web.pages.words import LANGUAGES
from fen.wire.errors import FenError, Unauthenticated

NAMES = {
    "/": "Chat",
    "/arena": "Arena",
    "/board": "Board",
    "/evals": "Evals",
    "/prices": "Prices",
    "/usage": "Usage",
    "/admin": "Admin",
}
"""Each page's path and its English name, in the order of the menu."""

_PATIENCE = 30.0
"""Seconds in which a browser opens the page's socket."""

PRIMARY, ACCENT = "#0b5c7a", "#a34a00"
"""Colours with a contrast of at least 4.5 on white (WCAG 2.2, 1.4.3)."""


@cache
def read_style(path: str) -> str:
    """Return the style sheet of a page: what all pages have, and what it has of its own."""
    folder = resources.files("fen.web.pages") / "styles"
    name = "usage" if path == "/admin" else NAMES.get(path, "").lower()  # those two are alike
    own = folder / f"{name}.css"
    return (folder / "shell.css").read_text() + style_code() + (own.read_text() if own.is_file() else "")


@contextmanager
def framed(visit: Visit, title: str) -> Generator[None]:
    """Put a page's content between head and foot; title: in the reader's language, its only h1."""
    ui.page_title(f"{title} · Fen")
    ui.colors(primary=PRIMARY, accent=ACCENT, secondary="#455a64", positive="#1d6f2b", negative="#b3261e")
    ui.add_css(read_style(visit.path))
    ui.html(
        f'<a class="fen-skip" href="#main">{visit.say("Skip to the content")}</a>', sanitize=False, tag="div"
    )
    with ui.header().classes("fen-bar items-center q-py-xs gap-1 flex-wrap"):
        _show_menu(visit)
    with ui.element("main").props("id=main tabindex=-1").classes("fen-main q-pa-md"):
        ui.label(title).props("role=heading aria-level=1").classes("text-h5 q-mb-sm")
        yield


def _show_menu(visit: Visit) -> None:
    say = visit.say
    with ui.element("nav").props(f'aria-label="{say("Pages")}"').classes("row items-center"):
        ui.link("分 Fen", "/").classes("text-weight-bold")
        for path, name in NAMES.items():
            if path == "/admin" and not visit.is_admin:
                continue
            link = ui.link(say(name), path)
            if path == visit.path:
                link.props("aria-current=page")
    ui.space()
    back = quote(visit.here, safe="")
    with ui.row().classes("items-center gap-0"):
        for code, name in LANGUAGES.items():
            if code != say.language:
                ui.link(name, f"/prefer?language={code}&next={back}").props(f"lang={code} hreflang={code}")
        names = {
            "auto": say("Theme: as the system"),
            "light": say("Theme: light"),
            "dark": say("Theme: dark"),
        }
        following = THEMES[(THEMES.index(visit.theme) + 1) % len(THEMES)]
        ui.link(names[visit.theme], f"/prefer?theme={following}&next={back}")
        if visit.key is not None:
            ui.label(visit.key.name).classes("fen-name")
            ui.html(
                f'<form method="post" action="/signout"><button>{say("Sign out")}</button></form>',
                sanitize=False,
            )


@asynccontextmanager
async def waited(told: str) -> AsyncGenerator[bool]:
    """Let the page go out at once, and go on when its browser listens; yields whether one does.

    A browser gives up on a page that takes long, and reading the books or runs may. told: what stands there
    meanwhile, until the block ends.
    """
    waiting = ui.label(told).props("role=status").classes("fen-quiet")
    client = ui.context.client
    with suppress(TimeoutError):
        await client.connected(_PATIENCE)
    listens = client.has_socket_connection and not client.is_deleted
    try:
        yield listens
    finally:
        if not client.is_deleted:
            waiting.delete()


def show_error(visit: Visit, error: FenError) -> None:
    """Show what was found and what was expected; whoever is not signed in gets the way there."""
    with ui.card().props("role=alert").classes("full-width"):
        ui.label(error.message).classes("fen-text")
        if isinstance(error, Unauthenticated):
            ui.link(visit.say("Sign in"), f"/signin?next={quote(visit.here, safe='')}")
