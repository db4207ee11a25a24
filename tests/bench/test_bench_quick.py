"""The bench measures what it says: its arithmetic, its mocks, its checks; no speed is asserted."""

import asyncio
import shutil
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec
import pytest

from bench import figures, mock_answer, stages
from bench.fault import stream_fault, whole_fault
from bench.fen_target import check_usage, fen_config
from bench.generator import started_generator
from bench.litellm_target import litellm_config
from bench.load import Notice, StreamJob, WholeJob, run_stream, run_whole
from bench.measure import QUICK, Measurement, Sizes, take_turns
from bench.mock_stream import Frames, StreamingUpstream
from bench.process import (
    BenchError,
    Command,
    CpuTime,
    Process,
    clean_environment,
    descendants,
    free_port,
    parse_cpu_ticks,
    parse_resident_bytes,
    share_cores,
    started,
)
from bench.python import ROOT
from bench.target import (
    Target,
    direct_target,
    render_request,
    started_forwarder,
    started_ground,
    started_proxy,
)

SHAPE = mock_answer.Shape(chunks=3, interval_ms=10)


class TestArithmetic:
    def test_percentile_interpolates_between_neighbours(self) -> None:
        assert figures.percentile([40, 10, 30, 20], 0.5) == 25
        assert figures.percentile(range(101), 0.99) == 99
        assert figures.percentile([7], 0.99) == 7

    def test_percentile_of_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="found none"):
            figures.percentile([], 0.5)

    def test_microseconds_and_megabytes_are_per_thing(self) -> None:
        assert figures.each_us(3.0, 10_000) == 300
        assert figures.mb_per_thousand(50_000_000, 60_000_000, 500) == 20

    def test_rounds_give_their_median_and_their_range(self) -> None:
        assert figures.spread("x", [3, 1, 2]) == {"x": 2, "x_least": 1, "x_most": 3}

    def test_ratios_are_only_of_what_was_measured(self) -> None:
        found = {
            "fen_cpu_us_per_request": 300.0,
            "nginx_cpu_us_per_request": 40.0,
            "fen_cpu_us_per_chunk": 90.0,
        }
        assert figures.ratios(found) == {"fen_over_nginx": 7.5}

    def test_a_guarded_call_may_take_the_bar_and_the_guards_own_time(self) -> None:
        found = {"fen_guarded_cpu_us_per_request": 500.0, "nginx_cpu_us_per_request": 40.0}
        assert figures.ratios(found) == {"fen_guarded_above_us": 140.0}

    def test_a_bar_is_met_up_to_its_limit_and_missed_without_a_measurement(self) -> None:
        bar = figures.BARS[0]
        assert bar.met({bar.figure: bar.limit})
        assert not bar.met({bar.figure: bar.limit + 0.01})
        assert not bar.met({})
        assert bar.line({}).startswith("MISS")
        assert bar.line({bar.figure: 1.0}).startswith("PASS")

    def test_the_bars_are_those_of_the_issue(self) -> None:
        assert [(bar.figure, bar.limit) for bar in figures.BARS] == [
            ("fen_over_nginx", 9.0),
            ("fen_limited_over_nginx", 9.0),
            ("fen_guarded_above_us", 300.0),
            ("fen_over_bare_chunk", 2.0),
        ]

    def test_the_table_shows_a_dash_for_what_was_not_measured(self) -> None:
        found = {
            "fen_cpu_us_per_request": 312.4,
            "nginx_cpu_us_per_request": 40.0,
            "fen_cpu_us_per_chunk": 91.26,
        }
        head, first, *_, chunk = figures.table(found, ("fen", "nginx", "litellm")).splitlines()[:7]
        assert head.split() == ["fen", "nginx"]
        assert first.split()[-2:] == ["312", "40"]
        assert chunk.split()[-2:] == ["91.3", "-"]


class TestProc:
    def test_cpu_is_read_behind_a_name_with_spaces_and_parentheses(self) -> None:
        stat = "42 (a (b) c) S " + " ".join(str(number) for number in range(4, 53))
        assert parse_cpu_ticks(stat) == 14 + 15

    def test_resident_memory_is_in_bytes(self) -> None:
        assert parse_resident_bytes("Name:\tx\nVmRSS:\t   12 kB\n") == 12 * 1024
        with pytest.raises(BenchError, match="VmRSS"):
            parse_resident_bytes("Name:\tkthreadd\n")

    def test_cores_are_shared_only_where_there_are_enough(self) -> None:
        assert share_cores(frozenset(range(3))).measured is None
        shared = share_cores(frozenset(range(4)))
        assert (shared.measured, shared.mocks, shared.load) == ({0, 1}, {2}, {3})

    def test_a_childs_cpu_is_apart_and_grows(self, tmp_path: Path) -> None:
        script = "while :; do :; done & wait"
        with started(Command(["sh", "-c", script], tmp_path, tmp_path / "log")) as process:
            before = process.cpu()
            while (used := process.cpu().since(before)).children < 0.05:
                pass
            assert used.own < used.children
            (child,) = descendants(process.pid)
            assert process.memory().children > 0
            Path(f"/proc/{child}").stat()

    def test_a_program_that_ends_is_an_error_with_its_log(self, tmp_path: Path) -> None:
        command = Command(["sh", "-c", "echo broken; exit 3"], tmp_path, tmp_path / "log")
        with started(command) as process, pytest.raises(BenchError, match=r"status 3[^$]*broken"):
            process.wait_for_port(free_port())

    def test_what_would_configure_a_gateway_is_dropped(self) -> None:
        environ = {"PATH": "/bin", "FEN_HOME": "x", "OPENAI_API_KEY": "x", "OTEL_X": "x", "http_proxy": "x"}
        assert clean_environment(environ) == {"PATH": "/bin"}


