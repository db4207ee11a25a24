"""Two servers over one PostgreSQL and one Valkey: what one replica promises, both keep together."""

import asyncio
import json
import signal
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis

from fen.ledger import Book
from fen.storage import open_storage
from tests.fakes.upstream import FakeUpstream
from tests.fakes.valkey import ValkeyServer
from tests.serving import Serving

EXTRA = """
[server]
lease_seconds = 2.0
shutdown_seconds = 5.0

[tiers.slow]
rpm = 12

[tiers.api]
hold_wait = 60.0

[models."fake/round"]
upstream = "fake"
upstream_model = "round"
context_window = 1000000
max_output_tokens = 1000
continuation = false
price = { input = "0", output = "1", currency = "USD" }
"""
OUTPUT = 1000
"""Tokens of an answer: it costs 0.001 USD, which is also what is held for it."""

COUNT = 200
AFFORDED = 20


class Client:
    """Sends one chat request and knows what came of it."""

    def __init__(self, serving: Serving, secret: str, text: str) -> None:
        self._serving = serving
        self._secret = secret
        self._body = json.dumps(
            {
                "model": "fake/round",
                "max_tokens": OUTPUT,
                "messages": [{"role": "user", "content": text}],
            }
        ).encode()
        self.status: int | None = None
        self.headers: dict[str, str] = {}

    async def run(self) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._serving.port)
            head = (
                f"POST /v1/chat/completions HTTP/1.1\r\nhost: fen\r\nauthorization: Bearer {self._secret}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(self._body)}\r\n"
                "connection: close\r\n\r\n"
            )
            writer.write(head.encode() + self._body)
            async with asyncio.timeout(90):
                answer = await reader.read()
            writer.close()
        except OSError:
            return
        first, *lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        if first:
            self.status = int(first.split()[1])
            self.headers = dict(line.split(": ", 1) for line in lines)


class Replicas:
    """Two servers, each with a FEN_HOME of its own as on machines of their own."""

    def __init__(self, one: Serving, two: Serving, url: str) -> None:
        self.both = (one, two)
        self.one, self.two = one, two
        self.url = url

    def make_key(self, name: str, *options: str) -> str:
        return self.one.fen("keys", "create", name, *options)["secret"]

    async def ask(self, secret: str, count: int, text: str = "[[tokens-1000]]") -> list[Client]:
        """Ask both, half of the calls each, all at once."""
        clients = [Client(self.both[number % 2], secret, text) for number in range(count)]
        await asyncio.gather(*(client.run() for client in clients))
        return clients

    def entries(self) -> list[Any]:
        return self.two.fen("requests", "list", "--limit", "10000")

    def budget(self, name: str) -> dict[str, Decimal]:
        [found] = [b for b in self.two.fen("budgets", "list") if name in (b["owner"], b.get("name"))]
        return {word: Decimal(found[word]) for word in ("limit", "spent", "held")}

    async def check_books(self) -> list[Any]:
        """What windows of caps say otherwise than the entries do; there should be nothing."""
        storage = await asyncio.to_thread(open_storage, self.url)
        try:
            return await Book(storage).check()
        finally:
            await storage.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def replicas(
    fake: FakeUpstream, valkey: ValkeyServer, postgres_url: str, tmp_path: Path
) -> AsyncIterator[Replicas]:
    async with AsyncExitStack() as stack:
        servers: list[Serving] = []
        for name in ("one", "two"):
            home = tmp_path / name
            home.mkdir()
            environ = {"FEN_DATABASE_URL": postgres_url, "FEN_VALKEY_URL": valkey.url}
            server = Serving(home, fake.base_url, EXTRA, **environ)
            stack.push_async_callback(server.stop)
            await server.start()
            servers.append(server)
        yield Replicas(servers[0], servers[1], postgres_url)


