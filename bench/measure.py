"""Put load on started gateways and turn what was counted into figures."""

import time
from collections import Counter
from collections.abc import Sequence

import msgspec

from bench.figures import Figures, each_us, mb_per_thousand, percentile, spread
from bench.generator import Generator
from bench.load import Seen, StreamJob, WholeJob
from bench.process import BenchError, CpuTime
from bench.target import FLOWING, IDLING, Ground, Start, Target

AFTERMATH_SECONDS = 0.5
"""How long after the last answer a gateway's CPU is still counted, for work that it has put off."""
COALESCED = 1.5
"""Events per socket read from which on a gateway no longer sends them one by one."""


class Sizes(msgspec.Struct, frozen=True):
    """How much of everything: whole answers and latencies per round, streams at once, streams held open."""

    rounds: int
    requests: int
    connections: int
    timed: int
    timed_connections: int
    streams: int
    open_streams: int
    warmup: int


FULL = Sizes(5, 4000, 32, 1500, 4, 100, 1000, 1000)
QUICK = Sizes(2, 1000, 32, 400, 4, 25, 300, 200)
SLOW = Sizes(2, 250, 8, 100, 4, 20, 50, 50)
"""For a gateway that is a hundred times slower, and whose figures need no more precision than that."""


class Measurement:
    """Load on targets with given sizes; counts what each of them was sent."""

    def __init__(self, load: Generator, sizes: Sizes) -> None:
        self._load = load
        self._sizes = sizes
        self._sent: Counter[int] = Counter()

    def close(self, target: Target) -> Figures:
        """Let the target compare its books with what it was sent; raises BenchError on a gap."""
        return {} if target.check_books is None else target.check_books(self._sent[target.port])

    def warm(self, target: Target) -> None:
        """Send whole answers that no figure counts."""
        self._whole(target, self._sizes.warmup, self._sizes.connections)

    def whole(self, targets: Sequence[Target]) -> Figures:
        """CPU of whole answers at many connections, in rounds that take turns."""
        used: dict[str, list[CpuTime]] = {target.name: [] for target in targets}
        rates: dict[str, list[float]] = {target.name: [] for target in targets}
        for _ in range(self._sizes.rounds):
            for target in targets:
                count = self._sizes.requests * target.weight
                before, began = target.process.cpu(), time.monotonic()
                self._whole(target, count, self._sizes.connections)
                rates[target.name].append(count / (time.monotonic() - began))
                used[target.name].append(_cpu_since(target, before))
        return self._cpu_figures(targets, used) | {
            key: value
            for name in rates
            for key, value in spread(f"{name}_requests_per_second", rates[name]).items()
        }

    def _cpu_figures(self, targets: Sequence[Target], used: dict[str, list[CpuTime]]) -> Figures:
        figures: Figures = {}
        for target in targets:
            count = self._sizes.requests * target.weight
            own = [each_us(cpu.own, count) for cpu in used[target.name]]
            below = [each_us(cpu.children, count) for cpu in used[target.name]]
            figures |= spread(f"{target.name}_cpu_us_per_request", own)
            figures |= {f"{target.name}_children_cpu_us_per_request": percentile(below, 0.5)}
        return figures

    def latency(self, targets: Sequence[Target], direct: Target) -> Figures:
        """Latency at few connections beside that of the mock called directly, in rounds that take turns."""
        took: dict[str, list[int]] = {target.name: [] for target in (direct, *targets)}
        for _ in range(self._sizes.rounds):
            for target in (direct, *targets):
                seen = self._whole(target, self._sizes.timed, self._sizes.timed_connections)
                took[target.name] += seen.latencies_ns
        figures: Figures = {}
        for label, share in (("p50_ms", 0.5), ("p99_ms", 0.99)):
            base = percentile(took[direct.name], share) / 1e6
            figures[f"{direct.name}_{label}"] = base
            for target in targets:
                figures[f"{target.name}_added_{label}"] = percentile(took[target.name], share) / 1e6 - base
        return figures

    def streams(self, targets: Sequence[Target]) -> Figures:
        """CPU per event of many streams at once, in rounds that take turns."""
        events = self._sizes.streams * FLOWING.events
        used: dict[str, list[float]] = {target.name: [] for target in targets}
        dense: dict[str, list[float]] = {target.name: [] for target in targets}
        for target in targets:
            self._stream(
                target, StreamJob(target.port, target.flowing, 5, FLOWING.chunks, FLOWING.interval_ms)
            )
        for _ in range(self._sizes.rounds):
            for target in targets:
                before = target.process.cpu()
                seen = self._stream(target, self._flowing(target))
                used[target.name].append(each_us(_cpu_since(target, before).own, events))
                dense[target.name].append(_density(target, seen, events))
        figures: Figures = {}
        for target in targets:
            figures |= spread(f"{target.name}_cpu_us_per_chunk", used[target.name])
            figures |= {f"{target.name}_events_per_read": max(dense[target.name])}
        return figures

    def memory(self, start: Start, ground: Ground) -> Figures:
        """Growth of a fresh process's resident memory by open streams, after a little warming."""
        count = self._sizes.open_streams
        with start(ground) as target:
            self._whole(target, 64, 4)
            self._stream(
                target, StreamJob(target.port, target.flowing, 10, FLOWING.chunks, FLOWING.interval_ms)
            )
            before = _resident(target)
            reached: list[int] = []
            job = StreamJob(target.port, target.idling, count, IDLING.chunks, IDLING.interval_ms, notice_at=3)
            self._stream(target, job, lambda: reached.append(_resident(target)))
            self.close(target)
        if not reached:
            raise BenchError(f"expected {count} streams of {target.name} to be open at once, they never were")
        return {
            f"{target.name}_rss_mb": before / 1e6,
            f"{target.name}_rss_mb_per_1000_streams": mb_per_thousand(before, reached[0], count),
        }

    def _flowing(self, target: Target) -> StreamJob:
        return StreamJob(
            target.port, target.flowing, self._sizes.streams, FLOWING.chunks, FLOWING.interval_ms
        )

    def _whole(self, target: Target, count: int, connections: int) -> Seen:
        seen = self._load.run(WholeJob(target.port, target.whole, connections, count))
        self._sent[target.port] += count
        return seen

    def _stream(self, target: Target, job: StreamJob, when_open=lambda: None) -> Seen:
        seen = self._load.run(job, when_open)
        self._sent[target.port] += job.streams
        return seen


def _cpu_since(target: Target, before: CpuTime) -> CpuTime:
    time.sleep(AFTERMATH_SECONDS)
    used = target.process.cpu().since(before)
    return CpuTime(used.own + used.children, 0.0) if target.forks else used


def _resident(target: Target) -> int:
    memory = target.process.memory()
    return memory.own + memory.children if target.forks else memory.own


def _density(target: Target, seen: Seen, events: int) -> float:
    """Events per socket read; raises BenchError where events are missing or were sent in heaps."""
    if target.rewrites_events:
        return seen.events / seen.reads
    if seen.events != events:
        raise BenchError(f"expected {events} events from {target.name}, found {seen.events}")
    if seen.events / seen.reads > COALESCED:
        raise BenchError(
            f"expected events one by one from {target.name}, found {seen.events} in {seen.reads} reads"
        )
    return seen.events / seen.reads
