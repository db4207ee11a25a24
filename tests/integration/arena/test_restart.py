"""A server that is killed in mid-battle: what was shown is there afterwards, and the battle goes on."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from fen.arena.battle import INTERRUPTED, Battle, Draft
from tests.fakes.upstream import FakeUpstream
from tests.serving import serve

ARENA = """
[arena]
models = ["fake/gpt-4o-mini", "fake/text-only"]
shown_seconds = 0
"""
PROMPT = "Tell me [[tokens-200-stall-60]]"


class Client:
    """A voter on a connection of their own, who keeps the cookie."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""
        self._writers: list[asyncio.StreamWriter] = []

    async def close(self) -> None:
        """Leave."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def post(self, path: str, body: dict[str, Any], texts: int | None = None) -> bytes:
        """Post a body and read the answer, to its end or up to so many pieces of text."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        data = msgspec.json.encode(body)
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nconnection: close\r\n"
        head += f"content-length: {len(data)}\r\ncookie: {self.cookie}\r\n\r\n"
        writer.write(head.encode() + data)
        got = b""
        async with asyncio.timeout(60):
            while piece := await reader.read(4096):
                got += piece
                if texts is not None and got.count(b"event: text") > texts:
                    break
        self._writers.append(writer)  # a voter who reads no more is still there
        for line in got.partition(b"\r\n\r\n")[0].decode().split("\r\n"):
            if line.lower().startswith("set-cookie: "):
                self.cookie = line[12:].partition(";")[0]
        return got


def find_events(got: bytes) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    lines = got.decode("utf-8", "replace").splitlines()
    for name, data in pairwise(lines):
        if name.startswith("event: ") and data.startswith("data: ") and data.endswith("}"):
            found.append((name[7:], msgspec.json.decode(data[6:])))
    return found


def read_row(home: Path) -> tuple[Battle, Draft | None]:
    with closing(sqlite3.connect(home / "fen.db")) as database:
        [(battle, draft)] = database.execute("SELECT battle, draft FROM arena_battles").fetchall()
    return msgspec.json.decode(battle, type=Battle), draft and msgspec.json.decode(draft, type=Draft)


def let_time_pass(home: Path) -> None:
    """End the term within which a silent turn may still be alive."""
    with closing(sqlite3.connect(home / "fen.db")) as database, database:
        database.execute("UPDATE arena_battles SET until = 1 WHERE until IS NOT NULL")


async def test_a_kill_in_mid_battle_loses_nothing_that_was_shown(fake: FakeUpstream, tmp_path: Path) -> None:
    async with serve(tmp_path, fake.base_url, ARENA) as server:
        client = Client(server.port)
        got = await client.post("/api/arena/battles", {"prompt": "Hello"})
        battle_id = find_events(got)[0][1]["id"]
        assert find_events(got)[-1] == ("done", {"turn": 1})
        turns = f"/api/arena/battles/{battle_id}/turns"

        got = await client.post(turns, {"prompt": PROMPT}, texts=15)
        shown = [data for name, data in find_events(got) if name == "text"]
        await server.stop(signal.SIGKILL)
        battle, draft = read_row(tmp_path)
        assert draft is not None
        for side in ("left", "right"):
            text = "".join(data[side] for data in shown)
            assert len(text) > 60
            assert getattr(draft, side).startswith(text)
        first, second = battle.turns
        assert first.whole
        assert second.left.error == second.right.error == INTERRUPTED

        await server.start()
        assert b"battle_busy" in await client.post(turns, {"prompt": "Still there?"})
        let_time_pass(tmp_path)
        got = await client.post(turns, {"prompt": "Still there?"})
        assert find_events(got)[-1] == ("done", {"turn": 3})
        asked_then = fake.records[-1].json["messages"]
        assert [message["content"] for message in asked_then[::2]] == ["Hello", "Still there?"]
        battle, draft = read_row(tmp_path)
        assert draft is None
        assert battle.turns[1].left.text.startswith("".join(data["left"] for data in shown))
        got = await client.post(f"/api/arena/battles/{battle_id}/vote", {"outcome": "tie"})
        assert b'"counted":true' in got
        await client.close()


async def test_a_vote_after_a_kill_counts_what_was_whole(fake: FakeUpstream, tmp_path: Path) -> None:
    async with serve(tmp_path, fake.base_url, ARENA) as server:
        client = Client(server.port)
        got = await client.post("/api/arena/battles", {"prompt": "Hello"})
        battle_id = find_events(got)[0][1]["id"]
        turns = f"/api/arena/battles/{battle_id}/turns"
        await client.post(turns, {"prompt": PROMPT}, texts=15)
        await server.stop(signal.SIGKILL)
        await server.start()
        let_time_pass(tmp_path)
        got = await client.post(f"/api/arena/battles/{battle_id}/vote", {"outcome": "left"})
        assert b'"counted":true' in got
        battle, draft = read_row(tmp_path)
        assert draft is None
        await client.close()
        assert "word9" in battle.turns[1].left.text  # what was said is still looked at for leaks
