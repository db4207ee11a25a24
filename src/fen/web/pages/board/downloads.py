"""Downloads of a board, and for administrators of the votes: plain links, which any client can follow."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fen.app import App
from fen.app.arena_door import ArenaDoor
from fen.web.pages.visit import Visit
from fen.wire.errors import FenError

Answer = Callable[[Visit], Awaitable[Response]]


def make_router(app: App, door: ArenaDoor) -> APIRouter:
    """Return the paths under `/board/`; `category` and `style` are those of the API's board."""
    router = APIRouter()

    def add(name: str, answer: Answer) -> None:
        async def handle(request: Request) -> Response:
            try:
                return await answer(Visit(app, door, request))
            except FenError as error:
                return Response(error.message, error.status, media_type="text/plain")

        router.add_api_route(f"/board/{name}", handle, methods=["GET"])

    add("board.json", _send_json)
    add("board.csv", _send_sheet)
    add("votes.jsonl", _send_votes)
    add("votes.parquet", _send_votes)
    return router


async def _send_json(visit: Visit) -> Response:
    from fen.web.api.arena_board import encode_board, read_wish  # noqa: PLC0415  numpy, after the arena

    await visit.admit()
    boards = (await visit.arena.open()).boards
    category, style = read_wish(visit.request.scope, boards.categories)
    body = encode_board(await boards.show(category, style=style))
    return _attach(body, "application/json", category, "json")


async def _send_sheet(visit: Visit) -> Response:
    from fen.arena.sheet import write_sheet  # noqa: PLC0415  the same
    from fen.web.api.arena_board import read_wish  # noqa: PLC0415  the same

    await visit.admit()
    boards = (await visit.arena.open()).boards
    category, style = read_wish(visit.request.scope, boards.categories)
    board = await boards.show(category, style=style)
    return _attach(write_sheet(board).encode(), "text/csv; charset=utf-8", category, "csv")


async def _send_votes(visit: Visit) -> Response:
    """Send the log's votes that count, as `fen arena export` writes them: hidden models by codename."""
    from fen.arena.exchange import export_file  # noqa: PLC0415  the same

    await visit.admit_admin()
    await visit.arena.open()
    name = visit.path.rpartition("/")[2]
    with tempfile.NamedTemporaryFile(
        dir=visit.app.settings.home, suffix=Path(name).suffix, delete=False
    ) as file:
        path = Path(file.name)
    try:
        await export_file(visit.app.storage, path)
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return FileResponse(path, filename=name, background=BackgroundTask(path.unlink, missing_ok=True))


def _attach(body: bytes, kind: str, category: str, suffix: str) -> Response:
    safe = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in category)
    disposition = f'attachment; filename="board-{safe}.{suffix}"'
    return Response(body, headers={"content-disposition": disposition}, media_type=kind)
