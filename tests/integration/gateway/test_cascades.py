"""A cascade over a real server: a cheap answer is kept or not, and both are charged where it is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from decimal import Decimal
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fakes.proved import write_artefact
from tests.fakes.routes import read_route
from tests.fakes.telling import READ, WRITTEN, Telling
from tests.serving import Serving, serve

ROUTE = "shop/checked"
SUM = "What is 482 * 373 + 241 - 1?"
BAD, GOOD = '{"sum": "very', '{"sum": 180027}'
SCHEMA = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
PRICES = {"cheap": ("0.1", "0.2"), "strong": ("10", "20")}
COSTS = {
    name: (READ * Decimal(read) + WRITTEN * Decimal(written)) / 1_000_000
    for name, (read, written) in PRICES.items()
}
FORMATS = ("/v1/chat/completions", "/v1/messages")


class Shop(msgspec.Struct, frozen=True):
    """A server over two upstreams, whose answers a test may change; left: what is closed at the end."""

    server: Serving
    cheap: Telling
    strong: Telling
    left: ExitStack

    @property
    def asked(self) -> tuple[int, int]:
        """How often each upstream was asked."""
        return len(self.cheap.records), len(self.strong.records)


def write_config(artefact: Path, cheap: Telling, strong: Telling) -> str:
    text = ""
    for name, fake in (("cheap", cheap), ("strong", strong)):
        read, written = PRICES[name]
        text += f"""
[upstreams.{name}]
base_url = "{fake.base_url}"

[models."{name}/model"]
upstream = "{name}"
context_window = 200000
max_output_tokens = 16384
abilities = ["json_schema"]
price = {{ input = "{read}", output = "{written}", currency = "USD" }}
"""
    pool = 'pool = ["cheap/model", "strong/model"]'
    return f"""{text}
[routes."{ROUTE}"]
{pool}
target = {{ probability = 0.8 }}
artefact = "{artefact}"
cascade = {{ checks = ["schema"] }}

[routes."shop/opening"]
{pool}
target = {{ probability = 0.8 }}
artefact = "{artefact}"
cascade = {{ checks = ["empty", "refusal"] }}
"""


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cascades") / "made.fen"
    write_artefact(path, "cheap/model", "strong/model")
    return path


@asynccontextmanager
async def open_shop(home: Path, artefact: Path) -> AsyncIterator[Shop]:
    async with Telling() as cheap, Telling() as strong:
        config = write_config(artefact, cheap, strong)
        async with serve(home, "http://127.0.0.1:9/v1", config) as server:
            with ExitStack() as left:
                yield Shop(server, cheap, strong, left)


def write_body(path: str, *, route: str = ROUTE, stream: bool = False, schema: bool = True) -> dict[str, Any]:
    """A request that wants a JSON object, in the format of a path."""
    body: dict[str, Any] = {"model": route, "messages": [{"role": "user", "content": SUM}], "stream": stream}
    if path == "/v1/messages":
        body["max_tokens"] = 60
        wanted = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    else:
        wanted = {
            "response_format": {"type": "json_schema", "json_schema": {"name": "sum", "schema": SCHEMA}}
        }
    return body | (wanted if schema else {})


def send(shop: Shop, path: str, body: dict[str, Any]) -> HTTPResponse:
    """POST, and return the response once its head is there; the body is still to be read."""
    connection = HTTPConnection("127.0.0.1", shop.server.port, timeout=60)
    shop.left.callback(connection.close)
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    return shop.left.enter_context(connection.getresponse())


async def ask(shop: Shop, path: str, body: dict[str, Any]) -> tuple[str, Mapping[str, str]]:
    """Return what was answered, in whatever format, and the headers."""

    def read() -> tuple[bytes, Mapping[str, str]]:
        response = send(shop, path, body)
        return response.read(), {name.lower(): value for name, value in response.getheaders()}

    answer, headers = await asyncio.to_thread(read)
    return (read_stream(answer) if body["stream"] else read_whole(answer)), headers


def read_whole(answer: bytes) -> str:
    found = json.loads(answer)
    if "choices" in found:
        return found["choices"][0]["message"]["content"]
    return "".join(block["text"] for block in found["content"])


def read_stream(answer: bytes) -> str:
    """Return the text of a stream's events."""
    said = ""
    for line in answer.decode().splitlines():
        if line.startswith("data: {"):
            event = json.loads(line.removeprefix("data: "))
            if "choices" in event:
                said += "".join(choice["delta"].get("content") or "" for choice in event["choices"])
            elif event["type"] == "content_block_delta":
                said += event["delta"]["text"]
    return said


