"""A visit: who looks at a page, in which language, and what they may ask in whose name."""

from __future__ import annotations

from starlette.requests import Request

from fen.accounts import Key
from fen.accounts.tier import Tier
from fen.app import App
from fen.app.arena_door import ArenaDoor
from fen.gateway import Caller, identify
from fen.gateway.admission import find_tier
from fen.web.api.reading import read_caller
from fen.web.pages.words import Words, choose_language, find_words
from fen.wire.errors import Forbidden, Unauthenticated

LANGUAGE, THEME = "fen_language", "fen_theme"
"""Cookies of what a reader prefers."""

THEMES = ("auto", "light", "dark")
COOKIES = "fen.cookies"
"""Where a request's scope has the cookies that the answer is to set."""

SIGNED_IN = "key"
"""Where the signed session has the id of the key; never its secret."""


class Visit:
    """One open page.

    app, arena: the parts that are shared. say: the words. key: who signed in; None on this machine's own
    pages, as long as there is no key at all. path: of the page.
    """

    def __init__(self, app: App, arena: ArenaDoor, request: Request) -> None:
        self.app = app
        self.arena = arena
        self.request = request
        self.path = request.url.path
        self.say: Words = read_words(request)
        self.theme = read_theme(request)
        self.key: Key | None = None
        self._key_id: str | None = request.session.get(SIGNED_IN)

    async def admit(self) -> Caller:
        """Return in whose name this page asks, as of now; a key that was revoked asks for nothing more.

        To be called at the start and before each thing that is done. Raises Unauthenticated or Forbidden.
        """
        if self._key_id is not None:
            self.key = await self.app.keyring.find_by_id(self._key_id)
            if self.key is None:
                raise Unauthenticated("found a key that was revoked, expected a living one: sign in again")
            return Caller(key=self.key)
        caller, _ = read_caller(self.request.scope, dict(self.request.scope["headers"]))
        caller = Caller(peer=caller.peer)
        await identify(caller, self.app.pipeline.parts)
        return caller

    async def admit_admin(self) -> str:
        """Return who administrates, for the audit log; raises Forbidden for a key that may not."""
        await self.admit()
        if not self.is_admin:
            raise Forbidden("found a key that is no administrator's, expected one: fen keys create --admin")
        return f"page:{self.key.name}" if self.key is not None else "page:local"

    def keep(self, cookie: str) -> None:
        """Have the browser keep a cookie, told as a `Set-Cookie` header; only while the page is made."""
        self.request.scope.setdefault(COOKIES, []).append(cookie)

    @property
    def here(self) -> str:
        """The page's address on this site, with its query."""
        query = self.request.url.query
        return f"{self.path}?{query}" if query else self.path

    @property
    def is_admin(self) -> bool:
        """Whether this visitor may see and change what is everybody's."""
        return self.key is None or self.key.admin

    @property
    def tier(self) -> Tier:
        """The tier of the visitor's key; raises Forbidden where the settings no longer have it."""
        return find_tier(self.key, self.app.pipeline.parts)


def read_words(request: Request) -> Words:
    """Return the words in which a browser is answered."""
    chosen = request.cookies.get(LANGUAGE)
    return find_words(choose_language(chosen, request.headers.get("accept-language")))


def read_theme(request: Request) -> str:
    """Return the theme that a browser asks for."""
    theme = request.cookies.get(THEME, "auto")
    return theme if theme in THEMES else "auto"
