"""Put load on started gateways and turn what was counted into figures."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from bench.figures import Figures, each_us, mb_per_thousand, percentile, spread
from bench.generator import Generator
from bench.load import Seen, StreamJob, WholeJob
from bench.mock_answer import Shape
from bench.process import BenchError, CpuTime
from bench.target import FLOWING, IDLING, Ground, Start, Target

AFTERMATH_SECONDS = 0.5
"""How long after the last answer a gateway's CPU is still counted, for work that it has put off."""
COALESCED = 1.5
"""Events per socket read from which on a gateway no longer sends them one by one."""


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much of everything, per round and target; `connections` are kept ones."""

    rounds: int
    requests: int
    connections: int
    timed: int
    timed_connections: int
    stream_rounds: int
    streams: int
    open_streams: int


FULL = Sizes(
    rounds=15,
    requests=2000,
    connections=32,
    timed=1000,
    timed_connections=4,
    stream_rounds=8,
    streams=100,
    open_streams=1000,
)
QUICK = msgspec.structs.replace(
    FULL, rounds=3, requests=700, timed=400, stream_rounds=1, streams=50, open_streams=300
)
SLOW = msgspec.structs.replace(
    FULL, rounds=3, requests=200, connections=8, timed=100, stream_rounds=2, streams=20, open_streams=50
)
"""For a gateway that is a hundred times slower, and whose figures need no more precision than that."""

Samples = defaultdict[str, list[float]]


class Measurement:
    """Load on targets with given sizes; counts what each of them was sent."""

    def __init__(self, load: Generator, sizes: Sizes) -> None:
        self._load = load
        self._sizes = sizes
        self._sent: Counter[tuple[int, str]] = Counter()

    def close(self, target: Target) -> Figures:
        """Let the target compare its books with what it was sent; raises BenchError on a gap."""
        return {} if target.check_books is None else target.check_books(self._sent[target.port, target.name])

    def warm(self, target: Target) -> None:
        """Send whole answers and streams that no figure counts."""
        self._whole(target, self._sizes.requests // 2, self._sizes.connections)
        self._stream(target, target.flowing, FLOWING, 5)

    def whole(self, targets: Sequence[Target]) -> Figures:
        """CPU of whole answers at many connections."""
        samples = Samples(list)
        for target in take_turns(targets, self._sizes.rounds):
            count = self._sizes.requests * target.weight
            before, began = target.process.cpu(), time.monotonic()
            self._whole(target, count, self._sizes.connections)
            rate = count / (time.monotonic() - began)
            used = _cpu_since(target, before)
            samples[f"{target.name}_cpu_us_per_request"].append(each_us(used.own, count))
            samples[f"{target.name}_children_cpu_us_per_request"].append(each_us(used.children, count))
            samples[f"{target.name}_requests_per_second"].append(rate)
        return summarise(samples)

    def latency(self, targets: Sequence[Target], direct: Target) -> Figures:
        """Latency at few connections, and what each target adds to that of the mock called directly."""
        samples = Samples(list)
        base: dict[float, float] = {}
        for target in take_turns(targets, self._sizes.rounds):
            for called in (direct, target):
                seen = self._whole(called, self._sizes.timed, self._sizes.timed_connections)
                for label, share in (("p50_ms", 0.5), ("p99_ms", 0.99)):
                    took = percentile(seen.latencies_ns, share) / 1e6
                    if called is direct:
                        base[share] = took
                        samples[f"{direct.name}_{label}"].append(took)
                    else:
                        samples[f"{target.name}_added_{label}"].append(took - base[share])
        return summarise(samples)

    def streams(self, targets: Sequence[Target]) -> Figures:
        """CPU per event of many streams at once."""
        samples = Samples(list)
        events = self._sizes.streams * FLOWING.events
        for target in take_turns(targets, self._sizes.stream_rounds):
            before = target.process.cpu()
            seen = self._stream(target, target.flowing, FLOWING, self._sizes.streams)
            samples[f"{target.name}_cpu_us_per_chunk"].append(each_us(_cpu_since(target, before).own, events))
            samples[f"{target.name}_events_per_read"].append(_density(target, seen, events))
        return summarise(samples)

    def memory(self, start: Start, ground: Ground) -> Figures:
        """Growth of a fresh process's resident memory by open streams, after a little warming."""
        count = self._sizes.open_streams
        with start(ground) as target:
            self._whole(target, 64, 4)
            self._stream(target, target.flowing, FLOWING, 10)
            before = _resident(target)
            reached: list[int] = []
            self._stream(target, target.idling, IDLING, count, lambda: reached.append(_resident(target)))
            self.close(target)
        if not reached:
            raise BenchError(f"expected {count} streams of {target.name} to be open at once, they never were")
        return {
            f"{target.name}_rss_mb": before / 1e6,
            f"{target.name}_rss_mb_per_1000_streams": mb_per_thousand(before, reached[0], count),
        }

    def _whole(self, target: Target, count: int, connections: int) -> Seen:
        seen = self._load.run(WholeJob(target.port, target.whole, connections, count))
        self._sent[target.port, target.name] += count
        return seen

    def _stream(
        self,
        target: Target,
        request: str,
        shape: Shape,
        streams: int,
        when_open: Callable[[], None] = lambda: None,
    ) -> Seen:
        job = StreamJob(target.port, request, streams, shape.chunks, shape.interval_ms, notice_at=3)
        seen = self._load.run(job, when_open)
        self._sent[target.port, target.name] += streams
        return seen


def take_turns(targets: Sequence[Target], rounds: int) -> Iterator[Target]:
    """Each target once a round, in another order each time, so that none always follows the same other."""
    for number in range(rounds):
        first = number % len(targets)
        yield from (*targets[first:], *targets[:first])


def summarise(samples: Mapping[str, Sequence[float]]) -> Figures:
    """Each figure's median over its rounds, with the least and the most beside it."""
    return {key: value for name, found in samples.items() for key, value in spread(name, found).items()}


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
