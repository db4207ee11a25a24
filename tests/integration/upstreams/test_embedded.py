"""The embedded model's child: started late, watched, restarted, and never anybody else's trouble."""

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from msgspec.structs import replace

from fen.upstreams import EmbeddedSettings, EmbeddedUpstream, OpenAIUpstream, embedded
from fen.wire.answer import Event, Stream, Whole
from fen.wire.errors import UpstreamFailed, UpstreamRejected
from fen.wire.request import parse_request
from tests.contract.upstreams.conftest import ROOT, outbound
from tests.fakes.upstream import FakeUpstream
from tests.weights import find_weights

CHILD = (sys.executable, "-m", "tests.fakes.child")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # the fake child is a module of the tests


class Opened:
    """Embedded upstreams of one test, and how often their children were started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[EmbeddedUpstream] = []

    def open(self, *mode: str, name: str = "child", **settings: Any) -> EmbeddedUpstream:
        how = EmbeddedSettings(name, **settings)
        weights = self.folder / "weights.gguf"
        upstream = EmbeddedUpstream(how, self.folder, lambda: weights, command=(*CHILD, *mode))
        self.all.append(upstream)
        return upstream

    def starts(self, name: str = "child") -> int:
        log = self.folder / f"{name}.log"
        return log.read_text().count("started for") if log.exists() else 0


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    found = Opened(tmp_path)
    yield found
    await asyncio.gather(*(upstream.close() for upstream in found.all))


async def ask(upstream: EmbeddedUpstream, script: str = "tokens-3") -> Whole:
    answer = await upstream.send(outbound(script, False))
    assert isinstance(answer, Whole)
    return answer


async def begin(upstream: EmbeddedUpstream | OpenAIUpstream, script: str, **members: Any) -> Stream:
    answer = await upstream.send(outbound(script, True, **members))
    assert isinstance(answer, Stream)
    return answer


async def test_child_starts_with_the_first_call_and_once_for_all(opened: Opened) -> None:
    upstream = opened.open()
    assert (upstream.pid, opened.starts()) == (None, 0)
    await asyncio.gather(*(ask(upstream) for _ in range(5)))
    assert upstream.pid is not None
    assert opened.starts() == 1
    assert f"started for {opened.folder / 'weights.gguf'}" in (opened.folder / "child.log").read_text()


async def test_port_and_key_are_its_own_and_shown_to_nobody(opened: Opened) -> None:
    first, second = opened.open(name="first"), opened.open(name="second")
    await asyncio.gather(ask(first), ask(second))
    told = [(upstream._child, upstream._upstream) for upstream in (first, second)]
    addresses = [child.address for child, _ in told if child is not None]
    assert len(set(addresses)) == 2
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)
    keys = [_key_of(upstream) for _, upstream in told]
    assert len(set(keys)) == 2
    for upstream, key in zip((first, second), keys, strict=True):
        assert len(key) >= 32
        process = psutil.Process(upstream.pid)
        assert key not in " ".join(process.cmdline())
        assert key not in str(process.environ())
    assert await asyncio.to_thread(_ask_without_key, addresses[0]) == 401


def _key_of(upstream: OpenAIUpstream | None) -> str:
    assert upstream is not None
    return upstream._heads["openai.chat"].partition(b"Bearer ")[2].split(b"\r\n")[0].decode()


def _ask_without_key(address: str) -> int:
    try:
        with urllib.request.urlopen(f"{address}/v1/chat/completions", b"{}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("real", [False, True], ids=["fake", "model"])
async def test_sigkill_of_the_child_leaves_other_upstreams_streams_alone(opened: Opened, real: bool) -> None:
    mine = _open_real(opened, find_weights()) if real else opened.open()
    async with FakeUpstream() as server:
        vendor = OpenAIUpstream(server.base_url)
        theirs = await begin(vendor, "tokens-40-stall-20", max_tokens=None)
        others: list[Event] = [await anext(theirs.events)]
        own = await begin(mine, "tokens-9000-gap-10ms", max_tokens=700)
        await anext(own.events)
        before = mine.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        with pytest.raises(UpstreamFailed) as caught:
            [_ async for _ in own.events]
        assert (caught.value.status, caught.value.reached) == (502, True)
        server.release()
        others += [event async for event in theirs.events]
        assert sum(bool(event.produced) for event in others) == 40
        await vendor.close()
    assert mine._child is not None
    assert await mine._child.wait(10)
    assert (await ask(mine)).usage is not None  # by a new child
    assert mine.pid not in (None, before)


def _open_real(opened: Opened, weights: Path) -> EmbeddedUpstream:
    settings = EmbeddedSettings("model", model=weights, slots=1, context_length=1024)
    upstream = EmbeddedUpstream(settings, opened.folder, lambda: weights)
    opened.all.append(upstream)
    return upstream


async def test_processor_time_is_reported_apart_and_survives_a_crash(opened: Opened) -> None:
    upstream = opened.open()
    assert upstream.cpu_seconds() == 0
    await ask(upstream)
    spent = upstream.cpu_seconds()
    assert spent > 0
    assert upstream.pid is not None
    os.kill(upstream.pid, signal.SIGKILL)
    assert upstream._child is not None
    assert await upstream._child.wait(10)
    assert upstream.pid is None
    assert upstream.cpu_seconds() >= spent
    await ask(upstream)
    assert upstream.cpu_seconds() > spent


@pytest.mark.parametrize(
    ("mode", "why"),
    [("dies", "ended with status 3"), ("complains", "no such model"), ("sleeps", "not ready within 0.2 s")],
)
async def test_child_that_does_not_start_is_told_with_its_log(opened: Opened, mode: str, why: str) -> None:
    upstream = opened.open(mode, start_seconds=0.2 if mode == "sleeps" else 30)
    with pytest.raises(UpstreamFailed, match=why) as caught:
        await ask(upstream)
    assert caught.value.reached is False
    assert caught.value.code == "embedded_not_started"
    assert str(opened.folder / "child.log") in caught.value.message
    assert upstream.pid is None


async def test_failures_in_a_row_are_paused_between(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_FIRST_PAUSE", 20.0)
    upstream = opened.open("dies")
    for _ in range(2):  # the second try comes at once, the third not for 20 s
        with pytest.raises(UpstreamFailed, match="status 3"):
            await ask(upstream)
    with pytest.raises(UpstreamFailed, match=r"failed 2 times in a row, next start in \d+ s") as caught:
        await ask(upstream)
    assert (caught.value.code, caught.value.reached) == ("embedded_pausing", False)
    assert "status 3" in caught.value.message
    assert opened.starts() == 2


async def test_pauses_double_up_to_a_limit(opened: Opened) -> None:
    upstream = opened.open("dies")
    loop = asyncio.get_running_loop()
    pauses: list[float] = []
    for _ in range(9):
        upstream._count_failure("x")
        pauses.append(round(upstream._not_before - loop.time(), 1))
    assert pauses == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]


async def test_short_pause_is_waited_out(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_FIRST_PAUSE", 0.1)
    upstream = opened.open()
    upstream._count_failure("one")
    upstream._count_failure("two")
    assert (await ask(upstream)).usage is not None


async def test_caller_that_leaves_does_not_take_the_start_from_the_others(opened: Opened) -> None:
    upstream = opened.open()
    impatient, patient = (asyncio.create_task(ask(upstream)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert (await patient).usage is not None
    assert opened.starts() == 1


async def test_closing_ends_the_child_also_while_it_starts(opened: Opened) -> None:
    upstream = opened.open()
    await ask(upstream)
    pid = upstream.pid
    assert pid is not None
    await upstream.close()
    assert not psutil.pid_exists(pid)
    starting = opened.open("sleeps", name="starting")
    call = asyncio.create_task(ask(starting))
    async with asyncio.timeout(20):
        while not opened.starts("starting"):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.01)
    await starting.close()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not [child for child in psutil.Process().children() if "tests.fakes.child" in child.cmdline()]


PARENT = """
import asyncio, sys
from pathlib import Path
from tests.integration.upstreams.test_embedded import Opened, ask

async def main():
    upstream = Opened(Path(sys.argv[1])).open()
    await ask(upstream)
    print(upstream.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_child_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    words = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    try:
        assert parent.stdout is not None
        child = psutil.Process(int(await parent.stdout.readline()))
    finally:
        parent.kill()
        await parent.wait()
    await asyncio.to_thread(psutil.wait_procs, [child], 10)
    assert not child.is_running()


async def test_image_by_url_is_not_fetched(opened: Opened) -> None:
    image = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/a.png"}}
    with pytest.raises(UpstreamRejected, match="expected a data: URL"):
        await opened.open().send(outbound("x", False, messages=[{"role": "user", "content": [image]}]))
    assert opened.starts() == 0


def test_llama_cpps_own_names_for_limits_are_dropped_however_they_are_written() -> None:
    call = outbound("tokens-9", True, max_tokens=2)
    body = call.request.body[:-1] + b',"n_predi\\u0063t":500}'
    prepared = embedded._prepare(replace(call, request=parse_request("openai.chat", body)))
    assert b"n_predi" in body
    assert b"n_predi" not in prepared.request.to_bytes()
