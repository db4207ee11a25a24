"""`/api/arena/*`: blind battles, votes on them, and the register of variants."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fen.accounts import Key
from fen.accounts.peer import client_host
from fen.app.arena_door import ArenaDoor
from fen.gateway import Caller, Reply, identify
from fen.web.api.bodies import answer_body, encode_json
from fen.web.api.endpoint import Endpoint
from fen.web.api.reading import check_head, read_body
from fen.web.api.service import Service

if TYPE_CHECKING:
    from fen.app.arena import Arena
    from fen.arena.battle import Battle
    from fen.arena.round import Event, Round

Admit = Callable[[HttpRequest], Awaitable[Key | None]]
Handler = Callable[[HttpRequest], Awaitable[Response]]

HEADER = "x-fen-voter"
COOKIE = "fen_voter"
FAILED = "No two answers came, so this turn does not count. Please try again, or begin another battle."
"""What a voter is told of a turn without two answers, whichever side it was and whatever the reason."""

_KEPT = 365 * 24 * 3600
_MOST_JSON = 4096


class ArenaRoutes:
    """Battles of the voter that asks; of others it sees none."""

    def __init__(self, service: Service, door: ArenaDoor, admit: Admit) -> None:
        self._service = service
        self._door = door
        self._admit = admit

    def table(self) -> list[tuple[str, tuple[str, ...], Handler]]:
        """Return each path, its methods and what answers it."""
        return [
            ("/api/arena/battles", ("POST",), self.battles),
            ("/api/arena/battles/{id}/turns", ("POST",), self.turns),
            ("/api/arena/battles/{id}/vote", ("POST",), self.vote),
            ("/api/arena/votes", ("GET",), self.votes),
            ("/api/arena/register", ("GET",), self.register),
            ("/api/arena/board", ("GET",), self.board),
            ("/api/arena/board/live", ("GET",), self.live),
        ]

    async def battles(self, request: HttpRequest) -> Response:
        """Begin a battle."""
        return _Handed(_TurnEndpoint(self._service, self._door, request))

    async def turns(self, request: HttpRequest) -> Response:
        """Go on with a battle."""
        return _Handed(_TurnEndpoint(self._service, self._door, request, request.path_params["id"]))

    async def vote(self, request: HttpRequest) -> Response:
        """Take a vote, and reveal who it was."""
        await self._admit(request)
        return await answer_body(self._vote(request))

    async def votes(self, request: HttpRequest) -> Response:
        """List the voter's own votes, with whether each counts and why not."""
        await self._admit(request)
        arena = await self._door.open()
        voter = read_voter(arena, request)
        found = [] if voter is None else await arena.list_votes(voter)
        return encode_json({"object": "list", "data": found})

    async def register(self, request: HttpRequest) -> Response:
        """List every variant that was ever tested."""
        await self._admit(request)
        arena = await self._door.open()
        return encode_json({"object": "list", "data": await arena.list_register()})

    async def board(self, request: HttpRequest) -> Response:
        """Show a board."""
        from fen.web.api.arena_board import BoardEndpoint  # noqa: PLC0415  numpy, where nobody asks for boards

        await self._admit(request)
        return _Handed(BoardEndpoint((await self._door.open()).boards))

    async def live(self, request: HttpRequest) -> Response:
        """Show a board, and again whenever votes have landed."""
        from fen.web.api.arena_board import LiveBoardEndpoint  # noqa: PLC0415  the same

        await self._admit(request)
        return _Handed(LiveBoardEndpoint((await self._door.open()).boards))

    async def _vote(self, request: HttpRequest) -> Response:
        check_head(dict(request.scope["headers"]), _MOST_JSON)
        body = await read_body(request.receive, _MOST_JSON, is_here=False)
        arena = await self._door.open()
        voter = read_voter(arena, request) or ""  # nobody's: there is no such battle
        address = read_address(request, self._service.pipeline.parts.trusted_proxies)
        return encode_json(await arena.vote(voter, address, request.path_params["id"], body))


class _Handed(Response):
    """A response that another ASGI application gives."""

    def __init__(self, endpoint: ASGIApp) -> None:
        super().__init__()
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


class _TurnEndpoint(Endpoint):
    """One turn: what the voter says, and both answers as they come."""

    def __init__(
        self, service: Service, door: ArenaDoor, request: HttpRequest, battle_id: str | None = None
    ) -> None:
        super().__init__(service, "openai.chat")
        self._door = door
        self._request = request
        self._battle_id = battle_id

    async def ask(self, body: bytes, caller: Caller, traceparent: str | None) -> Reply:
        """Return the stream of a turn; raises FenError before anything was asked."""
        await identify(caller, self._service.pipeline.parts)
        arena = await self._door.open()
        if self._battle_id is not None:
            voter = read_voter(arena, self._request)
            turn = await arena.go_on(voter or "", self._battle_id, body)
            return Reply((), _frame("battle", {"id": turn.battle.id}), _stream(turn))
        voter, token = name_voter(arena, self._request)
        turn = await arena.begin(voter, body)
        told = ((HEADER, token), ("set-cookie", write_cookie(token)))
        return Reply(told, _frame("battle", {"id": turn.battle.id}), _stream(turn))


async def _stream(turn: Round) -> AsyncGenerator[bytes, None]:
    async with aclosing(turn.play()) as events:
        async for event in events:
            yield _encode(event, turn.battle)


def _encode(event: Event, battle: Battle) -> bytes:
    """Return an event as it goes out; both sides are always in it together."""
    if event.kind == "beat":
        return b": beat\n\n"
    if event.kind == "text":
        return _frame("text", {"left": event.left, "right": event.right})
    if event.kind == "failed":
        return _frame("failed", {"message": FAILED, "open": battle.state == "open"})
    return _frame(event.kind, {"turn": len(battle.turns)})


def _frame(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))


def read_voter(arena: Arena, request: HttpRequest) -> str | None:
    """Return the voter that a request is of, by its header or else its cookie; None for nobody."""
    token = request.headers.get(HEADER)
    if token is None:
        jar = SimpleCookie()
        try:
            jar.load(request.headers.get("cookie", ""))
        except CookieError:
            return None
        token = jar[COOKIE].value if COOKIE in jar else None
    return arena.voters.read(token)


def name_voter(arena: Arena, request: HttpRequest) -> tuple[str, str]:
    """Return the voter that a request is of, a new one for nobody, and the token to keep."""
    voter = read_voter(arena, request)
    token = arena.voters.issue() if voter is None else arena.voters.sign(voter)
    return arena.voters.read(token) or "", token


def write_cookie(token: str, *, secure: bool = False) -> str:
    """Return the `Set-Cookie` by which a browser keeps a voter's token; secure: over HTTPS alone.

    It is lax, so that who comes by a link from elsewhere is the same voter still; what another site sends by
    itself, or posts, has it not.
    """
    told = f"{COOKIE}={token}; Path=/; Max-Age={_KEPT}; HttpOnly; SameSite=Lax"
    return f"{told}; Secure" if secure else told


def read_address(request: HttpRequest, trusted_proxies: Sequence[str]) -> str:
    """Return the address that a vote comes from, seen through the proxies that are trusted."""
    peer = request.client.host if request.client is not None else ""
    return client_host(peer, request.headers.get("x-forwarded-for"), trusted_proxies)