async def test_a_budget_is_not_overshot_while_valkey_forgets_everything(
    replicas: Replicas, valkey: ValkeyServer
) -> None:
    secret = replicas.make_key("ada", "--budget", f"0.0{AFFORDED}USD/total")
    flushing = asyncio.create_task(_flush_forever(valkey))
    clients = await replicas.ask(secret, COUNT)
    flushing.cancel()
    assert sum(client.status == 200 for client in clients) == AFFORDED
    refused = [client for client in clients if client.status != 200]
    assert {client.status for client in refused} <= {402, 429}
    assert len(refused) == COUNT - AFFORDED
    budget = replicas.budget("ada")
    assert (budget["held"], budget["spent"]) == (0, budget["limit"])
    assert await replicas.check_books() == []


async def test_a_rate_holds_over_both_and_in_parts_while_valkey_is_away(
    replicas: Replicas, valkey: ValkeyServer
) -> None:
    secret = replicas.make_key("bob", "--tier", "slow")
    clients = await replicas.ask(secret, 60)
    served = sum(client.status == 200 for client in clients)
    assert 12 <= served <= 13  # one more where five seconds went by
    assert {client.status for client in clients} == {200, 429}

    valkey.stop()
    for server in replicas.both:
        found = await server.until(lambda server=server: _degraded(server))
        assert found is not None
        status, told = found
        assert status == 200
        assert "money is exact" in told["degraded"]["valkey"]
        assert b"fen_valkey_up 0.0" in await asyncio.to_thread(_metrics, server, secret)
    alone = await replicas.ask(replicas.make_key("eve", "--tier", "slow"), 60)
    served = sum(client.status == 200 for client in alone)
    assert 12 <= served <= 13  # six each

    valkey.start()
    for server in replicas.both:
        await server.until(lambda server=server: server.get("/readyz")[1]["status"] == "ready")


async def test_sigkill_of_one_replica_loses_no_settled_row_and_leaks_no_budget(
    replicas: Replicas, fake: FakeUpstream
) -> None:
    secret = replicas.make_key("ada", "--budget", "1USD/total")
    stuck = [Client(replicas.one, secret, "[[hang]]") for _ in range(10)]
    tasks = [asyncio.create_task(client.run()) for client in stuck]
    await fake.until(lambda record: b"hang" in record.body, count=len(stuck))
    told: list[Client] = []
    enough = asyncio.Event()
    load = asyncio.create_task(_keep_asking(replicas, secret, told, enough))
    await replicas.two.until(lambda: len(told) >= 20)
    await replicas.one.stop(signal.SIGKILL)
    await asyncio.gather(*tasks)
    enough.set()
    await load

    await replicas.two.until(
        lambda: all(entry["state"] == "settled" for entry in replicas.entries()), within=90
    )
    entries = replicas.entries()
    by_request = {entry["id"].rsplit("-", 1)[0]: entry for entry in entries}
    for client in told:
        if client.status == 200:
            entry = by_request[client.headers["x-fen-request-id"]]
            assert entry["certainty"] == "exact"
            assert Decimal(entry["cost"]["amount"]) == Decimal(client.headers["x-fen-cost"].split()[0])
    crashed = [entry for entry in entries if entry["reason"] == "crash"]
    assert len(crashed) >= len(stuck)
    assert {entry["certainty"] for entry in crashed} == {"estimated"}
    budget = replicas.budget("ada")
    assert budget["held"] == 0
    assert budget["spent"] == sum(Decimal(entry["charge"]["amount"]) for entry in entries if entry["charge"])
    assert await replicas.check_books() == []


async def _flush_forever(valkey: ValkeyServer) -> None:
    with redis.Redis(port=valkey.port) as client:
        while True:
            await asyncio.to_thread(client.flushall)
            await asyncio.sleep(0)


async def _keep_asking(replicas: Replicas, secret: str, told: list[Client], enough: asyncio.Event) -> None:
    while not enough.is_set():
        told += await replicas.ask(secret, 4, "[[tokens-10]]")


def _degraded(server: Serving) -> tuple[int, Any] | None:
    """What `/readyz` says once the server has counted the other and missed Valkey."""
    found = server.get("/readyz")
    return found if "1/2 of each rate" in found[1].get("degraded", {}).get("valkey", "") else None


def _metrics(server: Serving, secret: str) -> bytes:
    request = urllib.request.Request(server.url + "/metrics", headers={"authorization": f"Bearer {secret}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read()
