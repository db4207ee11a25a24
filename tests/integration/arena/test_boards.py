"""Boards for whoever asks, and the routes that show them."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from fen.arena.boards import Boards, Setup
from fen.arena.casting import Box, Judging
from fen.arena.identity import LeakFilter, make_roster
from fen.arena.live import LiveBoards
from fen.storage import Storage, open_storage
from fen.web.api.arena_board import BoardEndpoint, LiveBoardEndpoint
from fen.wire.errors import Forbidden
from tests.fakes.ballot_box import LATER, keep_battles, make_battle, slip_for

JUDGING = Judging(LeakFilter(make_roster([])))


class Arena:
    """A database with boards over it, and somebody who votes."""

    def __init__(self, storage: Storage, setup: Setup) -> None:
        self.storage = storage
        self.live = LiveBoards(storage)
        self.box = Box(storage, self.live)
        self.setup = setup
        self.boards = Boards(storage, self.live, self.get_setup)
        self._numbers = itertools.count()

    async def get_setup(self) -> Setup:
        return self.setup

    async def vote(self, outcome: Any = "left", pair: tuple[str, str] = ("x", "y")) -> None:
        number = next(self._numbers)
        battle = make_battle(f"b{number}", pair, f"v{number}", prompt="What is this?")
        await keep_battles(self.storage, battle)
        cast = await self.box.cast(slip_for(battle, outcome, battle.voter), LATER, JUDGING)
        assert cast.counts


@pytest.fixture
async def arena(sqlite_url: str):
    storage = open_storage(sqlite_url)
    opened = Arena(storage, Setup(delay=0.0))
    for outcome in ("left", "right", "tie", "left"):
        await opened.vote(outcome)
    yield opened
    await opened.boards.close()
    await storage.close()


class Client:
    """Asks an ASGI endpoint, and keeps what it sends."""

    def __init__(
        self, endpoint: Callable[..., Awaitable[None]], query: str = "", method: str = "GET"
    ) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()
        scope = {"type": "http", "method": method, "path": "/", "query_string": query.encode(), "headers": []}
        self.task = asyncio.ensure_future(endpoint(scope, self._receive, self._send))

    async def finish(self) -> dict[str, Any]:
        await self.task
        body = b"".join(self.pieces.get_nowait() for _ in range(self.pieces.qsize()))
        return msgspec.json.decode(body)

    async def next_event(self) -> dict[str, Any]:
        piece = await asyncio.wait_for(self.pieces.get(), 10)
        lines = piece.decode().splitlines()
        assert lines[0] == "event: board"
        return msgspec.json.decode(lines[2].removeprefix("data: "))

    async def leave(self) -> None:
        self.gone.set()
        await asyncio.wait_for(self.task, 10)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        elif message["body"]:
            self.pieces.put_nowait(message["body"])


class TestBoards:
    async def test_a_board_is_of_the_live_counts(self, arena: Arena) -> None:
        assert (await arena.boards.show()).votes == 4
        await arena.vote("right")
        board = await arena.boards.show()
        assert board.votes == 5
        assert [row.model for row in board.rows] == ["x", "y"]
        assert (await arena.boards.show("en")).votes == 5

    async def test_one_within_the_delay_is_shown_again(self, arena: Arena) -> None:
        arena.setup = Setup(delay=60.0)
        await arena.boards.study()
        first = await arena.boards.show()
        await arena.vote()
        assert await arena.boards.show() is first

    async def test_a_study_adds_costs_and_the_rest(self, arena: Arena) -> None:
        first = await arena.boards.show()
        assert first.studied is None
        assert first.rows[0].cost is None
        await arena.boards.study()
        board = await arena.boards.show()
        assert board.studied == 4
        assert {row.model: str(row.cost) for row in board.rows} == {"x": "0.002 USD", "y": "0.001 USD"}
        assert board.intervals == ("votes", "voters")
        assert len(board.flips) == 1
        assert len(board.sensitivities) == 3

    async def test_a_board_of_other_marks_is_another_board(self, arena: Arena) -> None:
        await arena.vote("left", ("x", "secret"))
        await arena.boards.study()
        assert len((await arena.boards.show()).rows) == 3
        arena.setup = Setup(delay=60.0, marks={"secret": "hidden"})
        board = await arena.boards.show()
        assert [row.model for row in board.rows] == ["x", "y"]
        assert board.studied is None  # the last study knew the hidden one
        await arena.boards.study()
        assert (await arena.boards.show()).studied == 5

    async def test_a_style_board_waits_for_its_study(self, arena: Arena) -> None:
        board = await arena.boards.show(style=True)
        assert board.style
        assert "found 4 votes" in board.why

    async def test_a_study_begun_by_many_is_one(self, arena: Arena) -> None:
        found = await asyncio.gather(*(arena.boards.study() for _ in range(10)))
        assert all(one is found[0] for one in found)


class TestRoutes:
    async def test_a_board_as_json(self, arena: Arena) -> None:
        client = Client(BoardEndpoint(arena.boards), "category=en")
        found = await client.finish()
        assert client.status == 200
        assert client.headers[b"content-type"] == b"application/json"
        assert (found["category"], found["votes"], found["style"]) == ("en", 4, False)
        assert [row["model"] for row in found["rows"]] == ["x", "y"]

    @pytest.mark.parametrize("query", ["category=cats", "style=perhaps"])
    async def test_what_it_does_not_know_it_says(self, arena: Arena, query: str) -> None:
        for endpoint in (BoardEndpoint(arena.boards), LiveBoardEndpoint(arena.boards)):
            client = Client(endpoint, query)
            found = await client.finish()
            assert client.status == 400
            assert found["error"]["param"] == query.partition("=")[0]

    async def test_other_methods_are_refused(self, arena: Arena) -> None:
        client = Client(BoardEndpoint(arena.boards), method="POST")
        await client.finish()
        assert client.status == 405
        assert client.headers[b"allow"] == b"GET"

    async def test_whoever_may_not_see_it_does_not(self, arena: Arena) -> None:
        async def refuse(_: Any) -> None:
            raise Forbidden("found no key, expected one")

        for endpoint in (BoardEndpoint(arena.boards, refuse), LiveBoardEndpoint(arena.boards, refuse)):
            client = Client(endpoint)
            await client.finish()
            assert client.status == 403

    async def test_a_live_board_comes_with_each_vote(self, arena: Arena) -> None:
        client = Client(LiveBoardEndpoint(arena.boards, pause=0.0))
        assert (await client.next_event())["votes"] == 4
        assert (await client.next_event())["studied"] == 4
        assert client.headers[b"content-type"].startswith(b"text/event-stream")
        for votes in (5, 6):
            await arena.vote()
            assert (await client.next_event())["votes"] == votes
        await client.leave()
        assert client.task.done()

    async def test_no_more_than_so_many_a_second(self, arena: Arena) -> None:
        client = Client(LiveBoardEndpoint(arena.boards, pause=0.3))
        await client.next_event()
        await client.next_event()
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(10):
            await arena.vote()
        found = 0
        while found < 14:
            found = (await client.next_event())["votes"]
        assert loop.time() - began >= 0.25
        assert client.pieces.qsize() == 0
        await client.leave()

    async def test_a_silent_stream_says_that_it_lives(self, arena: Arena) -> None:
        client = Client(LiveBoardEndpoint(arena.boards, pause=0.0, beat=0.05))
        while (piece := await asyncio.wait_for(client.pieces.get(), 10)).startswith(b"event"):
            pass
        assert piece.startswith(b":")
        await client.leave()
