"""The arena's board: `GET /api/arena/board`, and `GET /api/arena/board/live` as a stream of boards.

Both take `category`, one of those of fen.arena.categories or of the votes, or `all`, and `style`, `true` for
the board with style taken out. A live board is sent when votes have landed, as an event `board` whose id is
its version.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from urllib.parse import parse_qs

import msgspec
from starlette.types import Receive, Scope, Send

from fen.arena.board import Board
from fen.arena.boards import Boards
from fen.arena.categories import read_categories
from fen.arena.tally import ALL
from fen.web.api.errors import log_fault, send_error
from fen.wire.errors import FenError, InvalidRequest, MethodNotAllowed

_log = logging.getLogger("fen.web")

Admit = Callable[[Scope], Awaitable[None]]
"""Raises FenError for a client that may not see the board."""

BEAT_SECONDS = 15.0
"""After so long without a vote a comment is sent, so that nothing on the way takes the stream for dead."""

_BEAT = b": nothing new\n\n"
_JSON = (b"content-type", b"application/json")
_SSE = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))
_WORDS = {"true": True, "1": True, "false": False, "0": False}


async def let_in(_: Scope) -> None:
    """Let everybody see the board."""


class BoardEndpoint:
    """`GET` of a board as JSON."""

    def __init__(self, boards: Boards, admit: Admit = let_in) -> None:
        self._boards = boards
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await _check(scope, self._admit)
            category, style = read_wish(scope, self._boards.categories)
            body = encode_board(await self._boards.show(category, style=style))
        except Exception as fault:  # noqa: BLE001 (the edge: what is not ours to tell is logged)
            await send_error(_tell(fault), scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": body})


class LiveBoardEndpoint:
    """`GET` of a board as server-sent events, until the client goes away.

    pause: seconds between two boards at least.
    """

    def __init__(
        self, boards: Boards, admit: Admit = let_in, *, pause: float = 1.0, beat: float = BEAT_SECONDS
    ) -> None:
        self._boards = boards
        self._admit = admit
        self._pause = pause
        self._beat = beat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await _check(scope, self._admit)
            category, style = read_wish(scope, self._boards.categories)
        except Exception as fault:  # noqa: BLE001 (the edge: what is not ours to tell is logged)
            await send_error(_tell(fault), scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(_SSE)})
        sending = asyncio.create_task(self._stream(category, send, style=style))
        leaving = asyncio.create_task(_wait_until_gone(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            ended = await asyncio.gather(sending, leaving, return_exceptions=True)
        fault = ended[0]
        if isinstance(fault, Exception) and not isinstance(fault, OSError):
            log_fault(fault)  # the stream ends; a client that still wants it asks again

    async def _stream(self, category: str, send: Send, *, style: bool) -> None:
        boards = self._boards.watch(category, style=style, pause=self._pause)
        async with aclosing(_beat(boards, self._beat)) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})


def encode_board(board: Board) -> bytes:
    """Return a board as JSON."""
    return msgspec.json.encode(board)


def encode_event(board: Board) -> bytes:
    """Return a board as a server-sent event."""
    return b"event: board\nid: %d\ndata: %b\n\n" % (board.version, encode_board(board))


def read_wish(scope: Scope, voted: Sequence[str] = ()) -> tuple[str, bool]:
    """Return the category and whether style is taken out; raises InvalidRequest for what is neither.

    voted: categories that have had votes; an imported file may bring its own.
    """
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    category = asked.get("category", [ALL])[-1]
    known = tuple(dict.fromkeys((ALL, *(rule.name for rule in read_categories()), *voted)))
    if category not in known:
        message = f"category: found {category[:64]!r}, expected one of {', '.join(known)}"
        raise InvalidRequest(message, param="category")
    word = asked.get("style", ["false"])[-1]
    if word not in _WORDS:
        raise InvalidRequest(f"style: found {word[:64]!r}, expected true or false", param="style")
    return category, _WORDS[word]


async def _beat(boards: AsyncGenerator[Board, None], seconds: float) -> AsyncGenerator[bytes, None]:
    """Yield boards as events, and a comment after each long silence."""
    coming: asyncio.Task[Board] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(boards))
            done, _ = await asyncio.wait((coming,), timeout=seconds)
            if done:
                yield encode_event(coming.result())
                coming = None
            else:
                yield _BEAT
    finally:
        if coming is not None:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await coming
        await boards.aclose()


async def _check(scope: Scope, admit: Admit) -> None:
    if scope["method"] != "GET":
        raise MethodNotAllowed(f"found {scope['method']}, expected GET", allow="GET")
    await admit(scope)


def _tell(fault: Exception) -> FenError:
    return fault if isinstance(fault, FenError) else log_fault(fault)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
