"""Where Fen's own time goes under the bench's load, function by function.

Run as `python -m bench.profile_gateway [--streams] [--top 40] [--sort tottime]`. Fen runs under cProfile,
which makes every Python call dearer than it is: read the order and the call counts, not the times. Only the
main thread is seen, so the ledger's writer is not. The raw profile is kept in `build/bench/gateway.prof`.
"""

import argparse
import pstats
import sys
from pathlib import Path

from bench.fen_target import started_fen
from bench.generator import Generator
from bench.load import StreamJob, WholeJob
from bench.process import BenchError
from bench.stand import OUTPUT, started_stand
from bench.target import FLOWING, Ground

REQUESTS = 5000
STREAMS = 100


def main(words: list[str]) -> int:
    """Profile, print, keep the profile; returns 0, or 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile_gateway", description="Where time goes.")
    parser.add_argument("--streams", action="store_true", help="streams in place of whole answers")
    parser.add_argument("--top", type=int, default=40, help="functions to print")
    parser.add_argument("--sort", default="tottime", choices=("tottime", "cumtime", "ncalls"))
    options = parser.parse_args(words)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    profile = OUTPUT / "gateway.prof"
    profile.unlink(missing_ok=True)
    try:
        with started_stand("profile") as (load, ground):
            put_load(ground, load, profile, streams=options.streams)
    except BenchError as error:
        print(f"profile: {error}", file=sys.stderr)
        return 2
    print(
        f"{REQUESTS} whole answers"
        if not options.streams
        else f"{STREAMS} streams of {FLOWING.events} events"
    )
    pstats.Stats(str(profile)).sort_stats(options.sort).print_stats(options.top)
    return 0


def put_load(ground: Ground, load: Generator, profile: Path, *, streams: bool) -> None:
    """Run Fen under cProfile with load on it, and end it so that it writes its profile."""
    launcher = ("-m", "cProfile", "-o", str(profile), "-m", "fen")
    with started_fen(ground, launcher) as fen:
        if streams:
            load.run(StreamJob(fen.port, fen.flowing, STREAMS, FLOWING.chunks, FLOWING.interval_ms))
        else:
            load.run(WholeJob(fen.port, fen.whole, 32, REQUESTS))
    if not profile.exists():
        raise BenchError(f"expected {profile} after Fen's end, found none")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
