"""SIGHUP reads the settings again beside running streams; SIGTERM lets them finish and loses no row."""

import asyncio
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.integration.web.conftest import LIMITS
from tests.serving import Serving

SECOND = """
[models."fake/second"]
upstream = "fake"
upstream_model = "second"
price = { input = "1", output = "2", currency = "USD" }
"""


class ByEnvironment(Serving):
    def _launch(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "fen", "serve", "--port", str(self.port)]
        with (self.home / "serve.log").open("ab") as log:
            return subprocess.Popen(words, env=self.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def hang_up(serving: Serving) -> None:
    assert serving.process is not None
    serving.process.send_signal(signal.SIGHUP)


async def begin(serving: Serving, fake: FakeUpstream, text: str) -> tuple[RawStream, asyncio.Task[None]]:
    """Start a stream and wait until it stalls."""
    before = len(fake.records)
    stream = RawStream(serving, text)
    task = asyncio.create_task(stream.run())
    await fake.until(lambda record: record.stalled.is_set() and fake.records.index(record) >= before)
    return stream, task


def entry_of(serving: Serving, stream: RawStream) -> Any:
    [entry] = serving.get(f"/v1/requests/{stream.request_id}")[1]["attempts"]
    return entry


async def test_a_reload_changes_models_and_prices_and_leaves_streams_alone(
    serving: Serving, fake: FakeUpstream
) -> None:
    stream, task = await begin(serving, fake, "[[tokens-10-stall-4-prompt-100]]")
    text = serving.config.read_text()
    serving.config.write_text(text.replace('output = "0.60"', 'output = "60"') + SECOND)
    hang_up(serving)
    assert await serving.until(lambda: serving.get("/v1/models/fake/second")[0] == 200)

    fake.release()
    await task
    assert stream.finished
    assert stream.usage is not None
    old = Decimal("0.15") * 100 + Decimal("0.60") * 10
    assert Decimal(stream.usage["fen"]["cost"]) == old / 1_000_000

    later = RawStream(serving, "[[tokens-10-prompt-100]]")
    await later.run()
    assert later.usage is not None
    new = Decimal("0.15") * 100 + Decimal(60) * 10
    assert Decimal(later.usage["fen"]["cost"]) == new / 1_000_000


async def test_a_reload_can_lower_the_limits(serving: Serving, fake: FakeUpstream) -> None:
    _, task = await begin(serving, fake, "[[tokens-10-stall-4]]")
    serving.config.write_text(serving.config.read_text().replace("max_in_flight = 3", "max_in_flight = 1"))
    hang_up(serving)
    await serving.until(lambda: "configuration reloaded" in serving.log)
    refused = RawStream(serving, "hi")
    await refused.run()
    assert refused.received.startswith(b"HTTP/1.1 503 ")
    fake.release()
    await task


async def test_a_bad_configuration_is_named_and_nothing_changes(serving: Serving, fake: FakeUpstream) -> None:
    stream, task = await begin(serving, fake, "[[tokens-10-stall-4]]")
    good = serving.config.read_text()
    for number, bad in enumerate(
        ("[server", good + '\n[models."fake/x"]\nprice = 3\n', good + "[what]\n"), 1
    ):
        serving.config.write_text(bad)
        hang_up(serving)
        await serving.until(lambda number=number: serving.log.count("configuration kept as it was") == number)
    assert f"{serving.config}:" in serving.log
    assert serving.get("/readyz")[0] == 200
    fake.release()
    await task
    assert stream.finished
    serving.config.write_text(good + SECOND)
    hang_up(serving)
    assert await serving.until(lambda: serving.get("/v1/models/fake/second")[0] == 200)


async def test_the_settings_are_read_again_from_where_fen_config_says(
    fake: FakeUpstream, tmp_path: Path
) -> None:
    server = ByEnvironment(tmp_path, fake.base_url, LIMITS)
    server.environ["FEN_CONFIG"] = str(server.config)
    await server.start()
    try:
        server.config.write_text(server.config.read_text() + SECOND)
        hang_up(server)
        assert await server.until(lambda: server.get("/v1/models/fake/second")[0] == 200)
    finally:
        await server.stop()


async def test_sigterm_lets_a_stream_finish_and_its_row_is_exact(
    serving: Serving, fake: FakeUpstream
) -> None:
    stream, task = await begin(serving, fake, "[[tokens-10-stall-4-prompt-100]]")
    ending = asyncio.create_task(serving.stop())
    await serving.until(lambda: refuses(serving))
    assert not stream.finished
    fake.release()
    await task
    assert await ending == 0
    assert stream.finished
    await serving.start()
    entry = entry_of(serving, stream)
    assert (entry["state"], entry["certainty"]) == ("settled", "exact")
    assert (entry["usage"]["prompt_tokens"], entry["usage"]["completion_tokens"]) == (100, 10)
    assert stream.usage is not None
    assert Decimal(entry["cost"]["amount"]) == Decimal(stream.usage["fen"]["cost"])


async def test_what_outlives_the_grace_period_is_cut_and_settled(fake: FakeUpstream, tmp_path: Path) -> None:
    server = Serving(tmp_path, fake.base_url, LIMITS.replace("20.0", "0.0"))
    await server.start()
    stream, task = await begin(server, fake, "[[tokens-10-stall-4]]")
    assert await server.stop() == 0
    await task
    assert not stream.finished
    assert "Traceback" not in server.log
    assert '"failure"' not in server.log
    await server.start()
    entry = entry_of(server, stream)
    await server.stop()
    assert (entry["state"], entry["certainty"]) == ("settled", "estimated")
    assert 4 <= entry["usage"]["completion_tokens"] <= 10


async def test_a_second_interrupt_does_not_wait(serving: Serving, fake: FakeUpstream) -> None:
    _, task = await begin(serving, fake, "[[tokens-10-stall-4]]")
    process = serving.process
    assert process is not None
    process.send_signal(signal.SIGINT)
    await serving.until(lambda: refuses(serving))
    assert await serving.stop(signal.SIGINT) == 0
    await task
    assert "had not settled" not in serving.log


def refuses(serving: Serving) -> bool:
    try:
        serving.get("/healthz")
    except OSError:
        return True
    return False
