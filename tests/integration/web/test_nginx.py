"""Behind nginx as docs/operations.md sets it up: tokens come at once, and nobody passes for local."""

import asyncio
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.serving import Serving, free_port

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
DOCUMENT = Path(__file__).parents[3] / "docs/operations.md"
FRAME = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {inside}
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


class Behind:
    """What stands before the server; it has the address that clients see."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
async def proxy(serving: Serving, tmp_path: Path) -> AsyncIterator[Behind]:
    assert NGINX is not None
    found = Behind(free_port())
    [block] = re.findall(r"```text\n(upstream fen .*?)```", DOCUMENT.read_text(), re.DOTALL)
    inside = block.replace("127.0.0.1:8000", f"127.0.0.1:{serving.port}")
    inside = inside.replace("listen 8080", f"listen 127.0.0.1:{found.port}")
    folder = tmp_path / "nginx"
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(FRAME.format(folder=folder, inside=inside))
    words = [NGINX, "-p", folder, "-c", config]
    process = await asyncio.to_thread(subprocess.Popen, words, stderr=subprocess.DEVNULL)
    try:
        await serving.until(lambda: is_open(found.port))
        yield found
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


async def test_who_comes_through_the_proxy_needs_a_key(serving: Serving, proxy: Behind) -> None:
    through = RawStream(serving, "hi")
    through._port = proxy.port
    await through.run()
    assert through.received.startswith(b"HTTP/1.1 401 ")
    assert b"a proxy in between" in through.received


async def test_only_the_api_is_handed_on(serving: Serving, proxy: Behind) -> None:
    for path in ("/metrics", "/readyz", "/openapi.json"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            await asyncio.to_thread(urllib.request.urlopen, proxy.url + path, timeout=10)
        with caught.value as error:
            assert error.code == 404


async def test_tokens_come_while_the_upstream_stalls(
    serving: Serving, proxy: Behind, fake: FakeUpstream
) -> None:
    secret = serving.fen("keys", "create", "me")["secret"]
    body = (
        b'{"model":"fake/gpt-4o-mini","stream":true,'
        b'"messages":[{"role":"user","content":"[[tokens-6-stall-3]]"}]}'
    )
    request = urllib.request.Request(
        proxy.url + "/v1/chat/completions", body, {"authorization": f"Bearer {secret}"}
    )
    with await asyncio.to_thread(urllib.request.urlopen, request, timeout=10) as answer:
        early = b""
        while early.count(b'"content":"word') < 3:
            early += await asyncio.to_thread(answer.readline)
        assert not fake.records[-1].finished.is_set()
        fake.release()
        rest = await asyncio.to_thread(answer.read)
    assert rest.endswith(b"data: [DONE]\n\n")
    assert rest.count(b'"content":"word') == 3