class TestMock:
    def test_a_shape_is_named_by_its_path(self) -> None:
        assert mock_answer.parse_shape(SHAPE.path + "/chat/completions") == SHAPE
        for path in ("/v1/chat/completions", "/3x/v1", "/xms/v1", "/3x10s/v1"):
            with pytest.raises(ValueError, match="expected a path"):
                mock_answer.parse_shape(path)

    def test_events_end_with_usage_and_done(self) -> None:
        events = mock_answer.stream_events(SHAPE)
        assert len(events) == SHAPE.events
        assert b'"completion_tokens":3' in events[-2]
        assert events[-1] == b"data: [DONE]\n\n"

    async def test_streams_are_whole_and_their_events_come_one_by_one(self) -> None:
        async with streaming_mock() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                render_request(port, SHAPE.path + "/chat/completions", "m", "k", stream=True).encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            loop = asyncio.get_running_loop()
            pieces, times = [], []
            for _ in range(SHAPE.events):
                size = int(await reader.readline(), 16)
                pieces.append((await reader.readexactly(size + 2))[:-2])
                times.append(loop.time())
            writer.close()
        assert b"text/event-stream" in head
        assert pieces == mock_answer.stream_events(SHAPE)
        # The mock never sends early; the lower bound holds however slow the machine is.
        assert times[-1] - times[0] >= 0.8 * (SHAPE.events - 1) * SHAPE.interval_ms / 1000 - 0.005

    async def test_an_unknown_path_is_not_found(self) -> None:
        async with streaming_mock() as port:
            seen = await run_whole(WholeJob(port, render_request(port, "/elsewhere", "m", "k"), 1, 1))
        assert (seen.right, seen.wrong) == (0, 1)
        assert "status 404" in seen.errors[0]


class TestLoad:
    async def test_streams_are_counted_and_announced_when_all_are_open(self) -> None:
        notices: list[Notice] = []
        async with streaming_mock() as port:
            request = render_request(port, SHAPE.path + "/chat/completions", "m", "k", stream=True)
            job = StreamJob(port, request, 4, SHAPE.chunks, SHAPE.interval_ms, notice_at=2)
            seen = await run_stream(job, notices.append)
        assert notices == [Notice(4)]
        assert (seen.right, seen.wrong, seen.events) == (4, 0, 4 * SHAPE.events)
        assert seen.reads >= 4

    async def test_whole_answers_are_as_many_as_asked_for(self) -> None:
        async with canned_server(200, mock_answer.whole_answer()) as port:
            seen = await run_whole(
                WholeJob(port, render_request(port, "/v1/chat/completions", "m", "k"), 3, 20)
            )
        assert (seen.right, seen.wrong, len(seen.latencies_ns)) == (20, 0, 20)
        assert min(seen.latencies_ns) > 0

    async def test_errors_are_not_counted_as_answers(self) -> None:
        async with canned_server(500, b'{"error":{"message":"no"}}') as port:
            seen = await run_whole(
                WholeJob(port, render_request(port, "/v1/chat/completions", "m", "k"), 1, 2)
            )
        assert (seen.right, seen.wrong, seen.latencies_ns) == (0, 2, [])
        assert "status 500" in seen.errors[0]

    def test_a_wrong_whole_answer_is_told(self) -> None:
        right = mock_answer.whole_answer()
        assert whole_fault(right) is None
        assert "expected the text" in (whole_fault(right.replace(b"better", b"worse")) or "")
        assert "tokens" in (
            whole_fault(right.replace(b'"completion_tokens":9', b'"completion_tokens":8')) or ""
        )
        assert "not a chat completion" in (whole_fault(b"{") or "")

    def test_a_wrong_stream_is_told(self) -> None:
        events = mock_answer.stream_events(SHAPE)
        assert stream_fault(b"".join(events), SHAPE) is None
        assert "[DONE]" in (stream_fault(b"".join(events[:-1]), SHAPE) or "")
        assert "expected the text" in (stream_fault(b"".join([*events[:1], *events[2:]]), SHAPE) or "")
        assert "tokens" in (stream_fault(b"".join([*events[:-2], events[-1]]), SHAPE) or "")

    def test_wrong_answers_stop_the_bench(self, tmp_path: Path) -> None:
        command = Command(["python3", "-m", "http.server", "0"], tmp_path, tmp_path / "log")
        with started_generator(ROOT, tmp_path / "load.log", None) as load:
            port = free_port()
            served = Command([*command.argv[:-1], str(port), "--bind", "127.0.0.1"], tmp_path, command.log)
            with started(served) as process:
                process.wait_for_port(port)
                with pytest.raises(BenchError, match=r"expected 1 right answers, found 0[^$]*status 501"):
                    load.run(WholeJob(port, render_request(port, "/", "m", "k"), 1, 1))