def read_told(headers: Mapping[str, str]) -> tuple[str, str, str | None]:
    """Return the route, who answered, and why the first answer was not kept."""
    name, members = read_route(headers["x-fen-route"])
    return name, members["model"], members.get("escalated")


async def test_cheap_answers_are_kept_or_both_are_charged_in_each_format(
    artefact: Path, tmp_path: Path
) -> None:
    async with open_shop(tmp_path, artefact) as shop:
        shop.strong.pieces = (GOOD,)
        expected = dict.fromkeys(COSTS, Decimal(0))
        times = [0, 0]
        for path in FORMATS:
            for stream in (False, True):
                for said, escalates in ((GOOD, False), (BAD, True)):
                    shop.cheap.pieces = (said[:5], said[5:])
                    text, told = await ask(shop, path, write_body(path, stream=stream))
                    assert text == GOOD
                    model = "strong/model" if escalates else "cheap/model"
                    assert read_told(told) == (ROUTE, model, "schema" if escalates else None)
                    assert told["x-fen-model"] == model
                    times[0] += 1
                    times[1] += escalates
                    expected["cheap"] += COSTS["cheap"]
                    expected["strong"] += COSTS["strong"] * escalates
                    if not stream:
                        cost = COSTS["cheap"] + COSTS["strong"] * escalates
                        assert Decimal(told["x-fen-cost"].split()[0]) == cost
        assert shop.asked == tuple(times)
        spent: list[dict[str, Any]] = await asyncio.to_thread(shop.server.fen, "usage", "--by", "model")
        assert {row["model"]: Decimal(row["cost"]) for row in spent} == {
            f"{name}/model": cost for name, cost in expected.items()
        }


async def test_what_no_check_speaks_against_is_kept(artefact: Path, tmp_path: Path) -> None:
    async with open_shop(tmp_path, artefact) as shop:
        shop.cheap.pieces, shop.strong.pieces = (BAD,), (GOOD,)
        text, told = await ask(shop, FORMATS[0], write_body(FORMATS[0], schema=False))
        assert (text, read_told(told), shop.asked) == (BAD, (ROUTE, "cheap/model", None), (1, 0))


@pytest.mark.parametrize("path", FORMATS)
async def test_a_stream_is_held_until_it_is_decided_and_no_longer(
    artefact: Path, tmp_path: Path, path: str
) -> None:
    async with open_shop(tmp_path, artefact) as shop:
        shop.cheap.pieces, shop.strong.pieces = (BAD, None), (GOOD[:7], None, GOOD[7:])
        sending = asyncio.create_task(asyncio.to_thread(send, shop, path, write_body(path, stream=True)))
        await shop.cheap.until(lambda record: record.stalled.is_set())
        await asyncio.sleep(0.3)
        assert (sending.done(), shop.asked) == (False, (1, 0))  # all of it is there, and may yet go on
        shop.cheap.release()
        response = await asyncio.wait_for(sending, 60)
        await shop.strong.until(lambda record: record.stalled.is_set())
        seen = b""
        async with asyncio.timeout(60):
            while GOOD[:7] not in read_stream(seen):
                seen += await asyncio.to_thread(response.readline)
        assert not shop.strong.records[0].finished.is_set()  # the next one's stream goes out as it comes
        assert read_told(dict(response.getheaders())) == (ROUTE, "strong/model", "schema")
        shop.strong.release()
        seen += await asyncio.to_thread(response.read)
        assert read_stream(seen) == GOOD


async def test_a_stream_goes_out_once_its_beginning_tells_all(artefact: Path, tmp_path: Path) -> None:
    async with open_shop(tmp_path, artefact) as shop:
        opening = "The sum is large. " * 20
        shop.cheap.pieces = (opening, None, "Very.")
        body = write_body(FORMATS[0], route="shop/opening", stream=True, schema=False)
        response = await asyncio.wait_for(asyncio.to_thread(send, shop, FORMATS[0], body), 60)
        assert not shop.cheap.records[0].finished.is_set()
        shop.cheap.release()
        seen = await asyncio.to_thread(response.read)
        assert read_stream(seen) == opening + "Very."
        assert read_told(dict(response.getheaders())) == ("shop/opening", "cheap/model", None)
        assert shop.asked == (1, 0)
