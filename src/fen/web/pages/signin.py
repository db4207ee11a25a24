"""Signing in by a key, signing out, and what a reader prefers: plain forms, so that cookies can be set."""

from __future__ import annotations

import html
from urllib.parse import quote, urlsplit, urlunsplit

from fastapi import APIRouter
from nicegui import ui
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from fen.app import App
from fen.web.pages.visit import LANGUAGE, SIGNED_IN, THEME, THEMES, Visit
from fen.web.pages.words import LANGUAGES

_YEAR = 365 * 24 * 3600
_LONGEST_FORM = 4096
_SEE_OTHER = 303


def show(visit: Visit) -> None:
    """Show the form; it goes to `POST /signin` as a form does, without a script."""
    say, query = visit.say, visit.request.query_params
    after = html.escape(read_next(query.get("next")), quote=True)
    wrong = say("This key is not known, or was revoked.") if "wrong" in query else ""
    told = say("A key opens these pages: fen keys create NAME, with --admin for administration.")
    ui.html(
        f'''<form method="post" action="/signin" class="fen-form">
          <p>{html.escape(told)}</p>
          <label for="key">{html.escape(say("Key"))}</label>
          <input id="key" name="key" type="password" autocomplete="current-password" required autofocus
                 aria-describedby="wrong" aria-invalid="{"true" if wrong else "false"}">
          <p id="wrong" role="alert" class="fen-wrong">{html.escape(wrong)}</p>
          <input type="hidden" name="next" value="{after}">
          <button type="submit">{html.escape(say("Sign in"))}</button>
        </form>''',
        sanitize=False,
    )


def make_router(app: App) -> APIRouter:
    """Return the paths that are forms and links rather than pages; other sites' forms do not get here."""
    router = APIRouter()

    async def sign_in(request: Request) -> Response:
        if int(request.headers.get("content-length") or _LONGEST_FORM + 1) > _LONGEST_FORM:
            return Response("found a form that is too long, expected a key", 413)
        form = await request.form(max_files=0, max_fields=8)
        after = read_next(str(form.get("next", "/")))
        key = await app.keyring.find(str(form.get("key", "")).strip())
        if key is None:
            return RedirectResponse(f"/signin?wrong=1&next={quote(after)}", _SEE_OTHER)
        request.session.clear()  # whoever planted a session before does not share this one
        request.session[SIGNED_IN] = key.id
        return RedirectResponse(after, _SEE_OTHER)

    async def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/signin", _SEE_OTHER)

    async def prefer(request: Request) -> Response:
        query = request.query_params
        response = RedirectResponse(read_next(query.get("next")), _SEE_OTHER)
        for cookie, value, known in (
            (LANGUAGE, query.get("language"), tuple(LANGUAGES)),
            (THEME, query.get("theme"), THEMES),
        ):
            if value is not None and value in known:
                response.set_cookie(cookie, value, max_age=_YEAR, samesite="lax", httponly=True)
        return response

    router.add_api_route("/signin", sign_in, methods=["POST"])
    router.add_api_route("/signout", sign_out, methods=["POST"])
    router.add_api_route("/prefer", prefer, methods=["GET"])
    return router


def read_next(given: str | None) -> str:
    """Return a path of this site, with its query.

    Anything else becomes the first page, since a link may come from anywhere.
    """
    path = urlsplit(given or "/")
    safe = not path.scheme and not path.netloc and path.path.startswith("/") and "\\" not in path.path
    if not safe or path.path.startswith("//"):
        return "/"
    return urlunsplit(("", "", path.path, path.query, ""))


def comes_from_here(request: HTTPConnection) -> bool:
    """Whether a page of this site sent a form or opened a socket: by Sec-Fetch-Site, or else by Origin."""
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
