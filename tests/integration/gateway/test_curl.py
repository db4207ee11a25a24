"""`curl -N` against a real server: what a terminal sees, as it comes."""

import asyncio
import json
import shutil

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.serving import Serving

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there: apt install curl")


async def start(serving: Serving, body: dict[str, object]) -> asyncio.subprocess.Process:
    words = ["curl", "-sSN", "-i", serving.url + "/v1/chat/completions", "-d", json.dumps(body)]
    words += ["-H", "content-type: application/json"]
    return await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)


def ask(text: str, **members: object) -> dict[str, object]:
    return {"model": "fake/gpt-4o-mini", "messages": [{"role": "user", "content": text}], **members}


async def test_stream_comes_line_by_line_and_ends(serving: Serving, fake: FakeUpstream) -> None:
    curl = await start(serving, ask("[[tokens-6-stall-3]]", stream=True))
    assert curl.stdout is not None
    seen = b""
    while b"word2 " not in seen:  # while the upstream stands still
        line = await asyncio.wait_for(curl.stdout.readline(), 10)
        assert line, seen
        seen += line
    assert b"word3 " not in seen
    assert fake.records[0].tokens_sent == 3
    fake.release()
    rest, _ = await asyncio.wait_for(curl.communicate(), 10)
    head, _, body = (seen + rest).replace(b"\r\n", b"\n").partition(b"\n\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"content-type: text/event-stream" in head
    assert b"x-fen-cost-max: " in head
    events = body.decode().strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    texts = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    said = "".join(text["choices"][0]["delta"].get("content") or "" for text in texts)
    assert said == "word0 word1 word2 word3 word4 word5 "


async def test_whole_answer_has_its_price_in_the_head(serving: Serving) -> None:
    curl = await start(serving, ask("Hello"))
    out, _ = await asyncio.wait_for(curl.communicate(), 10)
    head, _, body = out.replace(b"\r\n", b"\n").partition(b"\n\n")
    for name in (b"x-fen-model: fake/gpt-4o-mini", b"x-fen-request-id: req_", b"x-fen-cost: 0."):
        assert name in head
    assert json.loads(body)["usage"]["completion_tokens"] == 8


async def test_interrupted_curl_stops_the_upstream(serving: Serving, fake: FakeUpstream) -> None:
    curl = await start(serving, ask("[[tokens-9-stall-4]]", stream=True))
    [record] = await fake.until(lambda record: record.stalled.is_set())
    assert curl.stdout is not None
    await asyncio.wait_for(curl.stdout.readuntil(b"word3"), 10)
    curl.kill()
    await curl.communicate()
    await asyncio.wait_for(record.closed.wait(), 10)
    assert not record.hung_up
    rows = await serving.until(lambda: serving.fen("usage"))
    assert rows[0]["output_tokens"] >= 4
    assert rows[0]["estimated"] == 1
