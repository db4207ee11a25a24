"""Open pages without browsers: GET a page, connect its socket as NiceGUI's script does, watch the board."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import socketio  # pyright: ignore[reportMissingTypeStubs]

from bench.process import BenchError

_CLIENT = re.compile(r"['\"]client_id['\"]: ['\"]([0-9a-f-]{36})['\"]")
_NEXT = re.compile(r"['\"]next_message_id['\"]: (\d+)")
_VOTES = re.compile(r"^([\d,]+) votes, as of ")
_ACK_SECONDS = 3.0


class Page:
    """One open page of the board, which keeps when it first heard of each number of votes."""

    def __init__(self, url: str) -> None:
        self.heard: dict[int, float] = {}
        self._url = url
        self._news = asyncio.Event()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("*", self._take)
        self._next = self._acked = 0
        self._client_id = ""
        self._acking: asyncio.Task[None] | None = None

    async def open(self, http: aiohttp.ClientSession) -> None:
        """Load the page and connect; raises BenchError for a page that is not one."""
        async with http.get(f"{self._url}/board") as answer:
            text = await answer.text()
        client, following = _CLIENT.search(text), _NEXT.search(text)
        if answer.status != 200 or client is None or following is None:
            raise BenchError(f"GET /board: found status {answer.status} and {text[:200]!r}, expected a page")
        self._client_id, self._next = client[1], int(following[1])
        query = {
            "client_id": self._client_id,
            "next_message_id": self._next,
            "implicit_handshake": "true",
            "document_id": str(uuid.uuid4()),
            "tab_id": str(uuid.uuid4()),
        }
        await self._socket.connect(
            f"{self._url}?{urlencode(query)}",
            socketio_path="/_nicegui_ws/socket.io",
            transports=["websocket"],
            wait_timeout=60,
        )
        self._acking = asyncio.create_task(self._acknowledge())

    async def hear(self, votes: int, within: float) -> float:
        """Wait for a board of so many votes or more; return when it came, by time.monotonic.

        Raises BenchError after `within` seconds.
        """
        try:
            async with asyncio.timeout(within):
                while not (found := [at for count, at in self.heard.items() if count >= votes]):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            last = max(self.heard, default=None)
            raise BenchError(f"a page heard of {last} votes within {within} s, expected {votes}") from None
        return min(found)

    async def close(self) -> None:
        """Leave."""
        if self._acking is not None:
            self._acking.cancel()
        await self._socket.disconnect()

    async def _take(self, event: str, data: Any) -> None:
        now = time.monotonic()
        if isinstance(data, Mapping) and "_id" in data:
            self._next = int(data["_id"]) + 1
        if event != "update":
            return
        for element in data.values():
            text = element.get("text") if isinstance(element, Mapping) else None
            if isinstance(text, str) and (said := _VOTES.match(text)):
                self.heard.setdefault(int(said[1].replace(",", "")), now)
                self._news.set()

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(_ACK_SECONDS)
            if self._next > self._acked:
                told = {"client_id": self._client_id, "next_message_id": self._next}
                await self._socket.emit("ack", told)
                self._acked = self._next


class Voter:
    """Casts votes through the API, each of them as another voter."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def begin(self) -> tuple[str, str]:
        """Play a battle to its end; return its id and the voter's token."""
        async with self._http.post(f"{self._url}/api/arena/battles", json={"prompt": "What is it?"}) as said:
            text, token = await said.text(), said.headers.get("x-fen-voter", "")
        if said.status != 200:
            raise BenchError(f"a battle: found status {said.status} and {text[:200]!r}, expected 200")
        return json.loads(text.splitlines()[1].removeprefix("data: "))["id"], token

    async def vote(self, battle: str, token: str, outcome: str) -> None:
        """Vote; raises BenchError where the vote does not count."""
        where = f"{self._url}/api/arena/battles/{battle}/vote"
        async with self._http.post(where, json={"outcome": outcome}, headers={"x-fen-voter": token}) as said:
            told = await said.json()
        if not told.get("counted"):
            raise BenchError(f"a vote: found {told}, expected one that counts")

    async def count(self) -> int:
        """Return how many votes the board has."""
        async with self._http.get(f"{self._url}/api/arena/board") as said:
            return int((await said.json())["votes"])
