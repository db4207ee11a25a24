"""What the server refuses, it refuses early, says why, and goes on serving."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.integration.web.http import Connection
from tests.serving import Serving

CHAT = "/v1/chat/completions"


def post(serving: Serving, text: str) -> tuple[int, dict[str, str], Any]:
    body = {"model": "fake/gpt-4o-mini", "messages": [{"role": "user", "content": text}]}
    request = urllib.request.Request(serving.url + CHAT, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, dict(response.headers), json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.loads(error.read())


async def test_a_large_body_is_refused_before_a_byte_of_it_is_sent(serving: Serving) -> None:
    async with Connection(serving.port) as client:
        await client.head("POST", CHAT, content_length="99999999", expect="100-continue")
        status, headers, body = await client.read()
        assert status == 413
        assert body["error"]["message"] == "found a body of 99999999 bytes, expected at most 200000"
        assert headers["x-fen-request-id"].startswith("req_")
        assert await client.at_end()


async def test_a_client_that_sends_all_of_a_large_body_still_reads_why(serving: Serving) -> None:
    """Without a look at what comes in, the close would reset the connection under its hands."""
    large = b"x" * 5_000_000
    async with Connection(serving.port) as client:
        await client.head("POST", CHAT, content_length=str(len(large)))
        await client.send(large)
        assert (await client.read())[0] == 413


async def test_a_large_body_in_chunks_is_refused(serving: Serving) -> None:
    async with Connection(serving.port) as client:
        await client.head("POST", CHAT, transfer_encoding="chunked")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(4):
            await client.send(chunk)
        await client.send(b"0\r\n\r\n")
        status, _, body = await client.read()
        assert status == 413
        assert body["error"]["code"] == "request_too_large"


async def test_one_stream_too_many_is_told_to_come_back(serving: Serving, fake: FakeUpstream) -> None:
    streams = [RawStream(serving, "[[tokens-4-stall-2]]") for _ in range(3)]
    tasks = [asyncio.create_task(stream.run()) for stream in streams]
    await fake.until(lambda record: record.stalled.is_set(), count=3)

    status, headers, body = await asyncio.to_thread(post, serving, "hi")
    assert (status, headers["retry-after"]) == (503, "1")
    assert body["error"]["message"] == "found 3 requests in flight, the most allowed"
    assert headers["x-fen-request-id"].startswith("req_")
    assert (await asyncio.to_thread(serving.get, "/healthz"))[0] == 200
    assert "fen_in_flight 3.0" in await asyncio.to_thread(read_metrics, serving)

    fake.release()
    await asyncio.gather(*tasks)
    assert all(stream.finished for stream in streams)
    assert (await asyncio.to_thread(post, serving, "hi"))[0] == 200
    metrics = await asyncio.to_thread(read_metrics, serving)
    assert "fen_in_flight 0.0" in metrics
    assert 'model="unknown",status="503",stream="false",upstream="unknown"} 1.0' in metrics


async def test_head_is_answered_at_once_and_the_connection_goes_on(serving: Serving) -> None:
    async with Connection(serving.port) as client:
        for path, status in (("/healthz", 200), ("/v1/models", 200), ("/nope", 404), (CHAT, 405)):
            await client.head("HEAD", path)
            assert (await client.read(has_body=False))[0] == status
        await client.head("GET", "/healthz")
        assert (await client.read())[2] == {"status": "ok"}


async def test_a_client_that_leaves_within_its_request_leaves_nothing_behind(serving: Serving) -> None:
    async with Connection(serving.port) as client:
        await client.head("POST", CHAT, content_length="100")
        await client.send(b"{")
    assert await serving.until(lambda: "fen_in_flight 0.0" in read_metrics(serving))
    assert "Traceback" not in serving.log
    assert '"error"' not in serving.log


def read_metrics(serving: Serving) -> str:
    with urllib.request.urlopen(serving.url + "/metrics", timeout=10) as response:
        assert response.headers["content-type"].startswith("text/plain")
        return response.read().decode()