class TestFen:
    def test_the_ledger_must_have_every_request(self) -> None:
        rows = [{"model": "a", "requests": 3}, {"model": "b", "requests": 4}]
        assert check_usage(rows, 7) == 7.0
        with pytest.raises(BenchError, match="expected 8 requests in Fen's ledger, found 7"):
            check_usage(rows, 8)
        with pytest.raises(BenchError, match="exact rows only, found 2"):
            check_usage([{"requests": 7, "estimated": 2}], 7)

    def test_the_configuration_names_both_mocks(self) -> None:
        tree = tomllib.loads(fen_config(1111, 2222))
        assert tree["upstreams"]["mock"]["base_url"] == "http://127.0.0.1:1111/v1"
        assert tree["upstreams"]["flowing"]["base_url"] == "http://127.0.0.1:2222/100x20ms/v1"
        assert tree["models"]["mock/gpt-4o-mini"]["price"]["output"] == "0.60"

    def test_litellm_gets_the_same_mocks(self) -> None:
        assert "http://127.0.0.1:1111/v1" in litellm_config(1111, 2222)
        assert "http://127.0.0.1:2222/100x20ms/v1" in litellm_config(1111, 2222)


@pytest.mark.skipif(
    shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is None,
    reason="nginx is not installed",
)
def test_everything_is_measured_at_the_smallest_size(tmp_path: Path) -> None:
    sizes = Sizes(
        rounds=1,
        requests=60,
        connections=4,
        timed=20,
        timed_connections=2,
        stream_rounds=1,
        streams=3,
        open_streams=4,
    )
    cores = share_cores(frozenset())
    with (
        started_generator(ROOT, tmp_path / "load.log", cores.load) as load,
        started_ground(tmp_path, cores) as ground,
        started_proxy(ground) as nginx,
        started_forwarder(ground) as bare,
    ):
        measurement = Measurement(load, sizes)
        found = measurement.whole([nginx, bare])
        found |= measurement.latency([nginx, bare], direct_target(ground))
        found |= measurement.streams([nginx, bare])
        found |= measurement.memory(started_forwarder, ground)
    assert found["bare_requests_per_second"] > 0
    assert found["bare_cpu_us_per_chunk"] > 0
    assert found["direct_p50_ms"] > 0
    assert found["bare_rss_mb"] > 1
    assert set(found) >= {"nginx_cpu_us_per_request", "nginx_added_p99_ms", "bare_rss_mb_per_1000_streams"}


@pytest.mark.skipif(
    shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is None,
    reason="nginx is not installed",
)
def test_every_stage_is_measured_and_its_calls_are_in_the_books(tmp_path: Path) -> None:
    sizes = msgspec.structs.replace(QUICK, rounds=1, requests=20, connections=2)
    with (
        started_generator(ROOT, tmp_path / "load.log", None) as load,
        started_ground(tmp_path, share_cores(frozenset())) as ground,
    ):
        found = stages.measure(ground, load, sizes)
    assert found.pop("plain_us") > 0
    assert set(found) == {f"{outfit.name}_added_us" for outfit, _ in stages.STAGES}


def test_targets_take_turns_in_changing_order() -> None:
    target = Target("a", 1, cast(Process, None), "", "", "")
    three = [msgspec.structs.replace(target, name=name) for name in "abc"]
    assert "".join(found.name for found in take_turns(three, 4)) == "abcbcacababc"


def test_cpu_time_is_a_difference() -> None:
    assert CpuTime(3.0, 2.0).since(CpuTime(1.0, 0.5)) == CpuTime(2.0, 1.5)


@asynccontextmanager
async def streaming_mock() -> AsyncIterator[int]:
    frames = Frames()
    server = await asyncio.get_running_loop().create_server(lambda: StreamingUpstream(frames), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def canned_server(status: int, body: bytes) -> AsyncIterator[int]:
    server = await asyncio.start_server(_canned(status, body), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _canned(
    status: int, body: bytes
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    answer = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body)

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.partition(b":")[2]))
            writer.write(answer)
        writer.close()

    return answer_all


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
