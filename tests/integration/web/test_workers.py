"""Several workers on one port: each restarted when it dies, all told what the supervisor is told."""

import asyncio
import signal
import socket
import stat
import urllib.request
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.integration.web.test_signals import SECOND, begin, hang_up
from tests.serving import Serving
from tests.weights import find_weights

EMBEDDED = "fen/smollm2-135m"


class Crew(Serving):
    """A server of two workers."""

    options = ("--workers", "2", "--api-only")

    def workers(self) -> list[psutil.Process]:
        assert self.process is not None
        return self._below(psutil.Process(self.process.pid), "fen.web.worker")

    def models(self) -> list[psutil.Process]:
        """The embedded models' processes of all workers."""
        return [child for worker in self.workers() for child in self._below(worker, "_embedded_child")]

    def serving(self) -> list[int]:
        """The workers that show metrics, once both do."""
        numbers = self.values("fen_in_flight")
        return sorted(int(number) for number in numbers) if len(numbers) == 2 else []

    def values(self, name: str, **labels: str) -> dict[str, float]:
        """A metric's figures by worker, added up over its other labels."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as response:
            page = response.read().decode()
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    worker = sample.labels["worker"]
                    found[worker] = found.get(worker, 0.0) + sample.value
        return found

    async def all_at_work(self) -> None:
        assert await self.until(self.serving) == [0, 1]

    @staticmethod
    def _below(process: psutil.Process, word: str) -> list[psutil.Process]:
        try:
            return [child for child in process.children() if any(word in part for part in child.cmdline())]
        except psutil.Error:
            return []


@pytest.fixture
async def crew(fake: FakeUpstream, tmp_path: Path) -> AsyncIterator[Crew]:
    server = Crew(tmp_path, fake.base_url)
    await server.start()
    try:
        await server.all_at_work()
        yield server
    finally:
        await server.stop()


async def ask(crew: Crew, count: int, text: str = "[[tokens-3]]", **members: Any) -> list[RawStream]:
    streams = [RawStream(crew, text, **members) for _ in range(count)]
    await asyncio.gather(*(stream.run() for stream in streams))
    return streams


def entries(crew: Crew) -> list[Any]:
    return crew.fen("requests", "list", "--limit", "10000")


async def test_both_answer_into_the_same_books_and_every_metrics_page_shows_both(crew: Crew) -> None:
    streams: list[RawStream] = []
    while not all(crew.values("fen_requests_total").get(number, 0.0) for number in ("0", "1")):
        streams += await asyncio.wait_for(ask(crew, 20), 30)
    assert all(stream.finished for stream in streams)
    counted = crew.values("fen_requests_total", status="200", model="fake/gpt-4o-mini")
    assert sum(counted.values()) == len(streams)
    found = entries(crew)
    assert {entry["certainty"] for entry in found} == {"exact"}
    assert {entry["id"].rsplit("-", 1)[0] for entry in found} == {stream.request_id for stream in streams}
    [row] = crew.fen("usage", "--by", "model")
    assert Decimal(row["cost"]) == sum(Decimal(entry["cost"]["amount"]) for entry in found)


async def test_a_worker_that_is_killed_is_started_again_and_its_holds_are_settled(
    crew: Crew, fake: FakeUpstream
) -> None:
    tasks = [asyncio.create_task(RawStream(crew, "[[tokens-20-stall-5]]").run()) for _ in range(12)]
    await fake.until(lambda record: record.stalled.is_set(), count=12)
    before = crew.workers()
    before[0].kill()
    after = await crew.until(lambda: [w for w in crew.workers() if w.pid != before[0].pid][1:])
    assert after
    await crew.all_at_work()
    fake.release()
    await asyncio.gather(*tasks)
    assert (await ask(crew, 1))[0].finished
    found = await crew.until(lambda: [e for e in [entries(crew)] if all(x["state"] == "settled" for x in e)])
    assert len(found[0]) == 13
    assert "worker 0 ended with status -9" in crew.log or "worker 1 ended with status -9" in crew.log


async def test_a_reload_reaches_every_worker(crew: Crew) -> None:
    crew.config.write_text(crew.config.read_text() + SECOND)
    hang_up(crew)
    await crew.until(lambda: crew.log.count("configuration reloaded") == 2)
    streams = await ask(crew, 20, model="fake/second")
    assert all(stream.finished for stream in streams)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_end_waits_for_streams_under_way(crew: Crew, fake: FakeUpstream, number: int) -> None:
    begun = [await begin(crew, fake, "[[tokens-10-stall-4]]")]
    workers = crew.workers()
    ending = asyncio.create_task(crew.stop(number))
    await crew.until(lambda: not _is_open(crew.port))
    fake.release()
    await asyncio.gather(*(task for _, task in begun))
    assert await ending == 0
    assert all(stream.finished for stream, _ in begun)
    assert not any(worker.is_running() for worker in workers)
    assert "Fatal" not in crew.log
    assert "Warning" not in crew.log


async def test_workers_do_not_outlive_a_supervisor_that_is_killed(crew: Crew) -> None:
    workers = crew.workers()
    await crew.stop(signal.SIGKILL)
    await crew.until(lambda: not any(_runs(worker) for worker in workers))
    await crew.until(lambda: crew.log.count('"stopped"') == 2)  # written at the very end


async def test_what_keeps_a_worker_from_serving_keeps_the_server_from_starting(
    fake: FakeUpstream, tmp_path: Path
) -> None:
    crew = Crew(tmp_path, fake.base_url)
    crew.options = ("--workers", "2", "--host", "0.0.0.0")  # without a key
    with pytest.raises(RuntimeError, match="ended with 2"):
        await crew.start()
    assert "found the address 0.0.0.0 and no key" in crew.log


async def test_rates_hold_over_all_workers_without_valkey(fake: FakeUpstream, tmp_path: Path) -> None:
    crew = Crew(tmp_path, fake.base_url, "\n[tiers.api]\nrpm = 20\n")
    await crew.start()
    try:
        await crew.all_at_work()
        streams = await ask(crew, 60)
        assert 1 <= sum(stream.finished for stream in streams) <= 20
        assert {s.received.split(b" ", 2)[1] for s in streams} == {b"200", b"429"}
    finally:
        await crew.stop()


async def test_all_workers_share_one_embedded_model(crew: Crew) -> None:
    find_weights()
    await _ask_until_all_workers_did(crew)
    [model] = crew.models()
    [place] = (crew.home / "run").glob("*.json")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    await ask(crew, 8, "Hello", model=EMBEDDED, max_tokens=4)
    assert [other.pid for other in crew.models()] == [model.pid]

    owner = model.parent()
    assert owner is not None
    owner.kill()
    await crew.until(lambda: not _runs(model))
    streams = await ask(crew, 4, "Hello", model=EMBEDDED, max_tokens=4)
    assert any(stream.finished for stream in streams)
    await crew.all_at_work()
    await _ask_until_all_workers_did(crew)
    [another] = crew.models()
    assert another.pid != model.pid


async def _ask_until_all_workers_did(crew: Crew) -> None:
    async with asyncio.timeout(60):
        while not all(
            crew.values("fen_requests_total", model=EMBEDDED, status="200").get(n) for n in ("0", "1")
        ):
            streams: Sequence[RawStream] = await ask(crew, 8, "Hello", model=EMBEDDED, max_tokens=4)
            assert all(stream.finished for stream in streams)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
